"""Platform connections over REST, for operators."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import (
    CharField,
    DateTimeField,
    DictField,
    FloatField,
    IntegerField,
    ListField,
    SerializerMethodField,
)
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.platform_reports import report_order
from catalog.actions.platforms import check_platform, register_platform
from catalog.models import PlatformConnection
from catalog.models.platform import ON_DRIFT
from catalog.permissions import may_connect_platforms
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.rest.bodies import Body, Nothing, One, Text, Whole
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.operations import operation
from marketplace.portal.platform_facts import health_of
from marketplace.portal.platform_form import RULES
from subscriptions.actions.dry_runs import dry_run_of


class Shown(serializers.Serializer[Any]):
    """The base of every answer."""


class PlatformHealthShown(Shown):
    """How a connection does now. ``breaker``: closed, open, half-open, or told to wait."""

    breaker = CharField()
    failures = IntegerField()
    closed_until = DateTimeField(allow_null=True)
    last_error = CharField(allow_blank=True)
    handles = IntegerField()
    handles_due = IntegerField()
    lag_seconds = FloatField()
    census_from = DateTimeField(allow_null=True)
    census_to = DateTimeField(allow_null=True)
    grants = IntegerField()
    proven = IntegerField()
    troubled = IntegerField()


class PlatformFindingShown(Shown):
    """What a check found: level error (cannot work), warning (can do too much) or info."""

    level = CharField()
    code = CharField()
    text = CharField()


class PlatformShown(Shown):
    """A connection without its secrets; ``secrets`` names them and says where each is kept."""

    key = CharField()
    name = CharField()
    kind = CharField()
    config = DictField()
    secrets = SerializerMethodField()
    rounds_per_minute = IntegerField(allow_null=True)
    max_concurrent = IntegerField(allow_null=True)
    census_seconds = IntegerField()
    on_drift = CharField()
    checked_at = DateTimeField(allow_null=True)
    findings = PlatformFindingShown(many=True)
    health = SerializerMethodField()
    etag = IntegerField(source="version")

    def get_secrets(self, row: PlatformConnection) -> dict[str, str]:
        """Where each secret is kept."""
        found = {name: kept.get("ref", "sealed") for name, kept in row.sealed.items()}
        return ({"password": "sealed"} if row.secret is not None else {}) | found

    def get_health(self, row: PlatformConnection) -> dict[str, Any]:
        """How it does."""
        health = self.context.get("health") or health_of([row])
        shown: dict[str, Any] = PlatformHealthShown(health[row.pk]).data
        return shown


class HandlePlanShown(Shown):
    """What would run for one handle."""

    handle = CharField()
    port = CharField()
    statements = ListField(child=CharField())
    withheld = ListField(child=CharField())
    foreign = ListField(child=CharField())


class PlatformBody(Body):
    """A connection. ``secrets`` are values, or references (env:, file:, vault:)."""

    name = Text(max_length=120)
    kind = Text(max_length=40)
    config = serializers.DictField()
    secrets = serializers.DictField(
        required=False, default=dict, child=Text(max_length=20_000, trim_whitespace=False)
    )
    rounds_per_minute = Whole(required=False, allow_null=True, default=None)
    max_concurrent = Whole(required=False, allow_null=True, default=None)
    census_seconds = Whole(required=False, default=60)
    on_drift = One(*dict(ON_DRIFT), required=False, default="heal")


def _shown(row: PlatformConnection) -> dict[str, Any]:
    return PlatformShown(row).data


class Platforms(Endpoint):
    """Connections."""

    @operation(scope="admin", gives=PlatformShown, page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List the connections, with the health of each."""
        _operates(self.actor)

        def shape(rows: list[PlatformConnection]) -> list[Any]:
            context = {"health": health_of(rows)}
            return list(PlatformShown(rows, many=True, context=context).data)

        return self.page(PlatformConnection.objects.all(), shape)


class Platform(Endpoint):
    """One connection."""

    @operation(scope="admin", gives=PlatformShown, match=True)
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Read a connection; its secrets are never part of it."""
        return self.show(_shown(_row(self.actor, key)))

    @operation(scope="admin", takes=PlatformBody, gives=PlatformShown, match=True, dry=True)
    def put(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Make or change a connection; secrets that are not named stay as they were."""
        given = self.body()
        rules = {name: given.pop(name) for name in RULES}
        exists = PlatformConnection.objects.filter(key=key).exists()
        version = self.version_needed(exists=exists)
        run = register_platform
        return self.act(_shown, run, key=key, rules=rules, version=version, **given)


class Check(Endpoint):
    """Look at the credential."""

    @operation(scope="admin", takes=Nothing, gives=PlatformFindingShown)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Ask the platform what the provisioner's credential lacks, and what is too much."""
        self.body()
        found = check_platform(self.actor, key=key)
        return self.everything(list(PlatformFindingShown(found, many=True).data))


class DryRun(Endpoint):
    """Rehearse."""

    @operation(scope="admin", gives=HandlePlanShown)
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Read what bringing each handle in step would run now; fifty handles at most."""
        plans = dry_run_of(self.actor, key=key)
        return self.everything(list(HandlePlanShown(plans, many=True).data))


class OrderReportBody(Body):
    """What a person says of an order: done, failed, refused or cancelled."""

    handle = Text(max_length=63)
    generation = Whole(min_value=1)
    outcome = One("done", "failed", "refused", "cancelled")
    words = Text(required=False, allow_blank=True, default="", max_length=1000)


class OrderReportShown(Shown):
    """A report that was taken."""

    handle = CharField()
    generation = IntegerField()
    outcome = CharField()
    by = CharField()
    words = CharField()


class OrderReports(Endpoint):
    """Say that an order was carried out."""

    @operation(scope="admin", takes=OrderReportBody, gives=OrderReportShown)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Report on the newest order of a platform that others change, in one's own name."""
        taken = report_order(self.actor, key=key, **self.body())
        return Response(OrderReportShown(taken).data)


def _operates(actor: Actor) -> None:
    if not may_connect_platforms(actor):
        raise NotAllowed(permission="may_connect_platforms")


def _row(actor: Actor, key: str) -> PlatformConnection:
    _operates(actor)
    row = PlatformConnection.objects.filter(key=key).first()
    if row is None:
        raise NotFound
    return row
