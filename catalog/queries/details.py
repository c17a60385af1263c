"""A product's own address, answered from the stored document in one statement."""

from collections.abc import Collection

from catalog.queries.products import VISIBLE_TO_ACCOUNT, visible_sql
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.current import actor_with
from marketplace.kernel.prepared import fetch_one


def stored_detail(actor: Actor, key: str, *, also: Collection[str] = ()) -> tuple[int, str]:
    """Give (version, finished JSON text) of a product; absent and hidden are not told apart."""
    seen, values = visible_sql(actor, also)
    row = fetch_one(
        f"SELECT p.version, p.detail::text FROM catalog_dataproduct p WHERE p.key = %s AND {seen}",  # noqa: S608 - our own words only
        [key, *values],
    )
    if row is None:
        raise NotFound
    version, text = row
    return version, text


def detail_by_token(token: str, key: str) -> tuple[Actor, tuple[int, str] | None]:
    """Give a token's actor and, in the same statement, what `stored_detail` gives, or None."""
    joined = f"LEFT JOIN catalog_dataproduct p ON p.key = %s AND {VISIBLE_TO_ACCOUNT}"
    actor, found = actor_with(token, "p.version, p.detail::text", joined, [key])
    return actor, found if found and found[0] is not None else None
