"""Rows that many tests begin with, made by the product once and put back as rows afterwards.

The first test of a run that wants them has them made by the real actions. Each later one gets the
same rows, with the same keys, in a fraction of the time. They are put back only onto the state on
which they were made; a test that has done something before has its rows made anew.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

_NOT_OURS = {"django_migrations"}
type State = tuple[int, int]


@dataclass(frozen=True)
class Change:
    """What was done to one table: rows that are no more, as text, and new ones as COPY has them."""

    table: str
    gone: list[str]
    new: bytes


@dataclass(frozen=True)
class Made:
    """All that one step has changed, and the state after it."""

    after: State
    changes: list[Change]


_made: dict[tuple[str, State], Made] = {}


def once(name: str, make: Callable[[], object], *, after: str = "") -> None:
    """Have the rows called ``name``, which stand on those called ``after``, or on none.

    A test with real transactions makes its own: what it commits is emptied behind it.
    """
    if not connection.in_atomic_block:
        make()
        return
    before = _state()
    if known := _made.get((name, before)):
        _put(known)
    elif before in _states_after(after):
        _made[name, before] = _watched(make)
    else:
        make()


def _states_after(name: str) -> set[State]:
    """Where a step may begin: where the one called ``name`` ended, or where nobody has come yet."""
    if name:
        return {made.after for (one, _), made in _made.items() if one == name}
    seq, users = _state()
    return set() if users else {(seq, users)}


def _state() -> State:
    """Tell states apart: each action writes to the log, and accounts are made without one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT seq FROM events_chain WHERE id = 1), 0),"
            " (SELECT count(*) FROM identity_user)"
        )
        seq, users = cursor.fetchone()
    return seq, users


def _watched(make: Callable[[], object]) -> Made:
    names = set(connection.introspection.table_names()) - _NOT_OURS
    tables = {name: _rows(name) for name in sorted(names)}
    make()
    changes = []
    for name, (texts, lines) in tables.items():
        texts_now, lines_now = _rows(name)
        if lines_now != lines:
            gone = list((Counter(texts) - Counter(texts_now)).elements())
            stays = Counter(lines)
            new = []
            for line in lines_now:
                if stays[line]:
                    stays[line] -= 1
                else:
                    new.append(line)
            changes.append(Change(name, gone, b"".join(new)))
    return Made(_state(), changes)


def _rows(table: str) -> tuple[list[str], list[bytes]]:
    """Give a table's rows twice: as text, to find them again, and as COPY writes them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {table} t")
        texts = [row[0] for row in cursor.fetchall()]
        with cursor.cursor.copy(f"COPY {table} TO STDOUT") as out:
            return texts, b"".join(out).splitlines(keepends=True)


def _put(known: Made) -> None:
    """Put the rows back; foreign keys are deferred, so the order of the tables is free."""
    with connection.cursor() as cursor:
        for change in known.changes:
            if change.gone:
                cursor.execute(
                    f"DELETE FROM {change.table} t WHERE t::text = ANY(%s)", [change.gone]
                )
                assert cursor.rowcount == len(change.gone), change.table
            if change.new:
                with cursor.cursor.copy(f"COPY {change.table} FROM STDIN") as into:
                    into.write(change.new)
