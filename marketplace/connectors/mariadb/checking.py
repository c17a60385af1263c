# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Looking at the provisioner's own credential: enough to work, and no more than that."""

import re
from typing import Final

import pymysql

from marketplace.connectors.base import ConnectorError, Finding
from marketplace.connectors.mariadb import statements
from marketplace.connectors.mariadb.config import CONTROL, ENTITLEMENTS, MariadbConfig
from marketplace.connectors.mariadb.connections import Provisioner, Session
from marketplace.connectors.mariadb.flavours import Flavour, flavour_of

_GLOBAL: Final = re.compile(r"GRANT (?P<what>.+) ON \*\.\* TO ")
_READS: Final = re.compile(r"GRANT (?P<what>[^`]+) ON (?P<where>`(?:[^`]|``)+`\.\S+) TO ")
_HARMLESS: Final = frozenset({"USAGE"})
_OURS: Final = (f"`{ENTITLEMENTS}`.", f"`{CONTROL}`.")
_PARTS: Final = ("account", "mapping", "rights")


def check(provisioner: Provisioner, config: MariadbConfig) -> list[Finding]:
    """Name what is missing (error), what is too much (warning), and what a consumer could do."""
    try:
        with provisioner.session() as session:
            return [*_server(session), *_too_little(session, config), *_too_much(session)]
    except ConnectorError as error:
        return [Finding("error", "unreachable", error.message)]


def _server(session: Session) -> list[Finding]:
    ((version,),) = session.rows("SELECT VERSION()")
    flavour = flavour_of(version)
    found = []
    if tuple(int(one) for one in re.findall(r"\d+", version)[:3]) < flavour.oldest:
        oldest = ".".join(str(one) for one in flavour.oldest).removesuffix(".0")
        found.append(_error("server-too-old", f"{flavour.label} {oldest} or newer is needed."))
    elif flavour is Flavour.MYSQL:
        found += _mysql(session)
    # With --sysdate-is-now a session could set the clock that its own expiry is judged by.
    session.rows("SET timestamp = 1")
    ((settable,),) = session.rows("SELECT YEAR(SYSDATE()) < 2000")
    session.rows("SET timestamp = DEFAULT")
    if settable:
        found.append(_error("sysdate-is-now", "The server runs with sysdate-is-now."))
    return found


def _mysql(session: Session) -> list[Finding]:
    """Look at settings that only MySQL has and that change what a grant means."""
    ((literal_names, everybodys),) = session.rows("SELECT @@partial_revokes, @@mandatory_roles")
    found = []
    if literal_names:
        # https://dev.mysql.com/doc/refman/8.4/en/partial-revokes.html: `_` and `%` lose their sense
        words = "With partial_revokes the publisher has no rights on a pattern of databases."
        found.append(_error("partial-revokes", words))
    if everybodys:
        found.append(_warning("mandatory-roles", f"Everybody has the roles {everybodys}."))
    return found


def _too_little(session: Session, config: MariadbConfig) -> list[Finding]:
    found = [
        _error("not-prepared", f"It may not read {CONTROL}.{part}.")
        for part in _PARTS
        if not _works(session, f"SELECT 1 FROM {CONTROL}.{part} LIMIT 0")
    ]
    if not _works(session, f"SELECT 1 FROM {ENTITLEMENTS}.entitlement LIMIT 0"):
        found.append(_error("no-entitlements", "It may not read the entitlements."))
    if not _works(session, statements.as_publisher("SELECT 1")):
        found.append(_error("no-publisher", f"It may not act as {config.publisher}."))
    if not _works(session, f"CALL {CONTROL}.require_name('mp_a_aaaaaaaaaa_c', 'c')"):
        found.append(_error("no-procedures", f"It may not execute {CONTROL}.*."))
    if not _works(session, f"CALL {CONTROL}.end_session(0, TRUE)"):
        found.append(_error("no-keeper", f"The account {config.keeper} lacks rights."))
    return found


def _too_much(session: Session) -> list[Finding]:
    found = []
    for (line,) in session.rows("SHOW GRANTS"):
        everywhere = _GLOBAL.match(line)
        if everywhere and everywhere["what"] not in _HARMLESS:
            found.append(
                _warning("global-rights", f"It has {everywhere['what']} on the whole server.")
            )
        local = _READS.match(line)
        if local and not local["where"].startswith(_OURS):
            what = f"It has {local['what']} on {local['where']}."
            found.append(_warning("reads-data", what))
    anonymous = f"SELECT 1 FROM {CONTROL}.rights WHERE login = '' OR login = 'PUBLIC' LIMIT 1"
    if _works(session, anonymous) and session.rows(anonymous):
        found.append(_warning("public-rights", "Everybody has rights on some data."))
    return found


def _works(session: Session, sql: str) -> bool:
    try:
        session.rows(sql)
    except pymysql.MySQLError:
        return False
    return True


def _error(code: str, text: str) -> Finding:
    return Finding("error", code, text)


def _warning(code: str, text: str) -> Finding:
    return Finding("warning", code, text)
