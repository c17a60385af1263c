"""Lab queries and credentials: permission first, platform outside, then the record."""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from catalog.queries import connector_of
from marketplace.connectors.base import ConnectorError, ConnInfo, Principal, Rows
from marketplace.connectors.base import Grant as Access
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, FieldProblem, Invalid
from marketplace.kernel.events.log import record
from subscriptions import consumers
from subscriptions.actions.agreements import of
from subscriptions.events import CredentialsIssued, QueryEnded, QueryStarted
from subscriptions.lab import AccessEnded, PlatformAway, execute
from subscriptions.models import AccessAgreement, LabRun
from subscriptions.permissions import may_query
from subscriptions.provisioning import variant_for
from subscriptions.queries import agreement_or_404
from subscriptions.states import AgreementState

_SQL_LIMIT = 20_000
LONGEST_CREDENTIAL = timedelta(hours=12)


class NotReady(DomainError):
    """Access is agreed, but not proven, so it is not used yet."""

    code = "not-ready"
    title = "Access is being granted; it is ready when it was proven."


def run(actor: Actor, *, agreement_id: Any, sql: str) -> tuple[LabRun, Rows]:
    """Run a query as the consumer of an agreement. A refusal is a coded problem, and recorded."""
    row, agreement = start(actor, agreement_id=agreement_id, sql=sql)
    try:
        rows = execute(agreement, sql)
    except DomainError as refused:
        reason = str(refused.facts.get("reason", refused.code))
        close(actor, run_id=row.pk, code=reason, detail=str(refused), rows=None)
        raise
    return close(actor, run_id=row.pk, code="", detail="", rows=rows), rows


@action
def start(actor: Actor, *, agreement_id: Any, sql: str) -> tuple[LabRun, AccessAgreement]:
    """Note that a query begins, after asking whether it may."""
    agreement = agreement_or_404(actor, agreement_id)
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    require(actor, may_query, consumer)
    if not sql.strip():
        raise Invalid(FieldProblem("/sql", "required", "Write a query."))
    if len(sql) > _SQL_LIMIT or "\x00" in sql:
        raise Invalid(
            FieldProblem("/sql", "too-long", f"At most {_SQL_LIMIT} characters, without NUL.")
        )
    _must_be_active(agreement)
    row = LabRun.objects.create(agreement=agreement, actor=actor.subject, sql=sql, state="running")
    record(QueryStarted(**of(agreement, consumer), run_id=str(row.pk), sql=sql))
    return row, agreement


@action
def close(actor: Actor, *, run_id: Any, code: str, detail: str, rows: Rows | None) -> LabRun:
    """Note how a query ended."""
    row = (
        LabRun.objects.select_for_update(of=["self"], no_key=True)
        .select_related("agreement__port__product__owner_team")
        .get(pk=run_id)
    )
    agreement = row.agreement
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    require(actor, may_query, consumer)
    row.state = "refused" if rows is None else "done"
    row.code, row.detail = code, detail
    first = False
    if rows is not None:
        row.row_count, row.truncated = len(rows.rows), rows.truncated
        row.elapsed_ms = round(rows.elapsed_ms, 2)
        first = agreement.uses == 0
        AccessAgreement.objects.filter(pk=agreement.pk).update(
            uses=F("uses") + 1, last_used_at=Now()
        )
    row.save()
    record(
        QueryEnded(
            **of(agreement, consumer),
            run_id=str(row.pk),
            state=row.state,
            code=code,
            rows=row.row_count,
            first=first,
        )
    )
    return row


def credentials(actor: Actor, *, agreement_id: Any, minutes: int = 60) -> ConnInfo:
    """Give a short-lived login for the consumer. The secret is shown once and kept nowhere."""
    ttl = timedelta(minutes=minutes)
    if not timedelta(minutes=1) <= ttl <= LONGEST_CREDENTIAL:
        raise Invalid(FieldProblem("/minutes", "out-of-range", "Between 1 and 720 minutes."))
    agreement = permit_credentials(actor, agreement_id=agreement_id, minutes=minutes)
    assert agreement.port.platform is not None
    access = Access(
        variant_for(agreement.grant.handle),
        Principal(agreement.consumer_kind, agreement.consumer_key),
        agreement.end_at,
    )
    try:
        return connector_of(agreement.port.platform).credentials(access, ttl)
    except ConnectorError as away:
        raise PlatformAway(str(away)) from None


@action
def permit_credentials(actor: Actor, *, agreement_id: Any, minutes: int) -> AccessAgreement:
    """Note that credentials are handed out, after asking whether they may be."""
    agreement = agreement_or_404(actor, agreement_id)
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    require(actor, may_query, consumer)
    _must_be_active(agreement)
    record(
        CredentialsIssued(**of(agreement, consumer), user=actor.subject, until=f"{minutes} minutes")
    )
    return agreement


def _must_be_active(agreement: AccessAgreement) -> None:
    if agreement.state in (AgreementState.PENDING, AgreementState.FAILED):
        raise NotReady
    if agreement.state != AgreementState.ACTIVE:
        port = agreement.port
        raise AccessEnded(
            state=agreement.state,
            request_again=f"/products/{port.product.key}/request?port={port.name}",
        )
