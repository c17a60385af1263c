"""P4: from searching or asking to the first row, from revoking to the refusal, many at once."""

import contextlib
import os
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from bench.client import Connection, drive
from bench.figures import Bar, Row, Series, row_of
from bench.ground import PORT, PRODUCT, RELATION, Ground, numbered, until

_PARALLEL = 100
_WARMING = 16
_SELECT = f"SELECT * FROM {RELATION} LIMIT 1".encode()


def access(ground: Ground) -> list[Row]:
    """Each round is a consumer of their own, whose login the platform has never seen."""
    rounds = max(10, ground.rounds)
    warming = list(numbered("bench-warming", _WARMING))
    people = [*numbered("bench-consumer", rounds), *numbered("bench-many", _PARALLEL)]
    finders = list(numbered("bench-finder", rounds))
    for name in (*warming, *people, *finders):
        ground.person(name)
    for name in warming:  # the port is published, every thread has a connection that knows us
        _once(ground, name)
    control: list[float] = []
    opened: list[float] = []
    closed: list[float] = []
    for name in people[:rounds]:
        spent, to_row, to_denied = _once(ground, name)
        control.append(spent)
        opened.append(to_row)
        closed.append(to_denied)
    asked = _series(control)
    first = row_of("P4", "evaluate + request + approve, three calls", asked)
    first.bars = [Bar("p50", asked.at(0.5), 60)]
    given = _series(opened)
    bare = _bare(people[0], rounds)
    second = row_of(
        "P4",
        "approve to the consumer's first row, new login",
        given,
        limit=bare,
        limit_is="the plan's statements, login and query by bare psycopg",
    )
    second.bars = [Bar("p50", given.at(0.5), 100), Bar("p95", given.at(0.95), 500)]
    ended = _series(closed)
    third = row_of("P4", "revoke to refused, on an open session", ended)
    third.bars = [Bar("p50", ended.at(0.5), 100)]
    found = _series([_found(ground, name) for name in finders])
    fourth = row_of("P4", "search, product, evaluate, request, approve to the first row", found)
    fourth.bars = [Bar("p50", found.at(0.5), 2000)]
    return [first, second, third, fourth, _many(ground, people[-_PARALLEL:], bare)]


def _series(times: list[float]) -> Series:
    return Series(tuple(times), sum(times) / 1000)


def _once(ground: Ground, name: str) -> tuple[float, float, float]:
    """One life of an access; give milliseconds of control, to the first row, to the refusal.

    It begins when nothing of the life before it is left to do: a latency, not a throughput.
    """
    _rested()
    connection = Connection(ground.port)
    began = time.perf_counter()
    _asked(connection, ground.call(name, "POST", "access-requests/evaluate", _ask(name)))
    made = _asked(connection, ground.call(name, "POST", "access-requests", _ask(name)), 201)
    path = f"access-requests/{made['id']}/approve"
    approving = time.perf_counter()
    _asked(connection, ground.call("bench-owner", "POST", path, {}))
    control = (time.perf_counter() - began) * 1000
    with _first_row(name) as (own, moment):
        to_row = (moment - approving) * 1000
        agreement = _agreement(name)
        _settled(name, "active")
        path = f"access-agreements/{agreement}/revoke"
        revoking = time.perf_counter()
        _asked(connection, ground.call("bench-owner", "POST", path, {"reason": "Measured."}))
        to_denied = (until(lambda: _denied(own), seconds=30) - revoking) * 1000
    _settled(name, "revoked")
    connection.close()
    return control, to_row, to_denied


def _found(ground: Ground, name: str) -> float:
    """Go the whole way by REST, as a script does; give milliseconds from the search to a row."""
    _rested()
    connection = Connection(ground.port)
    began = time.perf_counter()
    _asked(connection, ground.call(name, "GET", f"products?q={PRODUCT.rpartition('.')[2]}"))
    _asked(connection, ground.call(name, "GET", f"products/{PRODUCT}"))
    _asked(connection, ground.call(name, "POST", "access-requests/evaluate", _ask(name)))
    made = _asked(connection, ground.call(name, "POST", "access-requests", _ask(name)), 201)
    path = f"access-requests/{made['id']}/approve"
    _asked(connection, ground.call("bench-owner", "POST", path, {}))
    with _first_row(name) as (_, moment):
        spent = (moment - began) * 1000
    _settled(name, "active")
    connection.close()
    return spent


def _ask(name: str) -> dict[str, Any]:
    return {
        "product": PRODUCT,
        "port": PORT,
        "consumer": {"kind": "user", "id": name},
        "purpose": "analytics",
        "purpose_text": "To measure.",
        "duration_days": 30,
    }


def _asked(connection: Connection, what: bytes, status: int = 200) -> Any:
    answer = connection.ask(what)
    if answer.status != status:
        raise RuntimeError(f"{answer.status}: {answer.body[:1000]!r}")
    return answer.json()


@contextlib.contextmanager
def _first_row(name: str) -> Iterator[tuple[psycopg.Connection[Any], float]]:
    """Wait until the consumer's login may read, as its own session; give it and the moment.

    The catalogue is watched from outside, since a login that fails costs the server more than
    one that works.
    """
    login, password = _login(name)
    with psycopg.connect(os.environ["EMPORION_WAREHOUSE_ADMIN_DSN"], autocommit=True) as watch:
        sql = "SELECT 1 FROM emporion_entitlements.entitlement WHERE login = %s"
        until(lambda: watch.execute(sql, [login]).fetchone() is not None, seconds=30)
    with _connected(login, password) as own:
        until(lambda: own.execute(_SELECT).fetchone() is not None, seconds=30)
        yield own, time.perf_counter()


def _connected(login: str, password: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host=os.environ["WAREHOUSE_HOST"],
        port=os.environ["WAREHOUSE_PORT"],
        dbname=os.environ["WAREHOUSE_DB"],
        user=login,
        password=password,
        autocommit=True,
    )


def _denied(own: psycopg.Connection[Any]) -> bool:
    """Whether a statement gives no row any more: refused, empty, or the session was ended."""
    try:
        return own.execute(_SELECT).fetchone() is None
    except psycopg.Error:
        return True


def _login(name: str) -> tuple[str, str]:
    from catalog.models import PlatformConnection
    from catalog.queries import connector_of
    from marketplace.connectors.base import Principal

    connector: Any = connector_of(PlatformConnection.objects.get(key="warehouse"))
    login = connector.config.login_of(Principal("user", name))
    return login, connector.config.password_of(login)


def _agreement(name: str) -> str:
    from subscriptions.models import AccessAgreement

    return str(AccessAgreement.objects.get(consumer_key=name).pk)


def _rested() -> None:
    """Wait until no event, notice or handle is due."""
    from django.db.models.functions import Now

    from marketplace.kernel.events.models import Delivery
    from subscriptions.models import Handle, Mail

    kinds = (Delivery, Mail, Handle)
    until(
        lambda: not any(kind.objects.filter(next_at__lte=Now()).exists() for kind in kinds),
        seconds=60,
        pause=0.05,
    )


def _settled(name: str, state: str) -> None:
    from subscriptions.models import AccessAgreement

    rows = AccessAgreement.objects.filter(consumer_key=name, state=state)
    until(rows.exists, seconds=60, pause=0.005)


def _many(ground: Ground, people: list[str], bare: Series) -> Row:
    """A hundred approvals of one port at once, until the last access is proven.

    What bare psycopg does for as many, one after the other, is the limit of grants per second.
    """
    from subscriptions.models import AccessAgreement

    connection = Connection(ground.port)
    paths = []
    for name in people:
        made = _asked(connection, ground.call(name, "POST", "access-requests", _ask(name)), 201)
        paths.append(f"access-requests/{made['id']}/approve")
    connection.close()
    rows = AccessAgreement.objects.filter(consumer_key__in=people, state="active")
    began = time.perf_counter()
    asks = [ground.call("bench-owner", "POST", path, {}) for path in paths]
    answered = drive(ground.port, asks, connections=8)
    done = until(lambda: rows.count() == len(people), seconds=120, pause=0.02) - began
    proven = f"{len(people) / done:,.0f} grants/s proven, bare psycopg {bare.rate:,.0f}/s"
    return Row(
        "P4",
        f"{len(people)} parallel approvals of one port, until the last is proven",
        p50=answered.at(0.5),
        p95=answered.at(0.95),
        p99=answered.at(0.99),
        rate=answered.rate,
        bars=[Bar("all proven", done, 3, unit="s")],
        note=f"{proven}; answered after {answered.seconds:.2f} s",
    )


def _bare(name: str, count: int) -> Series:
    """The statements that made one access, for a new login each time, then its first row."""
    from subscriptions.models import Grant

    grant = Grant.objects.get(agreement__consumer_key=name)
    login, _ = _login(name)
    kept = [text for text in _granting(grant) if login in text]
    times = []
    with psycopg.connect(
        host=os.environ["WAREHOUSE_HOST"],
        port=os.environ["WAREHOUSE_PORT"],
        dbname=os.environ["WAREHOUSE_DB"],
        user=os.environ["WAREHOUSE_USER"],
        password=os.environ["WAREHOUSE_PASSWORD"],
        autocommit=True,
    ) as own:
        for number in range(count):
            other = f"{login[:-12]}{number:010}_c"
            began = time.perf_counter()
            verifier = own.pgconn.encrypt_password(b"bench", other.encode(), b"scram-sha-256")
            for text in kept:
                own.execute(_with(text, login, other, verifier.decode()).encode())
            with _connected(other, "bench") as consumer:
                consumer.execute(_SELECT).fetchone()
            times.append((time.perf_counter() - began) * 1000)
            own.execute(
                f"DELETE FROM emporion_entitlements.entitlement WHERE login = '{other}'".encode()
            )
            own.execute(f'DROP ROLE "{other}"'.encode())
    return _series(times)


def _granting(grant: Any) -> list[str]:
    """The statements of the round that gave the access; the last round took it away again."""
    from marketplace.connectors.base import Member, Observed, PortDesired
    from subscriptions.provisioning import connector_of, principal_of, variant_for

    connector = connector_of(grant.handle.port.platform)
    variant = variant_for(grant.handle)
    now = connector.observe(variant)
    empty = Observed(
        exists=now.exists,
        view_digest=now.view_digest,
        members=frozenset(),
        foreign=(),
        drift=(),
    )
    member = Member(principal_of(grant), grant.valid_until, str(grant.agreement_id))
    plan = connector.plan(PortDesired(variant, frozenset({member})), empty)
    return [step.do for step in plan.steps]


def _with(text: str, login: str, other: str, verifier: str) -> str:
    from marketplace.connectors.postgres.statements import HIDDEN_PASSWORD

    return text.replace(login, other).replace(HIDDEN_PASSWORD, f"'{verifier}'")
