"""A product's own address, answered from the stored document in one statement."""

from collections.abc import Collection

from catalog.queries.products import visible_sql
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
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
