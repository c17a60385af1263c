# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Proof: signing in as the consumer, reading what is promised, being refused the rest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from marketplace.connectors.base import Grant, Probe, ProbeDetail
from marketplace.connectors.databricks import statements
from marketplace.connectors.databricks.client import (
    FORBIDDEN,
    MISSING,
    Client,
    Consumer,
    Refusal,
    translate,
)
from marketplace.connectors.databricks.config import DatabricksConfig

_NO_LOGIN: Final = "28000"


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
    config: DatabricksConfig,
    grant: Grant,
    expected: Literal["access", "no_access"],
    version: str,
) -> Probe:
    """Try both directions as the consumer and judge against what is expected.

    Away from the vendor's own address all of this is `simulated`.
    """
    consumer = consumer_of(client, config, grant)
    found = (
        _no_login(client, config, grant)
        if consumer is None
        else _attempts(client, config, grant, consumer)
    )
    positive = found.readable and found.entitled
    return Probe(
        level=config.level,
        positive=positive,
        negative=found.control_refused,
        expected=expected,
        ok=found.control_refused and positive == (expected == "access"),
        details=found.details,
        at=found.at,
        connector="databricks",
        connector_version=version,
    )


def consumer_of(client: Client, config: DatabricksConfig, grant: Grant) -> Consumer | None:
    """Find the service principal of a grant's consumer, if it is the one we made."""
    found = client.consumer(config.login_of(grant.principal))
    ours = found is not None and found.mark == config.mark_of_consumer(grant.principal)
    return found if ours else None


def entitled(config: DatabricksConfig, grant: Grant) -> str:
    """Write the consumer's own question whether it may read now."""
    mine = statements.control(config, statements.MY_ACCESS)
    return f"SELECT count(*) FROM {mine} WHERE handle = '{config.handle_of(grant.variant)}'"


def _no_login(client: Client, config: DatabricksConfig, grant: Grant) -> _Findings:
    """Without a service principal there is no access to try: the workspace is the evidence."""
    login = config.login_of(grant.principal)
    detail = ProbeDetail("login", f"sign in as {login}", _NO_LOGIN, "refused")
    return _Findings(
        readable=False,
        entitled=False,
        control_refused=True,
        details=(detail,),
        at=client.moment(),
    )


def _attempts(
    client: Client, config: DatabricksConfig, grant: Grant, consumer: Consumer
) -> _Findings:
    variant = grant.variant
    tries = {
        "entitlement": entitled(config, grant),
        "published view": f"SELECT {statements.column_list(variant)}"
        f" FROM {statements.view(config, variant)} LIMIT 0",
        "control object": f"SELECT * FROM {statements.control(config, statements.PROBE)} LIMIT 0",
        "base relation": f"SELECT * FROM {statements.base(config, variant)} LIMIT 0",
    }
    warehouse = config.warehouse_of(grant.principal)
    details = {name: _try(client, (consumer, warehouse), name, sql) for name, sql in tries.items()}
    return _Findings(
        readable=details["published view"].outcome == "allowed",
        entitled=details["entitlement"].outcome == "allowed",
        control_refused=details["control object"].outcome == "refused"
        and details["base relation"].outcome in {"refused", "missing"},
        details=tuple(details.values()),
        at=client.moment(),
    )


def _try(client: Client, who: tuple[Consumer, str], name: str, sql: str) -> ProbeDetail:
    """Run one statement; what says nothing about rights is no evidence and is raised."""
    try:
        rows = client.run(sql, consumer=who).rows
    except Refusal as refusal:
        if refusal.code in FORBIDDEN:
            return ProbeDetail(name, sql, refusal.sqlstate, "refused")
        if refusal.code in MISSING:
            return ProbeDetail(name, sql, refusal.sqlstate, "missing")
        error = translate(refusal)
        if not error.permanent:
            raise error from refusal
        return ProbeDetail(name, sql, refusal.sqlstate, "failed")
    if name == "entitlement":
        return ProbeDetail(name, sql, "00000", "allowed" if rows[0][0] else "empty")
    return ProbeDetail(name, sql, "00000", "allowed")
