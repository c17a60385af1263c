"""A query on invented rows: in a database that holds nothing, as a login that owns nothing.

The login may connect to the sandbox database and make temporary tables there, and nowhere else has
any right. Each run is a connection of its own: the table is made, filled, then the transaction is
read-only and the text goes through the same measured cursor as in the lab. The table goes with the
connection. A catalogue of that database names no relation of anybody (see docs/adr/0008).
"""

import time
from dataclasses import replace
from typing import Final

import psycopg

from marketplace.connectors.base import (
    Limits,
    NeedsHuman,
    QueryRefused,
    Question,
    Rows,
    SandboxTable,
)
from marketplace.connectors.postgres.config import PostgresConfig
from marketplace.connectors.postgres.connections import Provisioner, Session, connect, scram
from marketplace.connectors.postgres.failures import login_refused, translate
from marketplace.connectors.postgres.lab import CANCELLED, numbered, refusal, settings_of, tagged
from marketplace.connectors.postgres.measuring import Asked, read
from marketplace.connectors.postgres.statements import literal, name
from marketplace.connectors.postgres.watchdog import watched
from marketplace.connectors.sandbox import TYPES, redirected

LONGEST_MS: Final = 5_000
_CONNECTIONS: Final = 5
_NO_DATABASE: Final = "3D000"
_TEMPORARY: Final = "pg_temp"


def login_of(config: PostgresConfig) -> str:
    """Name the login of the sandbox."""
    return f"mp_{config.env}_sandbox"


def rehearse(
    provisioner: Provisioner,
    config: PostgresConfig,
    table: SandboxTable,
    question: Question,
    limits: Limits,
) -> Rows:
    """Run one read query on the rows of `table`. Raises QueryRefused, or ConnectorError."""
    asked = numbered(question)
    there = Asked(redirected(asked.sql, table.schema, table.name, _TEMPORARY), asked.values)
    short = replace(limits, timeout_ms=min(limits.timeout_ms, LONGEST_MS))
    started = time.monotonic()
    with (
        _login(provisioner, config, short, tagged(question)) as session,
        watched(session, provisioner, short.timeout_ms / 1000, None) as watch,
    ):
        try:
            with session.transaction():
                session.execute("SET TRANSACTION READ WRITE")
                _fill(session, table)
            with session.transaction(force_rollback=True):
                session.execute("SET TRANSACTION READ ONLY")
                session.execute("SELECT")  # a first query: READ ONLY cannot be left now
                return read(session, there, short)
        except psycopg.Error as error:
            early = (time.monotonic() - started) * 1000 < short.timeout_ms
            watch.cancelled = watch.cancelled or (error.sqlstate == CANCELLED and early)
            raise refusal(error, question.sql, watch) from error


def _fill(session: Session, table: SandboxTable) -> None:
    for column, kind in table.columns:
        if kind not in TYPES:
            raise QueryRefused("query-failed", f"The sandbox has no type for {column}.")
    columns = ", ".join(f"{name(column)} {kind}" for column, kind in table.columns)
    session.execute(f"CREATE TEMPORARY TABLE {name(table.name)} ({columns})".encode())
    copy = f"COPY {_TEMPORARY}.{name(table.name)} FROM STDIN".encode()
    with session.cursor() as cursor, cursor.copy(copy) as lines:
        for row in table.rows:
            lines.write_row(row)
    session.execute(f"ANALYZE {_TEMPORARY}.{name(table.name)}".encode())


def _login(
    provisioner: Provisioner, config: PostgresConfig, limits: Limits, application: str
) -> Session:
    """Log in to the sandbox database; the login is made, or its password set, when it is needed."""
    login, there = login_of(config), replace(config, database=config.sandbox_database)
    how = {"settings": settings_of(limits), "application": application}
    try:
        return connect(there, login, config.password_of(login), **how)
    except psycopg.OperationalError as error:
        if not (login_refused(error) or "permission denied for database" in str(error)):
            raise _translated(error, config) from error
    _make_login(provisioner, config)
    try:
        return connect(there, login, config.password_of(login), **how)
    except psycopg.OperationalError as error:
        raise _translated(error, config) from error


def _translated(error: psycopg.OperationalError, config: PostgresConfig) -> Exception:
    """Tell a platform without a sandbox from one that is away."""
    if error.sqlstate == _NO_DATABASE or "does not exist" in str(error):
        return NeedsHuman(f"there is no database {config.sandbox_database} for the sandbox")
    return translate(error)


def _make_login(provisioner: Provisioner, config: PostgresConfig) -> None:
    login, mark = login_of(config), f"{config.consumer_mark}sandbox"
    with provisioner.session() as session, session.transaction():
        session.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [login])
        row = session.execute(
            "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %s", [login]
        ).fetchone()
        if row is not None and row[0] != mark:
            raise NeedsHuman(f"role {login} exists and is not ours")
        known = session.execute(
            "SELECT FROM pg_database WHERE datname = %s", [config.sandbox_database]
        ).fetchone()
        if known is None:
            raise NeedsHuman(f"there is no database {config.sandbox_database} for the sandbox")
        verifier = scram(session, login, config.password_of(login))
        verb = "CREATE" if row is None else "ALTER"
        options = f"LOGIN NOINHERIT CONNECTION LIMIT {_CONNECTIONS} PASSWORD {literal(verifier)}"
        sandbox = name(config.sandbox_database)
        for statement in (
            f"{verb} ROLE {name(login)} {options}",
            f"COMMENT ON ROLE {name(login)} IS {literal(mark)}",
            f"GRANT CONNECT, TEMPORARY ON DATABASE {sandbox} TO {name(login)}",
        ):
            session.execute(statement.encode())
