"""P1 and P2: searching, listing, reading one product, the market's page."""

from typing import Any, Final
from urllib.parse import quote, urlsplit

from bench.client import Connection, drive, request
from bench.figures import Bar, Row, Series, row_of
from bench.ground import Ground, raw, statements_of
from bench.mesh.vocabulary import PROBES

_FACETS = "domain,interface,platform,access,classification,certification,personal_data,status"
_TOGETHER = 8


def floor(ground: Ground) -> list[Row]:
    """What an answer costs that asks nothing of anybody: the web server, the frame, the client."""
    asks = [request("GET", "/health/live")]
    alone, together = _both(ground, asks, ground.rounds * 20)
    return [row_of("-", "liveness: server, middleware and client alone", alone, together)]


def search(ground: Ground) -> list[Row]:
    """Word to top 50, total and 8 facets: twenty words that hit 0.06 % to 17 % of the products."""
    from catalog.queries import SearchQuery
    from catalog.queries import search as find

    actor = actor_named("bench-reader")
    asks = [
        ground.call("bench-reader", "GET", f"products?q={quote(word)}&facets={_FACETS}")
        for word in PROBES
    ]
    count = ground.rounds * len(asks)
    alone, together = _both(ground, asks, count)
    same = [
        statements_of(lambda word=word: find(actor, SearchQuery(q=word)))  # type: ignore[misc]
        for word in PROBES
    ]
    limit = raw(same, count=count)
    row = row_of(
        "P1",
        "search: word to top 50, total, 8 facets",
        alone,
        together,
        limit=limit,
        limit_together=raw(same, count=count, connections=_TOGETHER),
        limit_is="the same statement by bare psycopg",
    )
    large = ground.products > 50_000  # noqa: PLR2004 - the bars are for 10,000 and 100,000
    row.bars = [
        Bar("p50", alone.at(0.5), 15 if large else 4),
        *([Bar("p95", alone.at(0.95), 50)] if large else []),
        Bar("c=8", together.rate, 100 if large else 300, floor=True, unit="req/s"),
        Bar("x limit", alone.at(0.5) / limit.at(0.5), 2, unit="x"),
    ]
    hits = sorted(find(actor, SearchQuery(q=word)).total for word in PROBES)
    row.note = f"{hits[0]} to {hits[-1]} hits"
    return [row]


def lists(ground: Ground) -> list[Row]:
    """The list of 50, the hundredth page, and one product."""
    from catalog.models import DataProduct
    from catalog.queries import SearchQuery
    from catalog.queries import search as find
    from catalog.queries.details import stored_detail

    actor = actor_named("bench-reader")
    asks = [ground.call("bench-reader", "GET", "products?page_size=50")]
    count = ground.rounds * 10
    alone, together = _both(ground, asks, count)
    find(actor, SearchQuery())  # its counts are remembered, as in the web server
    same = [statements_of(lambda: find(actor, SearchQuery()))]
    row = row_of(
        "P2",
        "list of 50",
        alone,
        together,
        limit=raw(same, count=count),
        limit_together=raw(same, count=count, connections=_TOGETHER),
        limit_is="the same statement by bare psycopg",
    )
    row.bars = [
        Bar("p50", alone.at(0.5), 8),
        Bar("p99/p50", alone.at(0.99) / alone.at(0.5), 5, unit="x"),
    ]
    deep = _deep_pages(ground)
    far = row_of("P2", "list of 50, pages 100 to 150", deep)
    far.bars = [Bar("x first page", deep.at(0.5) / alone.at(0.5), 1.5, unit="x")]
    keys = list(
        DataProduct.objects.filter(status="active", scope="organization")
        .order_by("pk")
        .values_list("key", flat=True)[:200]
    )
    asks = [ground.call("bench-reader", "GET", f"products/{key}") for key in keys]
    alone, together = _both(ground, asks, ground.rounds * 40)
    same = [
        statements_of(lambda key=key: stored_detail(actor, key))  # type: ignore[misc]
        for key in keys
    ]
    one = row_of(
        "P2",
        "detail",
        alone,
        together,
        limit=raw(same, count=ground.rounds * 40),
        limit_together=raw(same, count=ground.rounds * 40, connections=_TOGETHER),
        limit_is="the same statement by bare psycopg",
    )
    one.bars = [
        Bar("p50", alone.at(0.5), 0.6),
        Bar("c=8", together.rate, 3000, floor=True, unit="req/s"),
        Bar("p99/p50", alone.at(0.99) / alone.at(0.5), 5, unit="x"),
    ]
    return [row, far, one]


_PAGES: Final = (
    ("market page of 50 rows", "/?page_size=50"),
    ("market page of 50 rows, searched", "/?page_size=50&q=passenger"),
    ("market page as it comes, 24 rows", "/"),
    ("market page as it comes, searched", "/?q=passenger"),
)


def market(ground: Ground) -> list[Row]:
    """The market's page and its facets, as HTML, signed in by session."""
    cookie = {"Cookie": f"emporion_session={session_of('bench-reader')}"}
    rows = []
    for words, path in _PAGES:
        asks = [request("GET", path, cookie)]
        alone, together = _both(ground, asks, ground.rounds * 10)
        row = row_of("P2", f"HTML {words}", alone, together)
        row.bars = [
            Bar("p50", alone.at(0.5), 15),
            Bar("p99/p50", alone.at(0.99) / alone.at(0.5), 5, unit="x"),
        ]
        rows.append(row)
    return rows


def _both(ground: Ground, asks: list[bytes], count: int) -> tuple[Series, Series]:
    drive(ground.port, asks, connections=_TOGETHER, count=max(64, len(asks) * 2))  # warm up
    alone = drive(ground.port, asks, count=count)
    return alone, drive(ground.port, asks, count=count, connections=_TOGETHER)


def _deep_pages(ground: Ground) -> Series:
    """Follow `next` a hundred times, then time the fifty pages after that."""
    connection = Connection(ground.port)
    path, deep = "products?page_size=50", []
    for page in range(150):
        given: dict[str, Any] = connection.ask(ground.call("bench-reader", "GET", path)).json()
        following = given["next"]
        if following is None:
            break
        parts = urlsplit(following)
        path = f"products?{parts.query}"
        if page >= 99:  # noqa: PLR2004 - the hundredth page
            deep.append(ground.call("bench-reader", "GET", path))
    connection.close()
    return drive(ground.port, deep * 10)


def actor_named(name: str) -> Any:
    """Give an account's actor, as a session would."""
    from marketplace.kernel.identity.current import actor_of_user
    from marketplace.kernel.identity.models import User

    return actor_of_user(User.objects.get(username=name))


def session_of(name: str) -> str:
    """Sign somebody in; give the value of the session's cookie."""
    from django.test import Client

    from marketplace.kernel.identity.models import User

    client = Client()
    client.force_login(User.objects.get(username=name), "django.contrib.auth.backends.ModelBackend")
    return client.cookies["emporion_session"].value
