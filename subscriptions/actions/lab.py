"""Lab queries and credentials: permission first, platform outside, then the record."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Now

from catalog.models import SavedQuery
from catalog.queries import connector_of
from marketplace.connectors.base import (
    ConnectorError,
    ConnInfo,
    Estimate,
    Principal,
    Question,
    Rows,
)
from marketplace.connectors.base import Grant as Access
from marketplace.connectors.parameters import names
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import (
    DomainError,
    Duplicate,
    FieldProblem,
    Invalid,
    NotAllowed,
    NotFound,
)
from marketplace.kernel.events.log import record
from subscriptions import consumers
from subscriptions.actions import logins
from subscriptions.actions.agreements import of
from subscriptions.events import CredentialsIssued, QueryEnded, QueryStarted, QueryStopped
from subscriptions.lab import AccessEnded, LabRefused, PlatformAway, estimate, execute, halt
from subscriptions.models import AccessAgreement, IssuedLogin, LabRun
from subscriptions.permissions import may_query
from subscriptions.provisioning import variant_for
from subscriptions.queries import agreement_or_404
from subscriptions.states import AgreementState

_SQL_LIMIT = 20_000
_VALUE_LIMIT = 10_000
_STOP_S = 2.0
_STEP_S = 0.1
LONGEST_CREDENTIAL = timedelta(hours=12)


class NotReady(DomainError):
    """Access is agreed, but not proven, so it is not used yet."""

    code = "not-ready"
    title = "Access is being granted; it is ready when it was proven."


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody wants run: the text, the values of its parameters, the query it came from."""

    sql: str
    values: Mapping[str, str | None] = field(default_factory=dict)
    query_id: int | None = None
    run_id: UUID | None = None


def run(
    actor: Actor,
    *,
    agreement_id: Any,
    sql: str,
    values: Mapping[str, str | None] | None = None,
    query_id: int | None = None,
    run_id: UUID | None = None,
) -> tuple[LabRun, Rows]:
    """Run a query as the consumer of an agreement. A refusal is a coded problem, and recorded.

    ``run_id`` may be chosen by the caller, who can then stop the run before it has answered.
    """
    given = values or {}
    typed = Typed(
        sql, {name: given[name] for name in names(sql) if name in given}, query_id, run_id
    )
    row, agreement = start(actor, agreement_id=agreement_id, typed=typed)
    try:
        rows = execute(agreement, Question(typed.sql, typed.values, tag=str(row.pk)))
    except DomainError as refused:
        reason = str(refused.facts.get("reason", refused.code))
        ended = close(actor, run_id=row.pk, code=reason, detail=str(refused), rows=None)
        if ended.code != reason:  # stopped while it was still on its way to the platform
            raise LabRefused(ended.detail, reason=ended.code) from refused
        raise
    return close(actor, run_id=row.pk, code="", detail="", rows=rows), rows


def stop(actor: Actor, *, run_id: Any) -> bool:
    """End one of the actor's running queries on its platform; False when it had ended by itself."""
    row = ask_to_stop(actor, run_id=run_id)
    if row.state != "running":
        return False
    end = time.monotonic() + _STOP_S
    # It may be on its way to the platform still: looked for until it is there, or over.
    while not halt(row.agreement, str(row.pk)):
        if time.monotonic() > end or not LabRun.objects.filter(pk=row.pk, state="running").exists():
            return False
        time.sleep(_STEP_S)
    return True


@action
def ask_to_stop(actor: Actor, *, run_id: Any) -> LabRun:
    """Note that a run shall end. Only who started it may ask."""
    row = (
        LabRun.objects.select_for_update(of=["self"], no_key=True)
        .select_related("agreement__port__product__owner_team", "agreement__port__platform")
        .filter(pk=run_id, actor=actor.subject)
        .first()
    )
    if row is None:
        raise NotFound
    agreement = row.agreement
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    require(actor, may_query, consumer)
    LabRun.objects.filter(pk=row.pk, state="running").update(stop_asked_at=Now())
    record(QueryStopped(**of(agreement, consumer), run_id=str(row.pk)))
    return row


def foresee(
    actor: Actor, *, agreement_id: Any, sql: str, values: Mapping[str, str | None] | None = None
) -> Estimate:
    """Say what a query would give, before it is run: the planner's rows and cost."""
    agreement = agreement_or_404(actor, agreement_id)
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    if not may_query(actor, consumer):
        raise NotAllowed(permission="may_query")
    must_be_text(sql, values or {})
    must_be_active(agreement)
    return estimate(agreement, Question(sql, values or {}))


@action
def start(actor: Actor, *, agreement_id: Any, typed: Typed) -> tuple[LabRun, AccessAgreement]:
    """Note that a query begins, after asking whether it may."""
    agreement = agreement_or_404(actor, agreement_id)
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    require(actor, may_query, consumer)
    must_be_text(typed.sql, typed.values)
    must_be_active(agreement)
    if typed.run_id is not None and LabRun.objects.filter(pk=typed.run_id).exists():
        raise Duplicate("This run was started already.")
    saved = SavedQuery.objects.filter(pk=typed.query_id or 0, port_id=agreement.port_id).first()
    row = LabRun.objects.create(
        **({"id": typed.run_id} if typed.run_id else {}),
        agreement=agreement,
        actor=actor.subject,
        sql=typed.sql,
        values=dict(typed.values),
        query=saved,
        state="running",
    )
    record(
        QueryStarted(
            **of(agreement, consumer),
            run_id=str(row.pk),
            sql=typed.sql,
            values=dict(typed.values),
        )
    )
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
    if rows is None and row.stop_asked_at is not None:
        code, detail = "query-cancelled", "The query was stopped."
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
            query_id=row.query_id,
        )
    )
    return row


def credentials(actor: Actor, *, agreement_id: Any, minutes: int = 60) -> ConnInfo:
    """Give a short-lived login for the consumer. The secret is shown once and kept nowhere."""
    ttl = timedelta(minutes=minutes)
    if not timedelta(minutes=1) <= ttl <= LONGEST_CREDENTIAL:
        raise Invalid(FieldProblem("/minutes", "out-of-range", "Between 1 and 720 minutes."))
    row = permit_credentials(actor, agreement_id=agreement_id, minutes=minutes)
    agreement = row.agreement
    assert agreement.port.platform is not None
    access = Access(
        variant_for(agreement.grant.handle),
        Principal(agreement.consumer_kind, agreement.consumer_key),
        agreement.end_at,
    )
    try:
        made = connector_of(agreement.port.platform).credentials(access, ttl)
    except ConnectorError as away:
        logins.keep(actor, login_id=row.pk, made=None, error=str(away))
        raise PlatformAway(str(away)) from None
    if logins.keep(actor, login_id=row.pk, made=made).state != "live":
        raise AccessEnded  # it was to be dropped while it was being made: its secret stays unseen
    return made


@action
def permit_credentials(actor: Actor, *, agreement_id: Any, minutes: int) -> IssuedLogin:
    """Note that credentials are handed out, after asking whether they may be."""
    agreement = agreement_or_404(actor, agreement_id)
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    require(actor, may_query, consumer)
    must_be_active(agreement)
    record(
        CredentialsIssued(**of(agreement, consumer), user=actor.subject, until=f"{minutes} minutes")
    )
    return logins.begin(agreement, actor, timedelta(minutes=minutes))


def must_be_text(sql: str, values: Mapping[str, str | None]) -> None:
    """Refuse what is no query at all, and values that are no text. Raises Invalid."""
    if not sql.strip():
        raise Invalid(FieldProblem("/sql", "required", "Write a query."))
    if len(sql) > _SQL_LIMIT or "\x00" in sql:
        raise Invalid(
            FieldProblem("/sql", "too-long", f"At most {_SQL_LIMIT} characters, without NUL.")
        )
    for name, value in values.items():
        if value is not None and (len(value) > _VALUE_LIMIT or "\x00" in value):
            words = f"At most {_VALUE_LIMIT} characters, without NUL."
            raise Invalid(FieldProblem(f"/parameters/{name}", "too-long", words))


def must_be_active(agreement: AccessAgreement) -> None:
    """Refuse access that is not proven yet, or has ended."""
    if agreement.state in (AgreementState.PENDING, AgreementState.FAILED):
        raise NotReady
    if agreement.state != AgreementState.ACTIVE:
        port = agreement.port
        raise AccessEnded(
            state=agreement.state,
            request_again=f"/products/{port.product.key}/request?port={port.name}",
        )
