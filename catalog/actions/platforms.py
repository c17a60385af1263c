"""Connect data platforms."""

import re
from dataclasses import asdict
from typing import Any

from catalog.events import PlatformRegistered
from catalog.models import PlatformConnection
from catalog.models.platform import ON_DRIFT
from catalog.permissions import may_connect_platforms
from catalog.queries.ports import connector_of, secret_place
from catalog.queries.secrets import NoSecret, sealed
from marketplace.connectors.base import ConnectorError, Finding
from marketplace.connectors.checking import faults
from marketplace.connectors.registry import kinds
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, Invalid, NotAllowed, NotFound, Stale
from marketplace.kernel.events.log import record
from marketplace.kernel.sealing import seal


@action
def register_platform(
    actor: Actor,
    *,
    key: str,
    name: str,
    kind: str,
    config: dict[str, Any],
    secret: str | None = None,
    secrets: dict[str, str] | None = None,
    rules: dict[str, Any] | None = None,
    version: int | None = None,
) -> PlatformConnection:
    """Make or change the connection to a platform.

    ``secret`` (the password) and ``secrets`` (by field) are sealed before they are kept, or kept as
    references; nobody but the connector reads them back, and what is not named stays as it was.
    ``rules`` are limits, census and what follows drift. The configuration is tried on the
    connector, so what it cannot use is refused here; the platform is not asked (``check_platform``
    does).
    """
    require(actor, may_connect_platforms)
    _named_well(key, name, rules or {})
    kept = PlatformConnection.objects.select_for_update(no_key=True).filter(key=key).first()
    if kept is not None and version is not None and kept.version != version:
        raise Stale(version=kept.version)
    row = kept or PlatformConnection(key=key)
    row.name, row.kind, row.config = name, kind, config
    if secret is not None:
        row.secret = seal(secret, place=secret_place(key))
    for field, text in (secrets or {}).items():
        row.sealed = {**row.sealed, field: sealed(row, field, text)}
        if field == "password":
            row.secret = None
    for field, value in (rules or {}).items():
        setattr(row, field, value)
    _usable(row)
    if kept is not None:
        row.version += 1
    row.save()
    record(PlatformRegistered(subject=f"platform/{key}", kind=kind))
    return row


def check_platform(actor: Actor, *, key: str) -> list[Finding]:
    """Ask a platform what the provisioner's credential lacks, and keep the answer.

    The platform is asked before the transaction begins.
    """
    row = PlatformConnection.objects.filter(key=key).first()
    if row is None or not may_connect_platforms(actor):
        _keep_findings(actor, key=key, findings=[])
        raise NotFound
    try:
        findings = connector_of(row).check()
    except ConnectorError as exc:
        findings = [Finding("error", "unreachable", exc.message)]
    _keep_findings(actor, key=key, findings=findings)
    return findings


def prepare_platform(actor: Actor, *, key: str) -> list[Finding]:
    """Make what the connector itself needs on a platform, then check it. Safe to repeat."""
    row = PlatformConnection.objects.filter(key=key).first()
    if row is not None and may_connect_platforms(actor):
        prepare = getattr(connector_of(row), "prepare", None)  # not every platform needs it
        if prepare is not None:
            prepare()
    return check_platform(actor, key=key)


@action
def _keep_findings(actor: Actor, *, key: str, findings: list[Finding]) -> None:
    require(actor, may_connect_platforms)
    row = PlatformConnection.objects.select_for_update(no_key=True).filter(key=key).first()
    if row is None:
        raise NotFound
    row.findings, row.checked_at = [asdict(one) for one in findings], now()
    row.save(update_fields=["findings", "checked_at"])
    record(PlatformRegistered(subject=f"platform/{key}", kind=row.kind))


def try_platform(
    actor: Actor, *, key: str, kind: str, config: dict[str, Any], secrets: dict[str, str]
) -> list[Finding]:
    """Ask a platform with values that are not kept, whether it is there and the credential right.

    Secrets that are not given are those of the connection of this key, if there is one.
    """
    if not may_connect_platforms(actor):
        raise NotAllowed(permission="may_connect_platforms")
    row = PlatformConnection.objects.filter(key=key).first() or PlatformConnection(key=key)
    row.kind, row.config = kind, config
    row.sealed = row.sealed | {name: sealed(row, name, text) for name, text in secrets.items()}
    if "password" in secrets:
        row.secret = None
    _usable(row)
    try:
        return connector_of(row).check()
    except ConnectorError as exc:
        return [Finding("error", "unreachable", exc.message)]


_RULES = {
    "rounds_per_minute": (1, 100_000),
    "max_concurrent": (1, 1_000),
    "census_seconds": (5, 86_400),
}


def _named_well(key: str, name: str, rules: dict[str, Any]) -> None:
    problems = []
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", key):
        words = "Lower-case letters, digits and hyphens, 60 at most."
        problems.append(FieldProblem("/key", "slug", words))
    if not 1 <= len(name.strip()) <= 120:  # noqa: PLR2004 - the column's length
        problems.append(FieldProblem("/name", "required", "A name of up to 120 characters."))
    for field, (least, most) in _RULES.items():
        value = rules.get(field)
        if value is not None and not least <= value <= most:
            words = f"Between {least} and {most}."
            problems.append(FieldProblem(f"/{field}", "out-of-range", words))
    if rules.get("on_drift") not in (None, *dict(ON_DRIFT)):
        problems.append(FieldProblem("/on_drift", "unknown", "heal, report, quarantine or adopt."))
    if problems:
        raise Invalid(*problems)


def _usable(row: PlatformConnection) -> None:
    """Refuse a configuration that the connector cannot take."""
    if row.kind not in kinds():
        raise Invalid(
            FieldProblem("/kind", "unknown", f"There is no connector for {row.kind or 'nothing'}.")
        )
    held = {*row.sealed, *(("password",) if row.secret is not None else ())}
    try:
        wrong = faults(row.kind, row.config, held)
    except ImportError:
        words = "What this connector needs is not installed here."
        raise Invalid(FieldProblem("/kind", "not-installed", words)) from None
    if wrong:
        raise Invalid(*(FieldProblem(one.pointer, one.code, one.detail) for one in wrong))
    try:
        connector_of(row)
    except NoSecret as exc:
        raise Invalid(FieldProblem("/secrets", "not-found", str(exc))) from None
    except (TypeError, ValueError) as exc:
        raise Invalid(FieldProblem("/config", "unusable", str(exc))) from None
