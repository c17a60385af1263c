"""P4, its crowd: ten thousand consumers of one table, and what one more of them costs.

The connector is asked as the worker asks it: observe what concerns the consumer, plan, apply, probe
as the consumer. A table cannot hold that many direct grantees (PostgreSQL ends at 2,441); a reader
role can have the members. The limit is bare psycopg with the statements of such a plan.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg

from bench.figures import Bar, Row, Series, row_of
from bench.ground import PORT, PRODUCT, Ground
from marketplace.connectors.base import Grant, Member, Plan, PortDesired, Principal
from marketplace.connectors.postgres.statements import HIDDEN_PASSWORD

_CROWD: Final = 10_000
_AT_ONCE: Final = 1_000


class _Held:
    """A lease that nobody contests."""

    def fence(self) -> None:
        """Let every step pass."""


def crowd(ground: Ground) -> list[Row]:
    """Give one person access among none and among ten thousand, and look at all of them."""
    from catalog.models import OutputPort, PlatformConnection
    from catalog.queries import connector_of, variant_of

    port = OutputPort.objects.select_related("product").get(product__key=PRODUCT, name=PORT)
    connector: Any = connector_of(PlatformConnection.objects.get(key="warehouse"))
    shown = variant_of(port)
    rows = [_one_more(connector, shown, "nobody", ground.rounds)]
    began = time.perf_counter()
    for start in range(0, _CROWD, _AT_ONCE):
        people = [Principal("user", f"crowd-{start + n:05}") for n in range(_AT_ONCE)]
        list(connector.apply(_plan(connector, shown, people), _Held()))
    given = time.perf_counter() - began
    rows.append(_one_more(connector, shown, f"{_CROWD:,}", ground.rounds))
    rows[-1].note = f"{_CROWD / given:,.0f} members/s while they were given"
    return [*rows, _census(connector, shown, ground.rounds)]


def _one_more(connector: Any, shown: Any, among: str, times: int) -> Row:
    ours = _each(lambda number: _admit(connector, shown, f"{among}-{number}"), times)
    bare = _bare(connector, shown, f"bare-{among}", times)
    words = f"one more consumer of a table that {among} can read, proven"
    return row_of("P4", words, ours, limit=bare, limit_is="bare psycopg, the plan's statements")


def _admit(connector: Any, shown: Any, name: str) -> float:
    """Observe, plan, apply and probe. Gives milliseconds."""
    person = Principal("user", name)
    start = time.perf_counter()
    list(connector.apply(_plan(connector, shown, [person]), _Held()))
    found = connector.probe(Grant(shown, person), True)  # noqa: FBT003 - the interface's shape
    if not found.ok:
        raise RuntimeError(f"{person} was not let in: {found}")
    return (time.perf_counter() - start) * 1000


def _bare(connector: Any, shown: Any, name: str, times: int) -> Series:
    """Run the statements alone, on one connection, for people of their own."""
    config = connector.config
    plans = [_plan(connector, shown, [Principal("user", f"{name}-{n}")]) for n in range(times)]
    with psycopg.connect(
        host=config.host,
        port=config.port,
        dbname=config.database,
        user=config.user,
        password=config.password,
        autocommit=True,
    ) as session:

        def run(number: int) -> float:
            start = time.perf_counter()
            for step in plans[number].steps:
                session.execute(step.do.replace(HIDDEN_PASSWORD, "'not a password'").encode())
            return (time.perf_counter() - start) * 1000

        return _each(run, times)


def _census(connector: Any, shown: Any, times: int) -> Row:
    """Read all members back and compare them with what is wanted: nothing is to be done."""
    counts = []

    def look(_number: int) -> float:
        start = time.perf_counter()
        seen = connector.observe(shown)
        wanted = frozenset(one.as_member() for one in seen.members)
        plan = connector.plan(PortDesired(shown, wanted), seen)
        took = (time.perf_counter() - start) * 1000
        if plan.steps:
            raise RuntimeError(f"{len(plan.steps)} steps where all is as it should be")
        counts.append(len(seen.members))
        return took

    row = row_of("P4", "all consumers of it read back and compared", _each(look, times))
    row.bars = [Bar("read back", min(counts), _CROWD, floor=True, unit="consumers")]
    return row


def _plan(connector: Any, shown: Any, people: list[Principal]) -> Plan:
    until = datetime.now(UTC) + timedelta(days=1)
    wanted = frozenset(Member(one, until, f"of-{one.key}") for one in people)
    plan: Plan = connector.plan(
        PortDesired(shown, wanted), connector.observe(shown, frozenset(people))
    )
    return plan


def _each(work: Any, times: int) -> Series:
    began = time.perf_counter()
    taken = tuple(work(number) for number in range(times))
    return Series(taken, time.perf_counter() - began)
