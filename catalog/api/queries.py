"""Queries that are kept for others."""

from django.db.models import Q, QuerySet
from django_filters import BooleanFilter, CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.saved_queries import keep_query, remove_query, save_query
from catalog.api import shapes
from catalog.api.bodies import QueryBody, QueryCopyBody
from catalog.models import SavedQuery
from catalog.queries import visible_products
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters
from marketplace.kernel.rest.operations import operation


class QueryFilters(Filters):
    """Filters of kept queries."""

    q = CharFilter(method="words", help_text="Part of the title or description.")
    product = CharFilter(field_name="port__product__key", help_text="A product's key.")
    port = CharFilter(field_name="port__name", help_text="A port's name.")
    author = CharFilter(help_text="Who keeps it.")
    declared = BooleanFilter(help_text="Whether it comes from a descriptor.")

    def words(self, rows: QuerySet[SavedQuery], _name: str, value: str) -> QuerySet[SavedQuery]:
        """Narrow by title or description."""
        return rows.filter(Q(title__icontains=value) | Q(description__icontains=value))


class Queries(Endpoint):
    """The library of queries."""

    @operation(scope="read", gives=shapes.QueryShown, page=True, filters=QueryFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List kept queries of products the caller may know of, the most run first."""
        return self.page(_visible(self.actor), shapes.QueryShown, order="-runs")


class Query(Endpoint):
    """One query; its key is `<product>:<port>:<name>`."""

    @operation(scope="read", gives=shapes.QueryShown, match=True)
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Read a kept query."""
        return self.show(shapes.query(_found(self.actor, key)))

    @operation(scope="query", takes=QueryBody, gives=shapes.QueryShown, match=True, dry=True)
    def put(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Keep a query, or change one's own. Changing needs If-Match."""
        given = self.body()
        product, port, slug = _parts(key)
        version = self.version_needed(exists=_find(self.actor, key) is not None)
        return self.act(
            shapes.query,
            save_query,
            key=product,
            port=port,
            slug=slug,
            version=version,
            **given,
        )

    @operation(scope="query", status=204, dry=True)
    def delete(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Take a query out of the library; its author may, and the product's owners."""
        return self.act(_nothing, remove_query, query_id=_found(self.actor, key).pk)


class QueryCopy(Endpoint):
    """A copy of one's own of a query that somebody keeps."""

    @operation(scope="query", takes=QueryCopyBody, gives=shapes.QueryShown, status=201, dry=True)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Keep a copy under a name of its own; it says what it was copied from."""
        given, origin = self.body(), _found(self.actor, key)
        return self.act(
            shapes.query,
            keep_query,
            key=origin.port.product.key,
            port=origin.port.name,
            port_version=origin.port.version_name,
            title=given["title"] or origin.title,
            sql=given["sql"] or origin.sql,
            description=given["description"] or origin.description,
            forked_from=origin.pk,
        )


def _nothing(_result: None) -> None:
    return None


def _found(actor: Actor, key: str) -> SavedQuery:
    found = _find(actor, key)
    if found is None:
        raise NotFound
    return found


def _visible(actor: Actor) -> QuerySet[SavedQuery]:
    return SavedQuery.objects.select_related("port__product", "forked_from").filter(
        port__product__in=visible_products(actor).values("pk")
    )


def _find(actor: Actor, key: str) -> SavedQuery | None:
    product, port, slug = _parts(key)
    rows = _visible(actor).filter(port__product__key=product, port__name=port, slug=slug)
    return rows.order_by("-port__rank").first()


def _parts(key: str) -> tuple[str, str, str]:
    parts = key.split(":")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - product, port, name
        raise NotFound
    return parts[0], parts[1], parts[2]
