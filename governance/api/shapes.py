"""How scores and the audit trail look in answers."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import (
    BooleanField,
    CharField,
    DateTimeField,
    DictField,
    IntegerField,
    JSONField,
    ListField,
    UUIDField,
)


class Shown(serializers.Serializer[Any]):
    """The base of every answer."""


class ScoreDayShown(Shown):
    """The last score of one day."""

    day = serializers.DateField()
    total = IntegerField()


class ScoreShown(Shown):
    """A DATSIS score: six properties, each with its evidence and the fixes that would earn more."""

    product = CharField()
    total = IntegerField(allow_null=True)
    grade = CharField(allow_null=True)
    properties = ListField(child=DictField())
    best_fix = DictField(allow_null=True)
    at = DateTimeField(allow_null=True)
    history = ScoreDayShown(many=True)


class AuditShown(Shown):
    """One row of the audit trail."""

    sequence = IntegerField(source="seq")
    id = UUIDField(source="uid")
    name = CharField()
    subject = CharField()
    product = CharField(allow_blank=True)
    teams = ListField(child=CharField())
    actor = CharField()
    actor_kind = CharField()
    on_behalf_of = CharField(allow_blank=True)
    action = CharField()
    data = JSONField()  # type: ignore[assignment]  # the name in the answer
    request_id = CharField(allow_blank=True)
    at = DateTimeField()
    hash = CharField()


class VerifiedShown(Shown):
    """What a check of the chain found."""

    ok = BooleanField()
    rows = IntegerField()
    first_broken = IntegerField(allow_null=True)


class CloudEventShown(Shown):
    """An event as CloudEvents 1.0 says it."""

    specversion = CharField()
    id = UUIDField()
    source = CharField()  # type: ignore[assignment]  # the name in the answer
    type = CharField()
    subject = CharField()
    time = DateTimeField()
    datacontenttype = CharField()
    sequence = CharField()
    actor = CharField()
    product = CharField(allow_null=True)
    data = JSONField()  # type: ignore[assignment]  # the name in the answer
