# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Proof: logging in as the consumer, reading what is promised, being refused the rest."""

from typing import Final, Literal

import psycopg

from marketplace.connectors.base import Grant, NeedsHuman, Probe, ProbeDetail
from marketplace.connectors.postgres import statements
from marketplace.connectors.postgres.config import CONTROL, PostgresConfig
from marketplace.connectors.postgres.connections import Consumers, Provisioner, Session
from marketplace.connectors.postgres.failures import translate
from marketplace.connectors.sql import proof
from marketplace.connectors.sql.proof import Findings

_SETTINGS: Final = (
    "-c search_path=pg_catalog -c timezone=UTC -c statement_timeout=10s"
    " -c default_transaction_read_only=on -c client_min_messages=error"
)
_OUTCOMES: Final = {"42501": "refused", "42P01": "missing", "3F000": "missing"}
_NO_SUCH_FUNCTION: Final = "42883"
_NO_LOGIN: Final = "28P01"


def probe(
    provisioner: Provisioner,
    config: PostgresConfig,
    grant: Grant,
    expected: Literal["access", "no_access"],
    version: str,
) -> Probe:
    """Try both directions as the consumer and judge against what is expected.

    Access is there when the view may be read *and* the entitlement stands; it is proven gone when
    either is missing. Both times the objects nobody was promised must be refused with 42501.
    """
    login = config.login_of(grant.principal)
    found = _no_login(provisioner, login)
    if found is None:
        with Consumers(config, provisioner).session(
            login, settings=_SETTINGS, application="emporion probe"
        ) as session:
            found = _attempts(session, config, grant)
    return proof.judged(found, expected, "postgres", version)


def _no_login(provisioner: Provisioner, login: str) -> Findings | None:
    """Without a login there is no access to try: the catalogue itself is the evidence."""
    sql = "SELECT rolname FROM pg_roles WHERE rolname = %s AND rolcanlogin"
    with provisioner.session() as session:
        if session.execute(sql, [login]).fetchone() is not None:
            return None
        row = session.execute("SELECT clock_timestamp()").fetchone()
    return proof.of_no_login(login, _NO_LOGIN, (row or (None,))[0])


def _attempts(session: Session, config: PostgresConfig, grant: Grant) -> Findings:
    variant = grant.variant
    columns, handle = statements.column_list(variant), variant.handle(config.env)
    entitled = _try(
        session, "entitlement", f"SELECT {CONTROL}.entitled({statements.literal(handle)})"
    )
    view = _try(
        session,
        "published view",
        f"SELECT {columns} FROM {statements.view(variant)} LIMIT 0",
    )
    control = _try(session, "control object", f"SELECT * FROM {CONTROL}.probe LIMIT 0")
    base = _try(session, "base relation", f"SELECT * FROM {statements.base(variant)} LIMIT 0")
    row = session.execute("SELECT clock_timestamp()").fetchone()
    return proof.of_attempts(entitled, view, control, base, (row or (None,))[0])


def _try(session: Session, name: str, sql: str) -> ProbeDetail:
    """Run one statement; a lost connection is no evidence and is raised."""
    try:
        row = session.execute(sql.encode()).fetchone()
    except psycopg.Error as error:
        if error.sqlstate is None or session.closed:
            raise translate(error) from error
        if error.sqlstate == _NO_SUCH_FUNCTION:
            raise NeedsHuman("the control objects are missing: run prepare()") from error
        return ProbeDetail(name, sql, error.sqlstate, _OUTCOMES.get(error.sqlstate, "failed"))
    if name == "entitlement":
        return ProbeDetail(name, sql, "00000", "allowed" if row and row[0] else "empty")
    return ProbeDetail(name, sql, "00000", "allowed")
