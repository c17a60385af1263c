# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Proof: logging in as the consumer, reading what is promised, being refused the rest."""

from typing import Final, Literal

import pymysql

from marketplace.connectors.base import Grant, Probe, ProbeDetail
from marketplace.connectors.mariadb import statements
from marketplace.connectors.mariadb.config import CONTROL, MariadbConfig
from marketplace.connectors.mariadb.connections import Consumers, Provisioner, Session
from marketplace.connectors.mariadb.failures import KILLED, code_of, translate
from marketplace.connectors.mariadb.flavours import Bounds
from marketplace.connectors.sql import proof
from marketplace.connectors.sql.proof import Findings

BOUNDS: Final = Bounds(statement_s=10, lock_s=5)
_WAIT_S: Final = 15
_OUTCOMES: Final = {
    1044: "refused",
    1142: "refused",
    1143: "refused",
    1370: "refused",
    1049: "missing",
    1146: "missing",
}
_NO_LOGIN: Final = "1045"


def probe(
    provisioner: Provisioner,
    config: MariadbConfig,
    grant: Grant,
    expected: Literal["access", "no_access"],
    version: str,
) -> Probe:
    """Try both directions as the consumer and judge against what is expected.

    No role is set by us, so a role that is granted but not active by default shows as a refusal.
    `sqlstate` holds the server's own number, which says more than its SQLSTATE.
    """
    login = config.login_of(grant.principal)
    found = _no_login(provisioner, login)
    if found is None:
        with Consumers(config, provisioner).session(
            login, bounds=BOUNDS, wait_s=_WAIT_S
        ) as session:
            found = _attempts(session, config, grant)
    return proof.judged(found, expected, "mariadb", version)


def has_login(session: Session, login: str) -> bool:
    """Whether there is an account of this name."""
    find = f"SELECT 1 FROM {CONTROL}.account WHERE login = %s AND is_role = 'N'"
    return bool(session.rows(find, [login]))


def _no_login(provisioner: Provisioner, login: str) -> Findings | None:
    """Without a login there is no access to try: the catalogue itself is the evidence."""
    with provisioner.session() as session:
        if has_login(session, login):
            return None
        moment = session.moment()
    return proof.of_no_login(login, _NO_LOGIN, moment)


def _attempts(session: Session, config: MariadbConfig, grant: Grant) -> Findings:
    variant = grant.variant
    columns, handle = statements.column_list(variant), variant.handle(config.env)
    entitled = _try(
        session, "entitlement", f"SELECT {CONTROL}.entitled({statements.literal(handle)})"
    )
    view = _try(
        session, "published view", f"SELECT {columns} FROM {statements.view(variant)} LIMIT 0"
    )
    control = _try(session, "control object", f"SELECT * FROM {CONTROL}.probe LIMIT 0")
    base = _try(session, "base relation", f"SELECT * FROM {statements.base(variant)} LIMIT 0")
    return proof.of_attempts(entitled, view, control, base, session.moment())


def _try(session: Session, name: str, sql: str) -> ProbeDetail:
    """Run one statement; a lost connection is no evidence and is raised."""
    try:
        rows = session.rows(sql)
    except pymysql.MySQLError as error:
        code = code_of(error)
        if code in KILLED or not session.open:
            raise translate(error) from error
        return ProbeDetail(name, sql, str(code), _OUTCOMES.get(code, "failed"))
    if name == "entitlement":
        return ProbeDetail(name, sql, "00000", "allowed" if rows and rows[0][0] else "empty")
    return ProbeDetail(name, sql, "00000", "allowed")
