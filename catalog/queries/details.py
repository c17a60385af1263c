"""A product's own address, answered from the stored document in one statement."""

from collections.abc import Collection

from django.db import connection

from catalog.queries.products import visible_sql
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound


def stored_detail(actor: Actor, key: str, *, also: Collection[str] = ()) -> tuple[int, str]:
    """Give (version, finished JSON text) of a product; absent and hidden are not told apart."""
    seen, values = visible_sql(actor, also)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.version, p.detail::text FROM catalog_dataproduct p "  # noqa: S608 - our words
            f"WHERE p.key = %s AND {seen}",
            [key, *values],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    version, text = row
    return version, text
