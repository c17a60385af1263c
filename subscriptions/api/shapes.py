"""How requests, agreements, grants, notices and their like look in answers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
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

from subscriptions.models import AccessAgreement, AccessRequest, Grant
from subscriptions.states import RequestState

API = "/api/v1"


class Shown(serializers.Serializer[Any]):
    """The base of every answer."""


class ConsumerShown(Shown):
    """Who access is for."""

    kind = CharField()
    id = CharField()
    name = CharField(required=False)


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
        return _consumer(request, request.snapshot)

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


class MessagedShown(Shown):
    """Whose people are told."""

    agreements = ListField(child=UUIDField())


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
        return _consumer(agreement, {})

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


class CredentialsShown(Shown):
    """A short-lived way in. The secret is shown once and kept nowhere."""

    host = CharField()
    port = IntegerField()
    database = CharField()
    user = CharField()
    password = CharField()
    expires_at = DateTimeField()
    relation = CharField()
    url = CharField()


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


class FollowShown(Shown):
    """A product that the caller hears of."""

    product = CharField(source="product.key")
    name = CharField(source="product.name")
    muted = BooleanField()
    since = DateTimeField(source="created_at")


class AnswerShown(Shown):
    """What one affected agreement's consumer answers to a change."""

    agreement = UUIDField(source="agreement_id")
    consumer = SerializerMethodField()
    verdict = CharField()
    state = CharField()
    answered_by = CharField(allow_blank=True)
    answered_at = DateTimeField(allow_null=True)
    note = CharField(allow_blank=True)

    @extend_schema_field(ConsumerShown)
    def get_consumer(self, answer: Any) -> dict[str, Any]:
        """Whose answer."""
        return _consumer(answer.agreement, {})


class NoticeShown(Shown):
    """A notice that the caller was sent."""

    id = UUIDField()
    type = CharField()
    severity = CharField()
    title = CharField()
    text = CharField(allow_blank=True)
    link = CharField(allow_blank=True)
    product = CharField(source="product.key", default=None, allow_null=True)
    agreement = UUIDField(source="agreement_id", allow_null=True)
    change = UUIDField(source="change_id", allow_null=True)
    details = JSONField()
    mandatory = BooleanField()
    ack_deadline = DateTimeField(allow_null=True)
    effective_at = DateTimeField(allow_null=True)
    created_at = DateTimeField()
    read_at = DateTimeField(allow_null=True)


class NoticeWithAnswers(NoticeShown):
    """A notice with the answers that the caller's consumers owe or gave."""

    acknowledgements = AnswerShown(many=True)


class AcknowledgedShown(Shown):
    """The answers that were given."""

    acknowledgements = AnswerShown(many=True)


class WebhookShown(Shown):
    """A webhook. Its secret is never read back."""

    id = UUIDField()
    url = CharField()
    description = CharField(allow_blank=True)
    types = ListField(child=CharField())
    product = CharField(allow_blank=True)
    active = BooleanField()
    disabled_reason = CharField(allow_blank=True)
    failing_since = DateTimeField(allow_null=True)
    created_at = DateTimeField()
    etag = IntegerField(source="version")


class WebhookSecretShown(WebhookShown):
    """A webhook with its new secret, which is shown once."""

    secret = CharField()


class DeliveryShown(Shown):
    """One event to one webhook, through all its attempts."""

    id = UUIDField()
    event = IntegerField(source="event_seq")
    type = CharField(source="event_name")
    state = CharField()
    attempts = IntegerField()
    replay = IntegerField()
    response_status = IntegerField(allow_null=True)
    elapsed_ms = FloatField(allow_null=True)
    error = CharField(allow_blank=True)
    next_at = DateTimeField(allow_null=True)
    created_at = DateTimeField()
    done_at = DateTimeField(allow_null=True)


class ResultColumn(Shown):
    """A column of a result."""

    name = CharField()
    type = CharField()


class ResultShown(Shown):
    """A query's result, read as the consumer."""

    id = UUIDField()
    columns = ResultColumn(many=True)
    rows = JSONField()
    row_count = IntegerField()
    truncated = BooleanField()
    elapsed_ms = FloatField()


PLANNER = "The platform's planner, as the consumer; nothing was run."
INVENTED = "Rows invented from the contract; no row is of the data."


class EstimateShown(Shown):
    """What a query would give, by the platform's planner; cost is in the planner's own unit."""

    rows = IntegerField()
    cost = FloatField()
    basis = CharField()


class RehearsalShown(Shown):
    """A query's result on invented rows."""

    kind = CharField()
    basis = CharField()
    columns = ResultColumn(many=True)
    rows = JSONField()
    row_count = IntegerField()
    truncated = BooleanField()
    elapsed_ms = FloatField()


class RunShown(Shown):
    """A query that was run: text and figures are kept, the rows never."""

    id = UUIDField()
    agreement = UUIDField(source="agreement_id")
    product = CharField(source="agreement.port.product.key")
    port = CharField(source="agreement.port.name")
    sql = CharField()
    parameters = JSONField(source="values")
    state = CharField()
    code = CharField(allow_blank=True)
    detail = CharField(allow_blank=True)
    row_count = IntegerField(allow_null=True)
    truncated = BooleanField()
    elapsed_ms = FloatField(allow_null=True)
    created_at = DateTimeField()


class AffectedShown(Shown):
    """What a change means for one agreement."""

    agreement = UUIDField()
    consumer = ConsumerShown()
    port = CharField()
    verdict = CharField()
    acknowledgement = CharField(allow_null=True)
    answered_by = CharField(allow_blank=True)
    answered_at = DateTimeField(allow_null=True)
    note = CharField(allow_blank=True)


class ImpactShown(Shown):
    """Whom a change touches. Consumers that the caller may not know of are counted, not named."""

    change = UUIDField()
    impact = CharField(allow_blank=True)
    affected = IntegerField()
    answers = DictField(child=IntegerField())
    ready = BooleanField()
    waiting_for = IntegerField()
    consumers = AffectedShown(many=True)


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
        return _consumer(agreement, {})


class UsageShown(Shown):
    """How much a product was used on one day, and who counted."""

    day = serializers.DateField()
    queries = IntegerField()
    consumers = IntegerField()
    source = CharField()  # type: ignore[assignment]  # the name in the answer


class MetricsShown(Shown):
    """A product in figures; what was not measured is null.

    ``consumers_by_day`` ends with today.
    """

    product = CharField()
    consumers = IntegerField()
    consumers_by_day = ListField(child=IntegerField())
    requests = DictField(child=IntegerField())
    median_decision_seconds = FloatField(allow_null=True)
    basis = CharField(allow_blank=True)
    usage = UsageShown(many=True)


def request(row: AccessRequest) -> dict[str, Any]:
    """Shape a request."""
    return RequestShown(row).data


def agreement(row: AccessAgreement) -> dict[str, Any]:
    """Shape an agreement."""
    return AgreementShown(row).data


def grant(row: Grant) -> dict[str, Any]:
    """Shape a grant."""
    return GrantShown(row).data


def _agreement_of(request: AccessRequest) -> AccessAgreement | None:
    """What an approved request led to; others led to nothing, so nobody is asked."""
    approved = request.state == RequestState.APPROVED
    return getattr(request, "agreement", None) if approved else None


def _consumer(row: Any, snapshot: dict[str, Any]) -> dict[str, Any]:
    found = {"kind": row.consumer_kind, "id": row.consumer_key}
    name = snapshot.get("consumer_name")
    return {**found, "name": name} if name else found
