"""What all answers have in common."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import CharField

API = "/api/v1"


class Shown(serializers.Serializer[Any]):
    """The base of every answer."""


class ConsumerShown(Shown):
    """Who access is for."""

    kind = CharField()
    id = CharField()
    name = CharField(required=False)


def consumer_of(row: Any, snapshot: dict[str, Any]) -> dict[str, Any]:
    """Shape whom a row is for; the name is what the snapshot kept."""
    found = {"kind": row.consumer_kind, "id": row.consumer_key}
    name = snapshot.get("consumer_name")
    return {**found, "name": name} if name else found
