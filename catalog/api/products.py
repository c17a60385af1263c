"""Products: found, read, described anew, offered and ended."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions import products
from catalog.actions.apply import read
from catalog.actions.editing import described_product, save_product
from catalog.api import shapes
from catalog.api.bodies import ProductBody, ReasonBody, product_of
from catalog.descriptors.model import ProductDescriptor
from catalog.descriptors.writing import dump
from catalog.models import DataProduct
from catalog.queries import SearchQuery, product_or_404, search, visible_products
from catalog.queries.details import detail_by_token, stored_detail
from catalog.queries.facets import FACETS
from catalog.queries.parameters import FRESH, LISTS, clean, query_from, wrong_terms
from catalog.queries.words import SORTS
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.identity.current import bearer
from marketplace.kernel.rest.bodies import Nothing
from marketplace.kernel.rest.endpoints import Endpoint, must, plain, text
from marketplace.kernel.rest.filters import whole
from marketplace.kernel.rest.operations import CURSOR, PAGE_SIZE, Param, operation
from marketplace.kernel.rest.pagination import address_with, page_size
from marketplace.kernel.rest.preconditions import etag_of, unchanged

YAML = "application/yaml"
_ORDERS = {
    "relevance": "relevance",
    "name": "name",
    "consumers": "consumers",
    "-consumers": "consumers",
    "score": "score",
    "-score": "score",
    "fresh": "fresh",
    "-refreshed_at": "fresh",
}
_FILTERS = (
    Param("q", "Words, and `key:value` filters as in the market's box; a wrong one is refused."),
    *(Param(name, "Any of these; by comma, or several times.", many=True) for name in LISTS),
    Param("personal_data", "Only with, or only without, personal data.", words=("yes", "no")),
    Param("score", "Least DATSIS score, as in the market's address.", "integer", most=100),
    Param("min_score", "The same as `score`.", "integer", least=0, most=100),
    Param("max_score", "Greatest DATSIS score.", "integer", least=0, most=100),
    Param("facets", f"Counts to give, by comma: {', '.join(FACETS)}."),
    Param("fresh", "Greatest age of the data.", words=tuple(FRESH)),
    Param("sort", "The order, as in the market's address.", words=SORTS),
    Param("ordering", "The order; all but name start with the greatest.", words=tuple(_ORDERS)),
    CURSOR,
    PAGE_SIZE,
)


class Products(Endpoint):
    """Everything the caller may know of."""

    @operation(scope="read", gives=shapes.ProductsShown, query=_FILTERS, hot=True)
    def get(self, request: HttpRequest) -> HttpResponse:
        """Search and list products.

        Counts and hits are over what the caller may know of. Pages go forward by `next`.
        """
        wanted = _facets(request)
        page = search(self.actor, _query(request))
        following = page.next_cursor
        given: dict[str, Any] = {
            "results": [hit.as_json() for hit in page.hits],
            "next": address_with(request.path, request.GET, following) if following else None,
            "previous": None,
            "total": page.total,
            "corrected": page.corrected,
        }
        if wanted:
            given["facets"] = {f.name: f.as_json() for f in page.facets if f.name in wanted}
        return plain(given)


class Product(Endpoint):
    """One product."""

    _found: tuple[int, str] | None = None

    def who(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Actor:
        """Give the caller; a token's answer is read in the same statement."""
        token = bearer(request)
        if not token:
            return super().who(request, *args, **kwargs)
        actor, self._found = detail_by_token(token, kwargs["key"])
        return actor

    @operation(scope="read", gives=shapes.DetailShown, match=True, hot=True)
    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Read a product."""
        version, stored = self._found or stored_detail(self.actor, key)
        tag = {"ETag": etag_of(version)}
        if unchanged(request, version):
            return HttpResponse(status=304, headers=tag)
        return HttpResponse(stored, content_type="application/json", headers=tag)

    @operation(
        scope="publish",
        takes=ProductBody,
        gives=shapes.DetailShown,
        match=True,
        dry=True,
    )
    def put(self, request: Request, key: str) -> Response:
        """Create or replace a product from its descriptor's fields.

        A whole ODPS document as JSON (`kind: DataProduct`) is taken too. Replacing needs If-Match.
        Ports, inputs and management ports that are left out stay as they are.
        """
        kept = visible_products(self.actor).filter(key=key).first()
        version = self.version_needed(exists=kept is not None)
        wanted = self._wanted(request, key, kept)
        return self.act(_detail, save_product, wanted=wanted, version=version)

    def _wanted(self, request: Request, key: str, kept: DataProduct | None) -> ProductDescriptor:
        if isinstance(request.data, dict) and request.data.get("kind") == "DataProduct":
            wanted = read(dump(request.data)).products[0]
        else:
            described = described_product(kept) if kept and kept.descriptor_text else None
            wanted = product_of(key, self.body(), described)
        wrong = Invalid(FieldProblem("/id", "another-key", f"This address is of {key}."))
        must(wanted.key == key, wrong)
        return wanted


class Publish(Endpoint):
    """Offer a product."""

    @operation(scope="publish", takes=Nothing, gives=shapes.DetailShown, match=True, dry=True)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Offer a product, or offer a deprecated one again."""
        self.body()
        product_or_404(self.actor, key)
        return self.act(_detail, products.publish, key=key, version=self.version())


class Deprecate(Endpoint):
    """Say that nobody should start with it."""

    @operation(scope="publish", takes=ReasonBody, gives=shapes.DetailShown, match=True, dry=True)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Deprecate a product; consumers and followers are told."""
        reason = self.body()["reason"]
        product_or_404(self.actor, key)
        run = products.deprecate
        return self.act(_detail, run, key=key, reason=reason, version=self.version())


class Retire(Endpoint):
    """End a product."""

    @operation(scope="publish", takes=ReasonBody, gives=shapes.DetailShown, match=True, dry=True)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Retire a product; every access to it is revoked."""
        reason = self.body()["reason"]
        product_or_404(self.actor, key)
        run = products.retire
        return self.act(_detail, run, key=key, reason=reason, version=self.version())


class Descriptor(Endpoint):
    """The descriptor of a product."""

    @operation(scope="read", media=YAML)
    def get(self, request: Request, key: str) -> HttpResponse:  # noqa: ARG002
        """Read the ODPS descriptor as it was written."""
        product = product_or_404(self.actor, key)
        name = f"{product.key}.odps.yaml"
        return text(product.descriptor_text, media=YAML, name=name, version=product.version)


def _detail(product: DataProduct) -> dict[str, Any]:
    shown: dict[str, Any] = product.detail
    return {**shown, "etag": product.version}


def _query(request: HttpRequest) -> SearchQuery:
    params = clean(request.GET)
    wrong = wrong_terms(params)
    must(not wrong, Invalid(*wrong))
    given = request.GET
    order = given.get("ordering", "")
    must(
        not order or order in _ORDERS,
        Invalid(FieldProblem("/ordering", "unknown", f"One of {', '.join(_ORDERS)}.")),
    )
    asked = query_from(params, limit=page_size(given))
    least = whole(given, "min_score", 0, most=100) if "min_score" in given else asked.min_score
    most = whole(given, "max_score", 100, most=100) if "max_score" in given else None
    return replace(
        asked, min_score=least, max_score=most, sort=_ORDERS.get(order, "") or asked.sort
    )


def _facets(request: HttpRequest) -> frozenset[str]:
    wanted = frozenset(part for part in request.GET.get("facets", "").split(",") if part)
    unknown = sorted(wanted - set(FACETS))
    words = f"No such facet: {', '.join(unknown)}."
    must(not unknown, Invalid(FieldProblem("/facets", "unknown", words)))
    return wanted
