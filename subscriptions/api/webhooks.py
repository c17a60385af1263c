"""Webhooks, and what was sent to them."""

from typing import Any

from django_filters import BooleanFilter, CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.kernel.errors import NotFound
from marketplace.kernel.rest.bodies import Nothing
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters, State
from marketplace.kernel.rest.operations import operation
from subscriptions.actions import webhooks
from subscriptions.api import shapes
from subscriptions.api.bodies import WebhookBody, WebhookChangeBody
from subscriptions.models import WebhookDelivery, WebhookEndpoint
from subscriptions.queries import my_webhooks


class WebhookFilters(Filters):
    """Filters of webhooks."""

    active = BooleanFilter(help_text="Only those that are told.")
    product = CharFilter(help_text="Those of one product.")


class DeliveryFilters(Filters):
    """Filters of deliveries."""

    state = State(help_text="Any of these states, by comma.")
    type = CharFilter(field_name="event_name", help_text="An event's name.")


class Webhooks(Endpoint):
    """The caller's own webhooks."""

    @operation(scope="read", gives=shapes.WebhookShown, page=True, filters=WebhookFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List the caller's webhooks, newest first."""
        return self.page(my_webhooks(self.actor), shapes.WebhookShown)

    @operation(
        scope="admin", takes=WebhookBody, gives=shapes.WebhookSecretShown, status=201, dry=True
    )
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Register a webhook. Its secret is shown once, here.

        Deliveries are signed as Standard Webhooks has it; their body is a CloudEvent.
        """
        return self.act(_with_secret, webhooks.create, **self.body())


class Webhook(Endpoint):
    """One webhook."""

    @operation(scope="read", gives=shapes.WebhookShown, match=True)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """Read a webhook."""
        return self.show(_shown(_own(self, id)))

    @operation(
        scope="admin", takes=WebhookChangeBody, gives=shapes.WebhookShown, match=True, dry=True
    )
    def patch(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Change a webhook; `active: true` wakes one that was paused."""
        _own(self, id)
        version = self.version_needed(exists=True)
        wanted = self.body(partial=True)
        return self.act(_shown, webhooks.change, endpoint_id=id, wanted=wanted, version=version)

    @operation(scope="admin", status=204, dry=True)
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Remove a webhook with its log of deliveries."""
        return self.act(_nothing, webhooks.remove, endpoint_id=id)


class Test(Endpoint):
    """Try it."""

    @operation(scope="admin", takes=Nothing, gives=shapes.WebhookShown, status=202, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Send a test event the whole way: log, queue, signature. See its deliveries."""
        self.body()
        return self.act(_shown, webhooks.test, endpoint_id=id)


class Rotate(Endpoint):
    """A new secret."""

    @operation(scope="admin", takes=Nothing, gives=shapes.WebhookSecretShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Give a new secret, shown once; the old one signs beside it for 24 hours."""
        self.body()
        return self.act(_with_secret, webhooks.rotate, endpoint_id=id)


class Deliveries(Endpoint):
    """What was sent."""

    @operation(scope="read", gives=shapes.DeliveryShown, page=True, filters=DeliveryFilters)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """List deliveries to a webhook, newest first."""
        rows = _own(self, id).deliveries.all()
        return self.page(rows, shapes.DeliveryShown, order="-created_at")


class Delivery(Endpoint):
    """One delivery."""

    @operation(scope="read", gives=shapes.DeliveryShown)
    def get(self, request: Request, id: str, delivery_id: str) -> Response:  # noqa: A002, ARG002
        """Read one delivery."""
        found = _own(self, id).deliveries.filter(pk=delivery_id).first()
        if found is None:
            raise NotFound
        return Response(_delivery(found))


class Replay(Endpoint):
    """Send it again."""

    @operation(scope="admin", takes=Nothing, gives=shapes.DeliveryShown, status=202, dry=True)
    def post(self, request: Request, id: str, delivery_id: str) -> Response:  # noqa: A002, ARG002
        """Send one delivery again, as a new chain of attempts."""
        self.body()
        return self.act(_delivery, webhooks.replay, endpoint_id=id, delivery_id=delivery_id)


def _own(view: Endpoint, endpoint_id: str) -> WebhookEndpoint:
    row = my_webhooks(view.actor).filter(pk=endpoint_id).first()
    if row is None:
        raise NotFound
    return row


def _shown(row: WebhookEndpoint) -> dict[str, Any]:
    return shapes.WebhookShown(row).data


def _with_secret(made: tuple[WebhookEndpoint, str]) -> dict[str, Any]:
    row, secret = made
    return {**_shown(row), "secret": secret}


def _delivery(row: WebhookDelivery) -> dict[str, Any]:
    return shapes.DeliveryShown(row).data


def _nothing(_result: None) -> None:
    return None
