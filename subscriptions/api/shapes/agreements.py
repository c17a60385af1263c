"""How agreements, grants and consumers look in answers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework.fields import (
    BooleanField,
    CharField,
    DateTimeField,
    IntegerField,
    JSONField,
    ListField,
    SerializerMethodField,
    UUIDField,
)

from subscriptions.api.shapes.base import API, ConsumerShown, Shown, consumer_of
from subscriptions.models import AccessAgreement, Grant


class MessagedShown(Shown):
    """Whose people are told."""

    agreements = ListField(child=UUIDField())


class GrantLink(Shown):
    """The grant of an agreement."""

    id = UUIDField()
    state = CharField()


class AgreementShown(Shown):
    """What was agreed, and how it stands."""

    id = UUIDField()
    state = CharField()
    product = CharField(source="port.product.key")
    port = CharField(source="port.name")
    port_version = CharField(source="port.version_name")
    relation = SerializerMethodField()
    consumer = SerializerMethodField()
    requester = CharField()
    request = UUIDField(source="request_id")
    purpose = CharField()
    slice = JSONField()
    start_at = DateTimeField()
    end_at = DateTimeField()
    activated_at = DateTimeField(allow_null=True)
    ended_at = DateTimeField(allow_null=True)
    end_kind = CharField(allow_blank=True)
    end_by = CharField(allow_blank=True)
    end_reason = CharField(allow_blank=True)
    suspended_by = CharField(allow_blank=True)
    suspend_reason = CharField(allow_blank=True)
    last_used_at = DateTimeField(allow_null=True)
    uses = IntegerField()
    waits_for = SerializerMethodField()
    grant = SerializerMethodField()
    created_at = DateTimeField()
    etag = IntegerField(source="version")
    _links = SerializerMethodField("get_links")

    def get_relation(self, agreement: AccessAgreement) -> str | None:
        """What to write after FROM."""
        return agreement.port.relation or None

    @extend_schema_field(ConsumerShown)
    def get_consumer(self, agreement: AccessAgreement) -> dict[str, Any]:
        """For whom."""
        return consumer_of(agreement, {})

    def get_waits_for(self, agreement: AccessAgreement) -> str:
        """What work on the platform waits for; empty when it does not wait."""
        return agreement.grant.handle.waits_for

    @extend_schema_field(GrantLink)
    def get_grant(self, agreement: AccessAgreement) -> dict[str, Any]:
        """What stands on the platform."""
        grant = agreement.grant
        return {"id": str(grant.pk), "state": grant.state}

    def get_links(self, agreement: AccessAgreement) -> dict[str, str]:
        """Where to go from here."""
        return {
            "self": f"{API}/access-agreements/{agreement.pk}",
            "request": f"{API}/access-requests/{agreement.request_id}",
            "grant": f"{API}/grants/{agreement.grant.pk}",
        }


class PartShown(Shown):
    """One thing that is handed out. ``file_name``: what clients read it as, if from a file."""

    name = CharField()
    value = CharField()
    secret = BooleanField()
    file_name = CharField(allow_blank=True)


class CredentialsShown(Shown):
    """A short-lived way in. The secret is shown once and kept nowhere.

    ``login`` is its name in the ledger; ``parts`` is everything that the platform hands out.
    """

    host = CharField()
    port = IntegerField()
    database = CharField()
    user = CharField()
    password = CharField()
    expires_at = DateTimeField()
    relation = CharField()
    url = CharField()
    login = CharField(source="name")
    parts = PartShown(source="handed", many=True)


class GrantShown(Shown):
    """What stands on a platform for one consumer, with the evidence of it."""

    id = UUIDField()
    agreement = UUIDField(source="agreement_id")
    product = CharField(source="agreement.port.product.key")
    port = CharField(source="agreement.port.name")
    platform = CharField(source="agreement.port.platform.key", default=None, allow_null=True)
    handle = CharField(source="handle.name")
    principal = SerializerMethodField()
    state = CharField()
    desired = CharField()
    in_step = SerializerMethodField()
    evidence = JSONField()
    drift = SerializerMethodField()
    needs_human = BooleanField()
    revoke_unverified = BooleanField()
    diagnostics = CharField(allow_blank=True)
    waits_for = CharField(source="handle.waits_for", allow_blank=True)
    valid_until = DateTimeField()
    last_verified_at = DateTimeField(allow_null=True)
    created_at = DateTimeField()
    etag = IntegerField(source="version")

    @extend_schema_field(ConsumerShown)
    def get_principal(self, grant: Grant) -> dict[str, Any]:
        """Who reads."""
        return {
            "kind": grant.principal_kind,
            "id": grant.principal_key,
        }

    def get_in_step(self, grant: Grant) -> bool:
        """Whether what was found is what is wanted now."""
        return grant.generation == grant.observed_generation

    def get_drift(self, grant: Grant) -> str | None:
        """What differs on the platform; null when nothing does."""
        return grant.diagnostics or "drifted" if grant.state == "drifted" else None


class ProductConsumerShown(Shown):
    """A consumer with live access to a product."""

    agreement = UUIDField(source="id")
    consumer = SerializerMethodField()
    port = CharField(source="port.name")
    purpose = CharField()
    state = CharField()
    since = DateTimeField(source="start_at")
    until = DateTimeField(source="end_at")
    uses = IntegerField()

    @extend_schema_field(ConsumerShown)
    def get_consumer(self, agreement: AccessAgreement) -> dict[str, Any]:
        """Who."""
        return consumer_of(agreement, {})


def agreement(row: AccessAgreement) -> dict[str, Any]:
    """Shape an agreement."""
    return AgreementShown(row).data


def grant(row: Grant) -> dict[str, Any]:
    """Shape a grant."""
    return GrantShown(row).data
