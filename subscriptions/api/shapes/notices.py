"""How notices, answers to changes and webhooks look in answers."""

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

from subscriptions.api.shapes.base import ConsumerShown, Shown, consumer_of


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
        return consumer_of(answer.agreement, {})


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
    snoozed_until = DateTimeField(allow_null=True)


class SnoozedShown(Shown):
    """A notice of the caller's that was put off, or is back."""

    id = UUIDField(source="notice_id")
    snoozed_until = DateTimeField(allow_null=True)
    read_at = DateTimeField(allow_null=True)


class NoticeWithAnswers(NoticeShown):
    """A notice with the answers that the caller's consumers owe or gave."""

    acknowledgements = AnswerShown(many=True)


class AcknowledgedShown(Shown):
    """The answers that were given."""

    acknowledgements = AnswerShown(many=True)


class KindChoiceShown(Shown):
    """One kind of notice, and by which ways the caller hears of it beside the inbox."""

    kind = CharField()
    title = CharField()
    email = BooleanField()
    webhook = BooleanField()
    locked = CharField(allow_blank=True)


class NotificationChoicesShown(Shown):
    """What the caller chose; ``inbox`` says why there is no choice about it."""

    inbox = CharField()
    kinds = KindChoiceShown(many=True)


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
