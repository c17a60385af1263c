"""Connect data platforms."""

from dataclasses import asdict
from typing import Any

from catalog.events import PlatformRegistered
from catalog.models import PlatformConnection
from catalog.permissions import may_connect_platforms
from catalog.queries.ports import connector_of, secret_place
from marketplace.connectors.base import ConnectorError, Finding
from marketplace.connectors.registry import kinds
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound, Stale
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
    version: int | None = None,
) -> PlatformConnection:
    """Make or change the connection to a platform.

    ``secret`` is sealed before it is kept and never read back by anybody but the connector;
    None keeps the one there is. The configuration is tried on the connector, so what it cannot
    use is refused here; the platform itself is not asked (``check_platform`` does).
    """
    require(actor, may_connect_platforms)
    kept = PlatformConnection.objects.select_for_update(no_key=True).filter(key=key).first()
    if kept is not None and version is not None and kept.version != version:
        raise Stale(version=kept.version)
    row = kept or PlatformConnection(key=key)
    row.name, row.kind, row.config = name, kind, config
    if secret is not None:
        row.secret = seal(secret, place=secret_place(key))
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


def _usable(row: PlatformConnection) -> None:
    """Refuse a configuration that the connector cannot take."""
    if row.kind not in kinds():
        raise Invalid(
            FieldProblem("/kind", "unknown", f"There is no connector for {row.kind or 'nothing'}.")
        )
    try:
        connector_of(row)
    except (TypeError, ValueError) as exc:
        raise Invalid(FieldProblem("/config", "unusable", str(exc))) from None
