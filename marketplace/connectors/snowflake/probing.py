# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Proof: signing in as the consumer, reading what is promised, being refused the rest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from marketplace.connectors.base import ConnectorError, Grant, Probe, ProbeDetail
from marketplace.connectors.snowflake import statements
from marketplace.connectors.snowflake.client import Client
from marketplace.connectors.snowflake.config import Caller, SnowflakeConfig
from marketplace.connectors.snowflake.facts import login_stands
from marketplace.connectors.snowflake.failures import (
    FORBIDDEN,
    ROLE_REFUSED,
    TOKEN_REFUSED,
    UNSEEN,
    Refusal,
    translate,
)

_REFUSED: Final = UNSEEN | FORBIDDEN
_NO_LOGIN: Final = "390144"


@dataclass(frozen=True, slots=True)
class _Findings:
    """What the attempts showed."""

    readable: bool
    entitled: bool
    control_refused: bool
    details: tuple[ProbeDetail, ...]
    at: datetime


def probe(
    client: Client,
    config: SnowflakeConfig,
    grant: Grant,
    expected: Literal["access", "no_access"],
    version: str,
) -> Probe:
    """Try both directions as the consumer and judge against what is expected.

    The account says the same of what is missing and of what is forbidden (42S02). The control
    object is known to stand, so there it is a refusal. Away from the vendor's own address all of
    this is `simulated`.
    """
    found = _no_login(client, config, grant) or _attempts(client, config, grant)
    positive = found.readable and found.entitled
    return Probe(
        level=config.level,
        positive=positive,
        negative=found.control_refused,
        expected=expected,
        ok=found.control_refused and positive == (expected == "access"),
        details=found.details,
        at=found.at,
        connector="snowflake",
        connector_version=version,
    )


def entitled(config: SnowflakeConfig, grant: Grant) -> str:
    """Write the consumer's own question whether it may read now."""
    handle = statements.text(config.handle_of(grant.variant))
    mine = statements.control(config, statements.MY_ACCESS)
    return f"SELECT COUNT(*) FROM {mine} WHERE HANDLE = {handle}"


def as_consumer(
    client: Client, config: SnowflakeConfig, grant: Grant, sql: str, **wishes: Any
) -> Any:
    """Run one statement as the consumer. A key that is refused is set again once: it may be new."""
    caller = config.consumer(grant.principal)
    try:
        return client.run(sql, caller=caller, **wishes)
    except Refusal as refusal:
        if refusal.code not in TOKEN_REFUSED or not _heal(client, config, caller):
            raise
    return client.run(sql, caller=caller, **wishes)


def _heal(client: Client, config: SnowflakeConfig, caller: Caller) -> bool:
    """Let our key in again, if the user is one that we own. Returns whether it was."""
    try:
        client.run(statements.set_key(config, caller.user))
    except Refusal:
        return False
    return True


def _no_login(client: Client, config: SnowflakeConfig, grant: Grant) -> _Findings | None:
    """Without a user and a role there is no access to try: the account itself is the evidence."""
    login = config.login_of(grant.principal)
    if login_stands(client, login):
        return None
    detail = ProbeDetail("login", f"sign in as {login}", _NO_LOGIN, "refused")
    return _Findings(
        readable=False,
        entitled=False,
        control_refused=True,
        details=(detail,),
        at=client.run("SELECT 1").at,
    )


def _attempts(client: Client, config: SnowflakeConfig, grant: Grant) -> _Findings:
    variant = grant.variant
    columns, view = statements.column_list(variant), statements.view(config, variant)
    nobodys = statements.control(config, statements.PROBE)
    tries = {
        "entitlement": entitled(config, grant),
        "published view": f"SELECT {columns} FROM {view} LIMIT 0",
        "control object": f"SELECT * FROM {nobodys} LIMIT 0",
        "base relation": f"SELECT * FROM {statements.base(config, variant)} LIMIT 0",
    }
    details = {name: _try(client, config, grant, name, sql) for name, sql in tries.items()}
    # A role that may use two roles at once would see with both; ours has no secondary role.
    return _Findings(
        readable=details["published view"].outcome == "allowed",
        entitled=details["entitlement"].outcome == "allowed",
        control_refused=all(
            details[name].outcome == "refused" for name in ("control object", "base relation")
        ),
        details=tuple(details.values()),
        at=client.run("SELECT 1").at,
    )


def _try(client: Client, config: SnowflakeConfig, grant: Grant, name: str, sql: str) -> ProbeDetail:
    """Run one statement; what says nothing about rights is no evidence and is raised."""
    try:
        rows = as_consumer(client, config, grant, sql).rows
    except Refusal as refusal:
        if refusal.code in ROLE_REFUSED | TOKEN_REFUSED:
            return ProbeDetail(name, sql, refusal.sqlstate or refusal.code, "refused")
        if refusal.code not in _REFUSED:
            error: ConnectorError = translate(refusal)
            if not error.permanent:
                raise error from refusal
            return ProbeDetail(name, sql, refusal.sqlstate, "failed")
        return ProbeDetail(name, sql, refusal.sqlstate, "refused")
    if name == "entitlement":
        return ProbeDetail(name, sql, "00000", "allowed" if rows[0][0] else "empty")
    return ProbeDetail(name, sql, "00000", "allowed")
