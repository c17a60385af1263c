"""How requests look in answers, and what would become of one."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework.fields import (
    BooleanField,
    CharField,
    DateTimeField,
    DictField,
    FloatField,
    IntegerField,
    JSONField,
    ListField,
    SerializerMethodField,
    UUIDField,
)

from subscriptions.api.shapes.base import API, ConsumerShown, Shown, consumer_of
from subscriptions.models import AccessAgreement, AccessRequest
from subscriptions.states import RequestState


class ReasonShown(Shown):
    """A sentence, and the rule that says it."""

    rule = CharField()
    text = CharField()


class VerdictShown(Shown):
    """What policies say. ``reasons`` and ``stages`` carry further facts of the rule."""

    outcome = CharField()
    reasons = ReasonShown(many=True)
    stages = ListField(child=DictField())


class StageShown(Shown):
    """One answer that a request needs."""

    role = CharField()
    team = CharField(allow_blank=True)
    why = CharField()
    state = CharField()
    decided_by = CharField(allow_blank=True)
    decided_at = DateTimeField(allow_null=True)
    note = CharField(allow_blank=True)


class AgreementLink(Shown):
    """The agreement that a request led to."""

    id = UUIDField()
    state = CharField()


class RequestShown(Shown):
    """An access request with its verdict, its stages and, once approved, its agreement."""

    id = UUIDField()
    number = IntegerField()
    kind = CharField()
    state = CharField()
    product = CharField(source="port.product.key")
    port = CharField(source="port.name")
    port_version = CharField(source="port.version_name")
    consumer = SerializerMethodField()
    requester = CharField()
    purpose = CharField()
    purpose_text = CharField(allow_blank=True)
    duration_days = IntegerField(allow_null=True)
    end_at = DateTimeField(allow_null=True)
    slice = JSONField()
    columns = SerializerMethodField()
    offer = SerializerMethodField()
    verdict = SerializerMethodField()
    stages = StageShown(many=True, source="stages.all")
    agreement = SerializerMethodField()
    note = CharField(allow_blank=True)
    decided_by = CharField(allow_blank=True)
    decided_by_kind = CharField(allow_blank=True)
    decided_at = DateTimeField(allow_null=True)
    created_at = DateTimeField()
    digest = CharField()
    plan_digest = CharField(allow_blank=True)
    reopened = IntegerField()
    etag = IntegerField(source="version")
    _links = SerializerMethodField("get_links")

    @extend_schema_field(ConsumerShown)
    def get_consumer(self, request: AccessRequest) -> dict[str, Any]:
        """For whom."""
        return consumer_of(request, request.snapshot)

    def get_columns(self, request: AccessRequest) -> list[str]:
        """What would be readable."""
        columns: list[str] = request.snapshot.get("columns", [])
        return columns

    def get_offer(self, request: AccessRequest) -> dict[str, Any] | None:
        """What an approver offers instead, while the request is countered."""
        offer: dict[str, Any] | None = request.snapshot.get("counter")
        return offer

    @extend_schema_field(VerdictShown)
    def get_verdict(self, request: AccessRequest) -> dict[str, Any]:
        """What policies said."""
        decision = request.decision
        return {
            "outcome": decision.outcome,
            "reasons": decision.reasons,
            "stages": decision.stages,
        }

    @extend_schema_field(AgreementLink(allow_null=True))
    def get_agreement(self, request: AccessRequest) -> dict[str, Any] | None:
        """What it led to."""
        agreement = _agreement_of(request)
        return {"id": str(agreement.pk), "state": agreement.state} if agreement else None

    def get_links(self, request: AccessRequest) -> dict[str, str]:
        """Where to go from here."""
        links = {
            "self": f"{API}/access-requests/{request.pk}",
            "product": f"{API}/products/{request.port.product.key}",
        }
        agreement = _agreement_of(request)
        if agreement is not None:
            links["agreement"] = f"{API}/access-agreements/{agreement.pk}"
        return links


class AnsweredShown(Shown):
    """What became of one of several answers: the request as it is now, or the problem."""

    id = UUIDField()
    done = BooleanField()
    request = RequestShown(allow_null=True)
    problem = DictField(allow_null=True)


class WouldGet(Shown):
    """What would be readable, and until when."""

    columns = ListField(child=CharField())
    until = DateTimeField()


class WaitShown(Shown):
    """How long an answer took so far."""

    median_seconds = FloatField()
    basis = CharField()


class EvaluationShown(Shown):
    """What would happen to a request; nothing is made."""

    verdict = VerdictShown()
    would_get = WouldGet()
    wait = WaitShown(allow_null=True)


class CommentShown(Shown):
    """A word in the conversation."""

    author = CharField()
    text = CharField()
    at = DateTimeField()


def request(row: AccessRequest) -> dict[str, Any]:
    """Shape a request."""
    return RequestShown(row).data


def _agreement_of(request: AccessRequest) -> AccessAgreement | None:
    """What an approved request led to; others led to nothing, so nobody is asked."""
    approved = request.state == RequestState.APPROVED
    return getattr(request, "agreement", None) if approved else None
