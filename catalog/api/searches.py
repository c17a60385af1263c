"""Searches that people keep."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions import searches
from catalog.api import shapes
from catalog.api.bodies import SavedSearchBody, SavedSearchChangeBody
from catalog.models import SavedSearch
from catalog.queries.asks import my_searches
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.operations import operation


class SavedSearches(Endpoint):
    """The caller's own."""

    @operation(scope="read", gives=shapes.SavedSearchShown, page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List the searches that the caller keeps, by name."""
        return self.page(my_searches(self.actor), shapes.SavedSearchShown, order="name")

    @operation(
        scope="request", takes=SavedSearchBody, gives=shapes.SavedSearchShown, status=201, dry=True
    )
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Keep a search; with `alert`, a notice comes when a product that matches is published."""
        return self.act(_shown, searches.save_search, **self.body())


class SavedSearchView(Endpoint):
    """One kept search."""

    @operation(scope="read", gives=shapes.SavedSearchShown)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """Read a kept search."""
        found = my_searches(self.actor).filter(pk=id).first()
        if found is None:
            raise NotFound
        return Response(_shown(found))

    @operation(
        scope="request", takes=SavedSearchChangeBody, gives=shapes.SavedSearchShown, dry=True
    )
    def patch(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Change its name, what it searches, or whether it brings notices."""
        wanted = self.body(partial=True)
        return self.act(_shown, searches.change_search, search_id=id, **wanted)

    @operation(scope="request", status=204, dry=True)
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Let it go."""
        return self.act(_nothing, searches.forget_search, search_id=id)


def _shown(row: SavedSearch) -> dict[str, Any]:
    return shapes.SavedSearchShown(row).data


def _nothing(_row: SavedSearch) -> None:
    return None
