"""What requests, decisions, webhooks and the lab take."""

from typing import Any

from rest_framework import serializers

from marketplace.kernel.rest.bodies import Body, Flag, One, Text, Texts, Whole, Words
from subscriptions.actions.deciding import MOST
from subscriptions.actions.notices import ANSWERS
from subscriptions.actions.owners_words import LONGEST_GRACE
from subscriptions.actions.requests import LONGEST_DAYS, PURPOSES, Ask
from subscriptions.consumers import KINDS

_SQL = 20_000


class ConsumerBody(Body):
    """Who access is for."""

    kind = One(*KINDS)
    id = Text(max_length=161)


class SliceBody(Body):
    """Part of a port."""

    columns = Texts(required=False, child=Text(max_length=120))
    row_filter = serializers.DictField(required=False)
    masking = serializers.DictField(required=False)


class AskBody(Body):
    """What is asked for: a port, for whom, what for, how long (or until when)."""

    product = Text(max_length=161)
    port = Text(max_length=80)
    version = Text(max_length=20, required=False, allow_null=True, default=None)
    consumer = ConsumerBody()
    purpose = One(*PURPOSES, required=False, allow_blank=True, default="")
    purpose_text = Words(required=False, allow_blank=True, default="")
    duration_days = Whole(
        required=False, allow_null=True, default=None, min_value=1, max_value=LONGEST_DAYS
    )
    end_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    slice = SliceBody(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take a length or an end, not both."""
        if attrs["duration_days"] is not None and attrs["end_at"] is not None:
            words = "Give duration_days or end_at, not both."
            raise serializers.ValidationError({"end_at": [serializers.ErrorDetail(words, "both")]})
        return attrs


def ask_of(given: dict[str, Any]) -> Ask:
    """Give the ask that a checked body means."""
    return Ask(
        product=given["product"],
        port=given["port"],
        version=given["version"],
        consumer_kind=given["consumer"]["kind"],
        consumer_key=given["consumer"]["id"],
        purpose=given["purpose"],
        purpose_text=given["purpose_text"],
        duration_days=given["duration_days"],
        end_at=given["end_at"],
        slice=dict(given.get("slice") or {}),
    )


class NoteBody(Body):
    """Words that the other side reads; ``reason`` is the same as ``note``."""

    note = Words(required=False, allow_blank=True, default="")
    reason = Words(required=False, allow_blank=True, default="", max_length=2000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Give both names the same words."""
        attrs["note"] = attrs["reason"] = attrs["note"] or attrs["reason"]
        return attrs


class ApproveBody(NoteBody):
    """A yes; ``digest`` is that of the request as it was read, ``plan`` that of its plan."""

    digest = Text(required=False, allow_blank=True, default="", max_length=64)
    plan = Text(required=False, allow_blank=True, default="", max_length=64)


class PickBody(Body):
    """One request to answer; ``etag`` is its version as it was read."""

    id = serializers.UUIDField()
    etag = Whole(required=False, allow_null=True, default=None, min_value=1)


class DecideBody(NoteBody):
    """The same answer to several requests."""

    decision = One("approve", "reject")
    requests = serializers.ListField(child=PickBody(), min_length=1, max_length=MOST)


class CounterBody(NoteBody):
    """An offer of less: a lesser port of the product, fewer columns, a shorter time."""

    port = Text(required=False, default="", allow_blank=True, max_length=80)
    port_version = Text(required=False, default="", allow_blank=True, max_length=20)
    columns = Texts(required=False, allow_null=True, default=None, child=Text(max_length=120))
    duration_days = Whole(
        required=False, allow_null=True, default=None, min_value=1, max_value=LONGEST_DAYS
    )


class ResubmitBody(Body):
    """A returned request, changed."""

    purpose_text = Words()
    duration_days = Whole(
        required=False, allow_null=True, default=None, min_value=1, max_value=LONGEST_DAYS
    )


class CommentBody(Body):
    """A word in the conversation."""

    text = Words()


class RevokeBody(NoteBody):
    """Why; ``grace_days`` brings the end forward to then instead of ending it now."""

    grace_days = Whole(
        required=False, allow_null=True, default=None, min_value=1, max_value=LONGEST_GRACE
    )


class MessageBody(Body):
    """Words to the consumers of a product; ``ports`` empty means all of them."""

    title = Text(max_length=150)
    text = Words()
    ports = Texts(required=False, default=list, child=Text(max_length=80))


class RenewBody(Body):
    """For how long, from now on."""

    duration_days = Whole(required=False, default=90, min_value=1, max_value=LONGEST_DAYS)


class CredentialsBody(Body):
    """For how long the secret works."""

    minutes = Whole(required=False, default=60, min_value=1, max_value=720)


class AnswerBody(Body):
    """What is answered to a change, for every consumer that the caller speaks for."""

    answer = One(*ANSWERS, required=False, default="acknowledge")
    note = Words(required=False, allow_blank=True, default="", max_length=2000)


class SnoozeBody(Body):
    """Until when a notice is put off: at most 90 days, and before an answer is due."""

    until = serializers.DateTimeField()


class WebhookBody(Body):
    """Where events go. ``types`` empty means all; an entry that ends in a dot is a prefix."""

    url = Text(max_length=500)
    description = Text(required=False, allow_blank=True, default="")
    types = Texts(required=False, default=list, child=Text(max_length=80))
    product = Text(required=False, allow_blank=True, default="", max_length=161)


class WebhookChangeBody(Body):
    """What is changed of a webhook; what is left out stays."""

    url = Text(max_length=500, required=False)
    description = Text(required=False, allow_blank=True)
    types = Texts(required=False, child=Text(max_length=80))
    product = Text(required=False, allow_blank=True, max_length=161)
    active = Flag(required=False)


def _parameters() -> serializers.DictField:
    return serializers.DictField(
        child=Words(max_length=10_000, allow_null=True, allow_blank=True, trim_whitespace=False),
        required=False,
        default=dict,
        help_text="Values of `:name` in the text, as text; bound, never written into it.",
    )


class RunBody(Body):
    """A read query to run as the consumer of an agreement."""

    agreement = serializers.UUIDField()
    sql = Words(max_length=_SQL, trim_whitespace=False)
    parameters = _parameters()


class StartedBody(RunBody):
    """A read query to run, with an id of the caller's choice: the run can be stopped by it."""

    id = serializers.UUIDField(required=False, default=None, allow_null=True)


class SandboxBody(Body):
    """A read query to run on invented rows of a port."""

    product = Text(max_length=161)
    port = Text(max_length=80)
    version = Text(max_length=20, required=False, allow_null=True, default=None)
    sql = Words(max_length=_SQL, trim_whitespace=False)
    parameters = _parameters()


class ChoicesBody(Body):
    """Choices by kind of notice and way: ``{"INCIDENT": {"email": false}}``."""

    choices = serializers.DictField(child=serializers.DictField(child=Flag()), allow_empty=False)
