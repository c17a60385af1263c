"""What the benchmarks stand on: a mesh, people with tokens, a real table to grant, raw limits."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg

from bench.client import request
from bench.figures import Series
from bench.stack import Stack

DOMAIN, TEAM, PRODUCT, PORT = "bench", "bench-owners", "bench.flights", "curated"
RELATION: Final = "bench_products.flights_curated"
_TABLE: Final = """
    CREATE SCHEMA bench;
    CREATE TABLE bench.flights AS
        SELECT n AS flight_id, 'XX' || n % 20 AS carrier, n % 90 AS dep_delay
        FROM generate_series(1, 1000) n;
    GRANT USAGE ON SCHEMA bench TO emporion_publisher;
    GRANT SELECT ON bench.flights TO emporion_publisher;
"""
_GROUND: Final = f"""
apiVersion: emporion/v1
kind: Team
id: {TEAM}
name: Bench owners
members: [{{username: bench-owner, role: product_owner}}]
---
apiVersion: emporion/v1
kind: Team
id: bench-readers
name: Bench readers
members: [{{username: bench-reader, role: member}}]
---
apiVersion: emporion/v1
kind: Domain
id: {DOMAIN}
name: Bench
ownerTeam: {TEAM}
---
apiVersion: v1.1.0
kind: DataProduct
id: {PRODUCT}
domain: {DOMAIN}
name: Flights to measure
version: 1.0.0
status: active
description: {{purpose: A table that benchmarks ask for.}}
team: {{name: {TEAM}}}
outputPorts:
- name: {PORT}
  version: '1'
  type: sql
  contractId: bench-flights
  customProperties:
  - {{property: interface, value: sql}}
  - {{property: platform, value: warehouse}}
  - {{property: resource, value: bench.flights}}
---
"""


@dataclass
class Ground:
    """The running stack with tokens of its people; ``rounds`` scales how often things are done."""

    stack: Stack
    products: int
    rounds: int
    tokens: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def port(self) -> int:
        """The port of the web server."""
        return self.stack.port

    def call(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> bytes:
        """Write a request to the REST API with somebody's token."""
        sent = {"Authorization": f"Bearer {self.tokens[who]}", **headers}
        return request(method, f"/api/v1/{path}", sent, body)

    def person(self, name: str, **facts: Any) -> None:
        """Make an account with a token, unless it is there."""
        from marketplace.kernel.actors import SYSTEM
        from marketplace.kernel.identity.actions import issue_token
        from marketplace.kernel.identity.models import User

        if name not in self.tokens:
            User.objects.create(username=name, email=f"{name}@example.org", password="!", **facts)
            _, self.tokens[name] = issue_token(SYSTEM, username=name)


def lay(stack: Stack, *, products: int, columns: int, rounds: int) -> Ground:
    """Make this process a part of the stack, and fill it."""
    os.environ.update(stack.environment)
    import django

    django.setup()
    from django.core.management import call_command

    from catalog.actions.apply import apply_bundle
    from catalog.actions.platforms import prepare_platform, register_platform
    from governance.actions.packs import install_packs, missing_packs
    from marketplace.kernel.actors import SYSTEM

    ground = Ground(stack, products, rounds)
    if missing_packs():
        install_packs(SYSTEM)
    call_command("make_mesh", products=products, columns=columns)
    with psycopg.connect(
        stack.environment["EMPORION_WAREHOUSE_ADMIN_DSN"], autocommit=True
    ) as owner:
        owner.execute(_TABLE)
    register_platform(
        SYSTEM,
        key="warehouse",
        name="Warehouse",
        kind="postgres",
        config={
            "host": stack.environment["WAREHOUSE_HOST"],
            "port": int(stack.environment["WAREHOUSE_PORT"]),
            "database": stack.environment["WAREHOUSE_DB"],
            "user": stack.environment["WAREHOUSE_USER"],
        },
        secret=stack.environment["WAREHOUSE_PASSWORD"],
    )
    prepare_platform(SYSTEM, key="warehouse")
    for name in ("bench-owner", "bench-reader"):
        ground.person(name)
    apply_bundle(SYSTEM, text=_GROUND + contract("1.0.0"))
    return ground


def contract(version: str, more: Sequence[str] = ()) -> str:
    """Write the measured product's contract; confidential, so that a person has to say yes."""
    columns = ["flight_id", "carrier", "dep_delay"]
    properties = "".join(
        f"  - {{name: {name}, logicalType: integer, physicalType: integer,"
        " classification: confidential}\n"
        for name in [*columns, *more]
    )
    return (
        f"apiVersion: v3.1.0\nkind: DataContract\nid: bench-flights\nname: Flights\n"
        f"version: {version}\nstatus: active\ndataProduct: {PRODUCT}\nschema:\n- name: flights\n"
        f"  properties:\n{properties}customProperties:\n"
        "- {property: purposes, value: [analytics]}\n- {property: maxDurationDays, value: 365}\n"
    )


def statements_of(run: Callable[[], object]) -> list[tuple[str, Any]]:
    """Give the SQL that a call sends, with its parameters."""
    from django.db import connection

    seen: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        run()
    return seen


def raw(
    statements: Sequence[Sequence[tuple[str, Any]]], *, count: int, connections: int = 1
) -> Series:
    """Send groups of statements by bare psycopg, round and round, and time each group."""
    dsn = os.environ["DATABASE_URL"]
    times: list[float] = []

    def work(share: int, offset: int) -> None:
        with psycopg.connect(dsn, autocommit=True, cursor_factory=psycopg.ClientCursor) as own:
            for place in range(share):
                began = time.perf_counter()
                for sql, params in statements[(offset + place) % len(statements)]:
                    own.execute(sql.encode(), params).fetchall()
                times.append((time.perf_counter() - began) * 1000)

    workers = [
        threading.Thread(target=work, args=(count // connections, index * 7))
        for index in range(connections)
    ]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return Series(tuple(times), time.perf_counter() - began)


def until(found: Callable[[], bool], *, seconds: float, pause: float = 0.002) -> float:
    """Wait until something holds; give the moment. Raises TimeoutError."""
    end = time.perf_counter() + seconds
    while not found():
        if time.perf_counter() > end:
            raise TimeoutError
        time.sleep(pause)
    return time.perf_counter()


def numbered(prefix: str, count: int) -> Iterator[str]:
    """Give so many names."""
    return (f"{prefix}-{number:03}" for number in range(count))
