"""Drift over REST: what differs, and what follows."""

from typing import Any

from django_filters import CharFilter
from rest_framework.fields import CharField, DateTimeField, IntegerField, UUIDField
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.ports import VERSION, PortEndpoint
from catalog.models import OutputPort
from marketplace.kernel.rest.bodies import Body, Nothing, One, Text, Words
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters, State
from marketplace.kernel.rest.operations import operation
from subscriptions.actions.census import answer, ask_census, set_reaction
from subscriptions.api import shapes
from subscriptions.models import DriftFinding, DriftRule
from subscriptions.queries import visible_findings


class FindingShown(shapes.Shown):
    """One difference. ``kind``: missing, excess, altered, orphan or foreign."""

    id = UUIDField()
    kind = CharField()
    state = CharField()
    what = CharField()
    principal = CharField(allow_blank=True)
    product = CharField(source="handle.port.product.key")
    port = CharField(source="handle.port.name")
    platform = CharField(source="handle.port.platform.key")
    handle = CharField(source="handle.name")
    grant = UUIDField(source="grant_id", allow_null=True)
    request = UUIDField(source="request_id", allow_null=True)
    found_at = DateTimeField()
    seen_at = DateTimeField()
    closed_at = DateTimeField(allow_null=True)
    note = CharField(allow_blank=True)


class FindingFilters(Filters):
    """Filters of findings."""

    state = State(help_text="Any of these states, by comma.")
    kind = CharFilter(help_text="missing, excess, altered, orphan or foreign.")
    product = CharFilter(field_name="handle__port__product__key", help_text="A product's key.")
    platform = CharFilter(field_name="handle__port__platform__key", help_text="A connection's key.")


class FindingAnswerBody(Body):
    """What follows: heal, accept (with words), quarantine, or adopt (for a consumer)."""

    how = One("heal", "accept", "quarantine", "adopt")
    words = Words(required=False, allow_blank=True, default="", max_length=2000)
    consumer_kind = Text(required=False, allow_blank=True, default="", max_length=12)
    consumer_key = Text(required=False, allow_blank=True, default="", max_length=161)


class CensusShown(shapes.Shown):
    """How many handles are compared now."""

    handles = IntegerField()


class Findings(Endpoint):
    """Drift."""

    @operation(scope="read", gives=FindingShown, page=True, filters=FindingFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List what differs on the caller's products, newest first."""
        return self.page(visible_findings(self.actor), FindingShown)


class Answer(Endpoint):
    """What follows."""

    @operation(scope="decide", takes=FindingAnswerBody, gives=FindingShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Heal it, leave it as it is, suspend the access, or ask its owner to adopt it."""
        return self.act(_shown, answer, finding_id=id, **self.body())


class ReactionBody(Body):
    """What follows drift of the port from now on; empty: as its connection says."""

    reaction = Text(allow_blank=True, max_length=10)


class ReactionShown(shapes.Shown):
    """What was said for the port, and what follows from it; ``said`` is empty for nothing."""

    product = CharField()
    port = CharField()
    said = CharField(allow_blank=True)
    follows = CharField()


class Reaction(PortEndpoint):
    """What follows drift of one port."""

    @operation(scope="read", gives=ReactionShown, query=(VERSION,))
    def get(self, request: Request, key: str, name: str) -> Response:  # noqa: ARG002
        """Read what follows when the port stands otherwise than was agreed."""
        return Response(_reaction(self.port(key, name)))

    @operation(scope="decide", takes=ReactionBody, gives=ReactionShown, query=(VERSION,), dry=True)
    def put(self, request: Request, key: str, name: str) -> Response:  # noqa: ARG002
        """Say what follows: heal, report, quarantine, adopt; or nothing, as the connection says."""
        port = self.port(key, name)
        return self.act(lambda _: _reaction(port), set_reaction, port_id=port.pk, **self.body())


class Census(Endpoint):
    """Look now."""

    @operation(scope="admin", takes=Nothing, gives=CensusShown, status=202)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Have every handle of a platform compared now, by workers."""
        self.body()
        return Response({"handles": ask_census(self.actor, key=key)}, status=202)


def _reaction(port: OutputPort) -> dict[str, Any]:
    """Read it anew: a rule may have been made or dropped since the port was read."""
    rule = DriftRule.objects.filter(port=port).first()
    said = rule.reaction if rule else ""
    return {
        "product": port.product.key,
        "port": port.name,
        "said": said,
        "follows": said or (port.platform.on_drift if port.platform else "heal"),
    }


def _shown(row: DriftFinding) -> dict[str, Any]:
    return FindingShown(row).data
