"""Fill the demo warehouse: a second database that stands for the organisation's data platform.

One transaction does everything, so a load that was killed leaves nothing behind and a second
caller waits for the first. A stamp of the sources, the statements and the size makes the next
call a single look.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.errors import DuplicateObject, UniqueViolation

from demo import sources

OWNER = "warehouse_owner"
PUBLISHER = "emporion_publisher"
SCHEMAS = ("airports_weather", "fleet", "flight_operations", "customer", "finance")
_WORKSHOP = "emporion_demo"  # functions and raw rows while loading, afterwards only the stamp
_LOCK = 7_201_313
_ROLES_WITH_SET = 160_000  # PostgreSQL 16
_STATEMENTS = Path(__file__).parent / "sql"

# The columns of each CSV file in their order. `flight_id` is the line number of the flight in its
# file.
_RAW = {
    "airlines": "carrier text, name text",
    "airports": (
        "faa text, name text, lat double precision, lon double precision, alt integer, "
        "tz integer, dst text, tzone text"
    ),
    "planes": (
        "tailnum text, year integer, type text, manufacturer text, model text, engines integer, "
        "seats integer, speed integer, engine text"
    ),
    "weather": (
        "origin text, year integer, month integer, day integer, hour integer, temp numeric, "
        "dewp numeric, humid numeric, wind_dir integer, wind_speed numeric, wind_gust numeric, "
        "precip numeric, pressure numeric, visib numeric, time_hour timestamptz"
    ),
    "flights": (
        "year integer, month integer, day integer, dep_time integer, sched_dep_time integer, "
        "dep_delay integer, arr_time integer, sched_arr_time integer, arr_delay integer, "
        "carrier text, flight integer, tailnum text, origin text, dest text, air_time integer, "
        "distance integer, hour integer, minute integer, time_hour timestamptz"
    ),
}


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did: rows per table (empty when nothing had to be done) and seconds taken."""

    loaded: bool
    rows: dict[str, int]
    seconds: float


def load(
    admin_dsn: str, *, sample: bool = False, progress: Callable[[str], Any] = print
) -> LoadReport:
    """Bring the warehouse to the current demo data; quick when it is there already.

    `admin_dsn` is a superuser, or may create schemas and made the two roles itself. `sample` loads
    the same tables with the flights of ten days and 2,000 bookings, for tests. Changed data or
    another size replaces the five schemas as a whole, views that were published on them included;
    their keeper sees them missing and makes them again. Raises `sources.SourceMissing` without the
    source package and `psycopg.Error` from the database.
    """
    began = time.perf_counter()
    stamp = _stamp(sample=sample)
    with psycopg.connect(admin_dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _make_roles(connection)
        if _stamp_of(connection) == stamp:
            progress("warehouse: already loaded")
            return LoadReport(loaded=False, rows={}, seconds=time.perf_counter() - began)
        _make_schemas(connection)
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(OWNER)))
        rows = _fill(connection, sample=sample, progress=progress)
        connection.execute(
            f"CREATE TABLE {_WORKSHOP}.load_stamp AS SELECT %s::text AS stamp, now() AS loaded_at",
            [stamp],
        )
    seconds = time.perf_counter() - began
    progress(f"warehouse: {sum(rows.values()):,} rows in {len(rows)} tables, {seconds:.1f} s")
    return LoadReport(loaded=True, rows=rows, seconds=seconds)


def _stamp(*, sample: bool) -> str:
    digest = hashlib.sha256(f"{sources.release()} {sample} {sorted(_RAW.items())}".encode())
    for path in sorted(_STATEMENTS.glob("*.sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _stamp_of(connection: psycopg.Connection[Any]) -> str | None:
    found = connection.execute("SELECT to_regclass(%s)", [f"{_WORKSHOP}.load_stamp"]).fetchone()
    if found is None or found[0] is None:
        return None
    row = connection.execute("SELECT stamp FROM emporion_demo.load_stamp").fetchone()
    return None if row is None else str(row[0])


def _make_roles(connection: psycopg.Connection[Any]) -> None:
    for role in (OWNER, PUBLISHER):
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if not known:
            # Roles belong to the cluster, the lock to the database: a load elsewhere may be first.
            with suppress(DuplicateObject, UniqueViolation), connection.transaction():
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    # Before 16 a member could always become the role; since then that is a right of its own.
    kind = "SET" if connection.info.server_version >= _ROLES_WITH_SET else "MEMBER"
    may = connection.execute("SELECT pg_has_role(%s, %s)", [OWNER, kind]).fetchone()
    if not (may and may[0]):  # a superuser may become every role
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))


def _make_schemas(connection: psycopg.Connection[Any]) -> None:
    for schema in (_WORKSHOP, *SCHEMAS):
        name = sql.Identifier(schema)
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
        connection.execute(
            sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(name, sql.Identifier(OWNER))
        )


def _fill(
    connection: psycopg.Connection[Any], *, sample: bool, progress: Callable[[str], Any]
) -> dict[str, int]:
    connection.execute("SET LOCAL client_min_messages = warning")
    _run(connection, "1_tables.sql")
    for name, columns in _RAW.items():
        _stage(connection, name, columns, sample=sample)
    progress("warehouse: source files staged")
    _run(connection, "2_real.sql")
    progress("warehouse: flights, aircraft, airports and weather in place")
    size = {"customers": "500", "bookings": "2000"} if sample else {}
    _run(connection, "3_synthetic.sql", **({"customers": "20000", "bookings": "120000"} | size))
    progress("warehouse: synthetic customers and bookings in place")
    _run(connection, "4_keys.sql")
    return _finish(connection)


def _stage(connection: psycopg.Connection[Any], name: str, columns: str, *, sample: bool) -> None:
    table = f"{_WORKSHOP}.raw_{name}"
    number = "flight_id integer GENERATED ALWAYS AS IDENTITY, " if name == "flights" else ""
    connection.execute(f"CREATE UNLOGGED TABLE {table} ({number}{columns})")
    listed = ", ".join(column.split()[0] for column in columns.split(", "))
    statement = f"COPY {table} ({listed}) FROM STDIN (FORMAT csv, HEADER true, NULL 'NA')"
    with connection.cursor().copy(statement) as copy:
        for block in sources.blocks(name, sample=sample):
            copy.write(block)


def _run(connection: psycopg.Connection[Any], file: str, **sizes: str) -> None:
    text = (_STATEMENTS / file).read_text(encoding="utf-8")
    for name, value in sizes.items():
        text = text.replace(f"%({name})s", value)
    connection.execute(text)


def _finish(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Clear the workshop, let the publisher read, gather statistics; return the rows per table."""
    for name in _RAW:
        connection.execute(f"DROP TABLE {_WORKSHOP}.raw_{name}")
    listed = ", ".join(SCHEMAS)
    connection.execute(f"GRANT USAGE ON SCHEMA {listed} TO {PUBLISHER}")
    connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {listed} TO {PUBLISHER}")
    tables = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1, 2",
        [list(SCHEMAS)],
    ).fetchall()
    rows = {}
    for schema, table in tables:
        relation = sql.Identifier(schema, table)
        connection.execute(sql.SQL("ANALYZE {}").format(relation))
        counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(relation)).fetchone()
        rows[f"{schema}.{table}"] = int(counted[0]) if counted else 0
    return rows
