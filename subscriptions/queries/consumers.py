"""Who reads a product, and how many did on each day."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import accumulate
from typing import Any, Final

from django.db import connection
from django.db.models import Case, F, Model, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

from catalog.models import DataProduct
from marketplace.kernel.identity.models import Team, User
from subscriptions.models import AccessAgreement
from subscriptions.states import LIVE_AGREEMENT

# A consumer with several agreements is one while any of them lasts, so the spans of each are merged
# before they are counted.
_SPANS: Final = """
WITH held AS (
  SELECT range_agg(daterange((a.activated_at AT TIME ZONE 'UTC')::date,
                             (a.ended_at AT TIME ZONE 'UTC')::date)) AS spans
    FROM subscriptions_accessagreement AS a JOIN catalog_outputport AS p ON p.id = a.port_id
   WHERE p.product_id = %(product)s AND a.activated_at IS NOT NULL
     AND (a.ended_at IS NULL OR (a.ended_at AT TIME ZONE 'UTC')::date > %(since)s)
   GROUP BY a.consumer_kind, a.consumer_key)
SELECT greatest(lower(span), %(since)s), upper(span), count(*)
  FROM held, unnest(held.spans) AS span GROUP BY 1, 2
"""


def named[Row: Model](rows: QuerySet[Row], at: str = "") -> QuerySet[Row]:
    """Give each row the name of its consumer as ``consumer_name``; the key, where there is none.

    ``at`` leads to the row that has a consumer, as ``agreement__``. No further statement is run.
    """
    kind, key = f"{at}consumer_kind", f"{at}consumer_key"
    team = Team.objects.filter(slug=OuterRef(key)).values("name")[:1]
    product = DataProduct.objects.filter(key=OuterRef(key)).values("name")[:1]
    name = Case(
        When(**{kind: "team"}, then=Subquery(team)),
        When(**{kind: "data_product"}, then=Subquery(product)),
        default=_person(key),
    )
    named_rows: QuerySet[Row] = rows.annotate(  # type: ignore[assignment]
        consumer_name=Coalesce(NullIf(name, Value("")), F(key))
    )
    return named_rows


def person_named(key: str) -> Coalesce:
    """Give an expression for how the account in a column is called; the username, if it is gone."""
    return Coalesce(NullIf(_person(key), Value("")), F(key))


def _person(key: str) -> Subquery:
    full = Trim(Concat("first_name", Value(" "), "last_name"))
    called = Coalesce(NullIf("display_name", Value("")), full)  # as User.called
    return Subquery(User.objects.filter(username=OuterRef(key)).values(said=called)[:1])


def names_of(consumers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Give the names of consumers by kind and key: one statement for each kind but people's.

    A person, and a consumer that is gone, is not in it.
    """
    keys: dict[str, set[str]] = {"team": set(), "data_product": set()}
    for kind, key in consumers:
        if kind in keys:
            keys[kind].add(key)
    teams = Team.objects.filter(slug__in=keys["team"]).values_list("slug", "name")
    products = DataProduct.objects.filter(key__in=keys["data_product"]).values_list("key", "name")
    found = {("team", slug): name for slug, name in teams} if keys["team"] else {}
    if keys["data_product"]:
        found |= {("data_product", key): name for key, name in products}
    return found


def consumers_of(product: DataProduct) -> QuerySet[AccessAgreement]:
    """Everybody with live access to a product."""
    return (
        AccessAgreement.objects.select_related("port", "grant__handle")
        .filter(port__product=product, state__in=list(LIVE_AGREEMENT))
        .order_by("consumer_key", "port__name")
    )


def consumer_count(product: DataProduct) -> int:
    """How many distinct consumers have proven access."""
    return (
        AccessAgreement.objects.filter(port__product=product, state="active")
        .values("consumer_kind", "consumer_key")
        .distinct()
        .count()
    )


def readers_of(product: DataProduct, most: int) -> tuple[list[str], int]:
    """Give the names of the first teams and products that read a product, and how many readers.

    People and programs are counted and not named. Two statements, however many there are.
    """
    live = AccessAgreement.objects.filter(
        port__product=product, state__in=list(LIVE_AGREEMENT)
    ).order_by()
    teams: Any = named(live.filter(consumer_kind__in=["team", "data_product"]))
    names = teams.values_list("consumer_name", "consumer_kind", "consumer_key").distinct()
    number = live.values("consumer_kind", "consumer_key").distinct().count()
    return [name for name, _, _ in names.order_by("consumer_name")[:most]], number


def consumer_counts(product: DataProduct, today: date, days: int = 90) -> list[int]:
    """Give how many consumers had proven access at the end of each of the last days, oldest first.

    Counted from the agreements themselves; one that is suspended counts as held.
    """
    since = today - timedelta(days=days - 1)
    with connection.cursor() as cursor:
        cursor.execute(_SPANS, {"product": product.pk, "since": since})
        spans = cursor.fetchall()
    changes = [0] * (days + 1)
    for begun, ended, consumers in spans:
        changes[min((begun - since).days, days)] += consumers
        if ended is not None:
            changes[min((ended - since).days, days)] -= consumers
    return list(accumulate(changes))[:days]
