"""Data that people ask for."""

from typing import Any

from django_filters import BooleanFilter, CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions import asks
from catalog.api import shapes
from catalog.api.bodies import AskAnswerBody, ClaimBody, ClosingBody, WishBody
from catalog.models import Ask
from catalog.queries import visible_products
from catalog.queries.asks import ask_or_404, visible_asks
from marketplace.kernel.actors import Actor
from marketplace.kernel.rest.bodies import Nothing
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters, State
from marketplace.kernel.rest.operations import operation


class AskFilters(Filters):
    """Filters of asks."""

    state = State(help_text="Any of these states, by comma: open, claimed, answered, closed.")
    domain = CharFilter(field_name="domain__slug", help_text="A domain.")
    author = CharFilter(help_text="Who asks.")
    team = CharFilter(field_name="team__slug", help_text="The team that claimed it.")
    q = CharFilter(field_name="title", lookup_expr="icontains", help_text="Part of the title.")
    answered = BooleanFilter(
        field_name="product", lookup_expr="isnull", exclude=True, help_text="Only answered ones."
    )


class Asks(Endpoint):
    """The board."""

    @operation(scope="read", gives=shapes.AskShown, page=True, filters=AskFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List what was asked for, the most wanted first."""
        return self.page(
            visible_asks(self.actor), lambda rows: shown(self.actor, rows), order="-votes"
        )

    @operation(scope="request", takes=WishBody, gives=shapes.AskShown, status=201, dry=True)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Ask for data that nobody offers."""
        return self.act(_one(self.actor), asks.ask, **self.body())


class AskView(Endpoint):
    """One ask."""

    @operation(scope="read", gives=shapes.AskShown)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """Read what was asked for, and what became of it."""
        return Response(shown(self.actor, [ask_or_404(self.actor, id)])[0])


class Vote(Endpoint):
    """Needed by more."""

    @operation(scope="request", takes=Nothing, gives=shapes.AskShown, dry=True)
    def put(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Say that one needs it too. Doing it twice changes nothing."""
        self.body()
        return self.act(_one(self.actor), asks.vote, ask_id=id)

    @operation(scope="request", gives=shapes.AskShown, dry=True)
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Take the caller's vote back."""
        return self.act(_one(self.actor), asks.unvote, ask_id=id)


class Claim(Endpoint):
    """A promise."""

    @operation(scope="publish", takes=ClaimBody, gives=shapes.AskShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Promise an answer in a team's name."""
        return self.act(_one(self.actor), asks.claim, ask_id=id, **self.body())


class Release(Endpoint):
    """A promise given back."""

    @operation(scope="publish", takes=Nothing, gives=shapes.AskShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Give the promise back, so that others may take it."""
        self.body()
        return self.act(_one(self.actor), asks.release, ask_id=id)


class AnswerView(Endpoint):
    """An answer."""

    @operation(scope="publish", takes=AskAnswerBody, gives=shapes.AskShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Answer with a product; everybody who voted hears of it."""
        return self.act(_one(self.actor), asks.answer, ask_id=id, **self.body())


class Close(Endpoint):
    """An end without an answer."""

    @operation(scope="request", takes=ClosingBody, gives=shapes.AskShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Say that it will not be answered, and why."""
        return self.act(_one(self.actor), asks.close, ask_id=id, **self.body())


class Reopen(Endpoint):
    """Asked again."""

    @operation(scope="request", takes=Nothing, gives=shapes.AskShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Ask again for what was closed."""
        self.body()
        return self.act(_one(self.actor), asks.reopen, ask_id=id)


def shown(actor: Actor, rows: list[Ask]) -> list[dict[str, Any]]:
    """Shape asks; an answer that is hidden from the actor is not named. One statement or none."""
    keys = [row.product.key for row in rows if row.product]
    seen = set(visible_products(actor).filter(key__in=keys).values_list("key", flat=True))
    return list(shapes.AskShown(rows, many=True, context={"seen": seen}).data)


def _one(actor: Actor) -> Any:
    return lambda row: shown(actor, [row])[0]
