"""Work is rows: claim some, do it, write the result while the claim still holds.

``Claimable`` rows are due when ``next_at`` has passed and nobody's lease runs. The fence grows
with each claim; a result is written with ``WHERE fence = ...``, so a worker that slept past its
lease changes nothing.
"""

import os
import random
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, models
from django.db.models.functions import Now

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Claimable(models.Model):
    """A row that workers share out among themselves."""

    next_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    lease_owner = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(default=EPOCH)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        abstract = True


def claim(
    model: type[Claimable], *, limit: int, lease: timedelta, order: str = "next_at", where: str = ""
) -> list[tuple[Any, int]]:
    """Claim up to ``limit`` due rows; give (primary key, fence) of each.

    ``order`` says which go first when more are due; what is given comes in any order.
    ``order`` and ``where`` are our own constants, never input.
    """
    _give_back()
    meta = model._meta  # noqa: SLF001 - Django's documented model API
    table, key = meta.db_table, meta.pk.column
    extra = f"AND ({where})" if where else ""
    # Materialized: as a subquery a plan may run it again, which skips what it holds and takes more.
    sql = f"""
        WITH due (claimed) AS MATERIALIZED (
            SELECT {key} FROM {table}
            WHERE next_at <= statement_timestamp() AND lease_until < statement_timestamp() {extra}
            ORDER BY {order} FOR UPDATE SKIP LOCKED LIMIT %s)
        UPDATE {table} SET lease_until = statement_timestamp() + %s::interval, lease_owner = %s,
                           fence = fence + 1, attempts = attempts + 1
        FROM due WHERE {key} = claimed
        RETURNING {key}, fence
    """  # noqa: S608 - built from our own names only
    with connection.cursor() as cursor:
        cursor.execute(sql, [limit, f"{lease.total_seconds()} seconds", worker_name()])
        return [(row[0], row[1]) for row in cursor.fetchall()]


_left: list[tuple[type[Claimable], Any, int]] = []


@contextmanager
def held(model: type[Claimable], claims: Collection[tuple[Any, int]]) -> Iterator[None]:
    """Work on claims; should the database go away meanwhile, they are free when it is back.

    Whoever lost the database cannot write that it gives up, and lives on, so that neither a
    result nor its death would free them before their leases end.
    """
    try:
        yield
    except (OperationalError, InterfaceError):
        _left.extend((model, key, fence) for key, fence in claims)
        raise


def _give_back() -> None:
    while _left:
        model, key, fence = _left[-1]
        rows = model._default_manager.filter(pk=key, fence=fence)  # noqa: SLF001 - as above
        rows.filter(next_at__isnull=False, lease_until__gt=Now()).update(lease_until=EPOCH)
        _left.pop()


def free_the_dead() -> int:
    """Free what processes of this machine held when they died; give how many rows.

    A lease ends by itself; this only spares the wait after a crash. It asks no more than whether
    the process lives: a worker that does keeps its lease, and one that was taken for dead loses
    the fence with the next claim, so it can write nothing.
    """
    freed = 0
    for model in Claimable.__subclasses__():
        held = model._default_manager.filter(  # noqa: SLF001 - Django's documented model API
            next_at__isnull=False,
            lease_until__gt=Now(),
            lease_owner__startswith=f"{socket.gethostname()}:",
        )
        for owner in set(held.values_list("lease_owner", flat=True)):
            if not _lives(owner):
                freed += held.filter(lease_owner=owner).update(lease_until=EPOCH)
    return freed


def _lives(owner: str) -> bool:
    process = owner.rpartition(":")[2]
    if not process.isdigit():
        return True  # the name was cut off: only its lease can tell
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def worker_name() -> str:
    """Name this process in leases and logs: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"[:80]


def backoff(
    attempts: int, *, base: float = 1.0, cap: float = 300.0, least: float = 0.0
) -> timedelta:
    """Wait with full jitter: a random part of ``min(cap, base * 2**attempts)`` seconds.

    ``least`` is what the other side asked for (Retry-After): never less, and never all at once.
    """
    ceiling = min(cap, base * 2 ** min(attempts, 20))
    return timedelta(seconds=least + ceiling * random.random())  # noqa: S311 - jitter
