"""What stands in the tables, to say afterwards that nothing has changed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_APPS = ("catalog", "governance", "identity", "subscriptions")
_TOUCHED = {"identity_apitoken"}  # notes when a token was used last, whatever came of it


def all_rows() -> dict[str, tuple[int, int]]:
    """How many rows each table has, and a sum over what stands in them; the log apart."""
    names = connection.introspection.table_names()
    tables = [name for name in names if name.split("_")[0] in _APPS]
    parts = [
        f"SELECT '{name}', count(*), coalesce(sum(hashtext(t::text)), 0) FROM {name} t"
        for name in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {name: (count, total) for name, count, total in cursor.fetchall()}


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fail when a row is another afterwards; that a token was used does not count."""
    before = all_rows()
    yield
    after = all_rows()
    changed = {name for name in after if after[name] != before[name]} - _TOUCHED
    assert not changed, f"these tables changed: {', '.join(sorted(changed))}"
