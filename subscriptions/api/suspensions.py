"""The kill switch over REST."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import BooleanField, CharField, DateTimeField, IntegerField, UUIDField
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.kernel.rest.bodies import Body, Flag, Nothing, Text, Words
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.operations import operation
from subscriptions.actions import kill_switch
from subscriptions.api import shapes
from subscriptions.models import KillSwitch
from subscriptions.queries import visible_switches


class SuspensionShown(shapes.Shown):
    """One switch. ``state``: proposed, active, restored or dropped."""

    id = UUIDField()
    scope = CharField()
    key = CharField()
    reason = CharField()
    state = CharField()
    second_person = BooleanField()
    pulled_by = CharField()
    confirmed_by = CharField(allow_blank=True)
    restored_by = CharField(allow_blank=True)
    restore_at = DateTimeField(allow_null=True)
    created_at = DateTimeField()
    active_at = DateTimeField(allow_null=True)
    restored_at = DateTimeField(allow_null=True)
    agreements = IntegerField(source="held.count")


class SuspensionBody(Body):
    """What to suspend and why; ``dry_run=true`` says how many agreements it hits."""

    scope = Text(max_length=14)
    key = Text(max_length=180)
    reason = Words(max_length=2000)
    second_person = Flag(required=False, default=False)
    restore_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


def _shown(row: KillSwitch) -> dict[str, Any]:
    return SuspensionShown(row).data


class Suspensions(Endpoint):
    """Kill switches."""

    @operation(scope="read", gives=SuspensionShown, page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List the switches that the caller may see, newest first."""
        return self.page(visible_switches(self.actor), SuspensionShown)

    @operation(scope="decide", takes=SuspensionBody, gives=SuspensionShown, status=201, dry=True)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Suspend everything in a scope; a rehearsal says how much it hits."""
        return self.act(_shown, kill_switch.pull, **self.body())


class Confirm(Endpoint):
    """A second person."""

    @operation(scope="decide", takes=Nothing, gives=SuspensionShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Let a proposed switch take effect."""
        self.body()
        return self.act(_shown, kill_switch.confirm, switch_id=id)


class Restore(Endpoint):
    """Give it back."""

    @operation(scope="decide", takes=Nothing, gives=SuspensionShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Give back exactly what the switch took, or drop what was only proposed."""
        self.body()
        return self.act(_shown, kill_switch.restore, switch_id=id)
