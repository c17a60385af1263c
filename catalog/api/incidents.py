"""Trouble with products: told, followed, and ended."""

from typing import Any

from django_filters import CharFilter
from rest_framework import serializers
from rest_framework.fields import CharField, DateTimeField, IntegerField, UUIDField
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions import incidents
from catalog.api.shapes import Shown, Words
from catalog.models import Incident
from catalog.queries import product_or_404
from catalog.queries.incidents import incident_or_404, visible_incidents
from catalog.states import Severity
from marketplace.kernel.rest import bodies
from marketplace.kernel.rest.bodies import Body, One, Text, Texts
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters, State
from marketplace.kernel.rest.operations import operation


class UpdateShown(Shown):
    """One word about an incident."""

    at = DateTimeField()
    author = CharField()
    state = CharField()
    text = CharField()


class IncidentShown(Shown):
    """An incident; ``ports`` is empty when all of the product is hit."""

    id = UUIDField()
    product = CharField(source="product.key")
    ports = Words()
    title = CharField()
    severity = CharField()
    state = CharField()
    cause = CharField(allow_blank=True)
    opened_by = CharField()
    started_at = DateTimeField()
    resolved_at = DateTimeField(allow_null=True)
    updates = UpdateShown(many=True)
    etag = IntegerField(source="version")


class IncidentBody(Body):
    """A new incident. ``text`` is the first word to consumers."""

    title = Text(max_length=160)
    severity = One(*Severity.values)
    text = bodies.Words()
    ports = Texts(required=False, default=list, max_length=100)
    started_at = DateTimeField(required=False, allow_null=True, default=None)


class UpdateBody(Body):
    """A word about an incident; ``state`` may move it between open and monitoring."""

    text = bodies.Words()
    state = One("open", "monitoring", required=False, allow_blank=True, default="")


class ResolveBody(Body):
    """The last word, and what the cause was."""

    text = bodies.Words()
    cause = bodies.Words(required=False, allow_blank=True, default="")


class IncidentFilters(Filters):
    """Filters of incidents."""

    state = State(help_text="open, monitoring or resolved; by comma.")
    product = CharFilter(field_name="product__key", help_text="A product's key.")


class Incidents(Endpoint):
    """Everything that is or was wrong."""

    @operation(scope="read", gives=IncidentShown, page=True, filters=IncidentFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List incidents of products the caller may know of, newest first."""
        return self.page(visible_incidents(self.actor), IncidentShown)


class ProductIncidents(Endpoint):
    """Incidents of one product."""

    @operation(scope="read", gives=IncidentShown, page=True)
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """List a product's incidents, newest first."""
        product = product_or_404(self.actor, key)
        return self.page(visible_incidents(self.actor).filter(product=product), IncidentShown)

    @operation(scope="lineage", takes=IncidentBody, gives=IncidentShown, status=201, dry=True)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Say that a product is in trouble; consumers of its ports and followers are told."""
        return self.act(_shape, incidents.open_incident, key=key, **self.body())


class IncidentView(Endpoint):
    """One incident."""

    @operation(scope="read", gives=IncidentShown, match=True)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """Read an incident with every word about it."""
        return self.show(_shape(incident_or_404(self.actor, id)))


class Update(Endpoint):
    """Say how it goes on."""

    @operation(scope="lineage", takes=UpdateBody, gives=IncidentShown, match=True, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Add a word about an incident that is not over; those who were told hear it."""
        run = incidents.update_incident
        return self.act(_shape, run, incident_id=id, version=self.version(), **self.body())


class Resolve(Endpoint):
    """End an incident."""

    @operation(scope="lineage", takes=ResolveBody, gives=IncidentShown, match=True, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Say that it is over, and what the cause was; those who were told hear it."""
        run = incidents.resolve_incident
        return self.act(_shape, run, incident_id=id, version=self.version(), **self.body())


def _shape(incident: Incident) -> dict[str, Any]:
    fields: serializers.BaseSerializer[Any] = IncidentShown(incident)
    shaped: dict[str, Any] = fields.data
    return shaped
