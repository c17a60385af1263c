"""Who uses a product, and how much."""

from datetime import timedelta

from django.db.models import Count
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import DataProduct
from catalog.queries import product_or_404
from marketplace.kernel.clock import now
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import whole
from marketplace.kernel.rest.operations import Param, operation
from subscriptions.actions.owners_words import message_consumers
from subscriptions.api import shapes
from subscriptions.api.bodies import MessageBody
from subscriptions.models import AccessAgreement, AccessRequest, UsageDay
from subscriptions.permissions import OVERSIGHT, owns
from subscriptions.queries import (
    consumer_count,
    consumer_counts,
    consumers_of,
    usual_wait,
    visible_agreements,
)

_DAYS = Param("days", "How far back usage is given.", "integer", least=1, most=365)


class Consumers(Endpoint):
    """Who has access."""

    @operation(scope="read", gives=shapes.ProductConsumerShown, page=True)
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """List consumers with live access; owners and oversight see all, others their own."""
        product = product_or_404(self.actor, key)
        seen = visible_agreements(self.actor).values("pk")
        rows = consumers_of(product).filter(pk__in=seen)
        return self.page(rows, shapes.ProductConsumerShown, order="consumer_key")


class Messages(Endpoint):
    """Words to consumers."""

    @operation(
        scope="decide",
        takes=MessageBody,
        gives=shapes.MessagedShown,
        status=201,
        dry=True,
    )
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Write to everybody with live access, or to the consumers of some ports."""
        return self.act(_told, message_consumers, key=key, **self.body())


class Metrics(Endpoint):
    """A product in figures."""

    @operation(scope="read", gives=shapes.MetricsShown, query=(_DAYS,))
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Read how much a product is used, how often it is asked for, how long answers take.

        Requests by state are for owners and oversight; others are given none.
        """
        product = product_or_404(self.actor, key)
        days, today = whole(self.params, "days", 30, least=1, most=365), now().date()
        since = today - timedelta(days=days)
        usage = UsageDay.objects.filter(product=product, day__gt=since)
        port = product.ports.first()
        wait = usual_wait(port) if port else None
        return Response(
            {
                "product": product.key,
                "consumers": consumer_count(product),
                "consumers_by_day": consumer_counts(product, today, days),
                "requests": self._requests(product),
                "median_decision_seconds": wait.median_seconds if wait else None,
                "basis": wait.basis if wait else "",
                "usage": shapes.UsageShown(usage, many=True).data,
            }
        )

    def _requests(self, product: DataProduct) -> dict[str, int]:
        if not (owns(self.actor, product) or self.actor.holds(*OVERSIGHT)):
            return {}
        rows = AccessRequest.objects.filter(port__product=product).order_by("state")
        return dict(
            rows.values_list("state").annotate(number=Count("pk")).values_list("state", "number")
        )


def _told(concerned: list[AccessAgreement]) -> dict[str, list[str]]:
    return {"agreements": [str(one.pk) for one in concerned]}
