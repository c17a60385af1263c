"""The ledger of short-lived logins: who holds which, and dropping one before its time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

import structlog
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from catalog.models import PlatformConnection
from catalog.queries import connector_of
from marketplace.connectors.base import ConnectorError, ConnInfo
from marketplace.connectors.withdrawing import Watching, Withdrawing, Withdrawn
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, ImpossibleMove, NotFound
from marketplace.kernel.events.log import record
from subscriptions import consumers
from subscriptions.actions.agreements import needs_reason, of
from subscriptions.events import CredentialsMade, CredentialsWithdrawing, CredentialsWithdrawn
from subscriptions.lab import PlatformAway
from subscriptions.models import AccessAgreement, IssuedLogin
from subscriptions.permissions import may_provision, may_query, may_withdraw_login
from subscriptions.queries.logins import WITH, visible_logins

log = structlog.get_logger(__name__)

RETRY: Final = timedelta(seconds=30)
_MOST: Final = 100


class NotWithdrawable(DomainError):
    """The platform cannot end one login by itself; it ends when it is due, or with the access."""

    code = "not-withdrawable"
    title = "This platform cannot drop one login. It ends by itself; revoking the access ends it."


def droppable(row: IssuedLogin) -> bool:
    """Tell whether the platform can drop this one login. Asks nothing of it."""
    platform = row.agreement.port.platform
    if platform is None:
        return False
    try:
        return isinstance(connector_of(platform), Withdrawing)
    except (ConnectorError, TypeError, ValueError):
        return False


def begin(agreement: AccessAgreement, actor: Actor, ttl: timedelta) -> IssuedLogin:
    """Write down, inside a running action, that a login is about to be made."""
    return IssuedLogin.objects.create(
        agreement=agreement,
        person=actor.subject,
        issued_at=now(),
        expires_at=min(now() + ttl, agreement.end_at),
    )


@action
def keep(actor: Actor, *, login_id: Any, made: ConnInfo | None, error: str = "") -> IssuedLogin:
    """Write what came of making a login: its name and end, never its secret.

    One that was to be dropped while it was being made stays so, and is dropped by the sweep.
    """
    row = _locked(login_id)
    agreement = row.agreement
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    require(actor, may_query, consumer)
    if made is None:
        row.state, row.error = "failed", error[:400]
    else:
        row.login, row.expires_at = made.name[:160], made.expires_at
        row.state = "live" if row.state == "issuing" else row.state
    row.save()
    record(
        CredentialsMade(
            **of(agreement, consumer),
            login_id=str(row.pk),
            user=row.person,
            login=row.login,
            outcome={"live": "made", "failed": "failed"}.get(row.state, "dropped"),
            until=row.expires_at.isoformat() if made else "",
        )
    )
    return row


def withdraw(actor: Actor, *, login_id: Any, reason: str) -> IssuedLogin:
    """Drop a short-lived login now and prove that it is gone.

    When the platform does not answer it is tried again by itself: raises PlatformAway, and the
    ledger shows that it is not proven yet.
    """
    row = ask_withdrawal(actor, login_id=login_id, reason=reason)
    if row.login and not drop_now(row):
        row.refresh_from_db()
        raise PlatformAway(row.error)
    row.refresh_from_db()
    return row


@action
def ask_withdrawal(actor: Actor, *, login_id: Any, reason: str) -> IssuedLogin:
    """Note that a login shall end before its time, after asking whether it may."""
    if not visible_logins(actor).filter(pk=login_id).exists():
        raise NotFound
    row = _locked(login_id)
    require(actor, may_withdraw_login, row.person, row.agreement.port.product)
    needs_reason(reason)
    if row.state not in ("issuing", "live", "withdrawing"):
        raise ImpossibleMove("This login opens nothing any more.")
    if not droppable(row):
        raise NotWithdrawable(until=row.expires_at.isoformat())
    mark(row, by=actor.subject, reason=reason)
    return row


def mark(row: IssuedLogin, *, by: str, reason: str) -> None:
    """Want a login gone, inside a running action."""
    agreement = row.agreement
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    row.state, row.withdrawn_by, row.withdraw_reason = "withdrawing", by, reason.strip()
    row.asked_at, row.tried_at = now(), None
    row.save()
    record(
        CredentialsWithdrawing(
            **of(agreement, consumer),
            login_id=str(row.pk),
            user=row.person,
            login=row.login,
            reason=row.withdraw_reason,
        )
    )


def drop_now(row: IssuedLogin) -> bool:
    """Drop one on its platform, and keep what was read back; False when it is not proven."""
    if not row.login:
        return False  # being made still: the sweep drops it when its name is known
    platform = row.agreement.port.platform
    try:
        connector = connector_of(platform) if platform is not None else None
        if not isinstance(connector, Withdrawing):
            return False
        found = connector.drop_credential(row.login)
    except (ConnectorError, OSError) as away:
        IssuedLogin.objects.filter(pk=row.pk).update(tried_at=Now(), error=str(away)[:400])
        return False
    return note_withdrawn(SYSTEM, login_id=row.pk, found=found).state == "revoked"


@action
def note_withdrawn(actor: Actor, *, login_id: Any, found: Withdrawn) -> IssuedLogin:
    """Write what was read back after a login was dropped."""
    require(actor, may_provision)
    row = _locked(login_id)
    agreement = row.agreement
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    row.tried_at, row.proof = now(), asdict(found)
    row.error = "" if found.gone else f"It still stands: {found.read_back}."
    if found.gone:
        row.state, row.revoked_at = "revoked", row.tried_at
    row.save()
    if found.gone and found.others:
        _gone_with_it(row, found)
    facts: dict[str, Any] = of(agreement, consumer) | {
        "login_id": str(row.pk),
        "user": row.person,
        "login": row.login,
        "reason": row.withdraw_reason,
    }
    if found.gone:
        record(CredentialsWithdrawn(**facts, sessions=found.sessions, read_back=found.read_back))
    else:
        record(CredentialsWithdrawing(**facts))
    return row


def _gone_with_it(row: IssuedLogin, found: Withdrawn) -> None:
    """Note the logins that the platform could only end together with this one."""
    others = locked_live(
        IssuedLogin.objects.filter(
            login__startswith=found.others,
            agreement__port__platform=row.agreement.port.platform_id,
            issued_at__lte=row.tried_at or now(),
        ).values_list("pk", flat=True)
    )
    for other in others:
        agreement = other.agreement
        consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
        other.state, other.proof = "revoked", asdict(found)
        other.asked_at = other.tried_at = other.revoked_at = row.tried_at
        other.withdrawn_by, other.withdraw_reason = row.withdrawn_by, row.withdraw_reason
        other.save()
        record(
            CredentialsWithdrawn(
                **of(agreement, consumer),
                login_id=str(other.pk),
                user=other.person,
                login=other.login,
                reason=other.withdraw_reason,
                sessions=found.sessions,
                read_back=found.read_back,
            )
        )


def drop_due() -> int:
    """Drop what shall be gone and was not proven yet; give how many were."""
    late = Q(tried_at__isnull=True) | Q(tried_at__lt=now() - RETRY)
    rows = IssuedLogin.objects.select_related(*WITH).filter(late, state="withdrawing")
    return sum(drop_now(row) for row in rows.exclude(login="").order_by("asked_at")[:_MOST])


def watch() -> int:
    """Note which live logins have an open session, where platforms tell; give how many."""
    rows = IssuedLogin.objects.filter(state="live", expires_at__gt=Now()).exclude(login="")
    by_platform: dict[int, list[str]] = defaultdict(list)
    for platform_id, login in rows.values_list("agreement__port__platform_id", "login"):
        by_platform[platform_id].append(login)
    seen = 0
    for platform in PlatformConnection.objects.filter(pk__in=by_platform):
        try:
            connector = connector_of(platform)
            if not isinstance(connector, Watching):
                continue
            used = connector.credentials_in_use(by_platform[platform.pk])
        except (ConnectorError, OSError, TypeError, ValueError) as away:
            log.info("logins not looked at", platform=platform.key, why=str(away))
            continue
        ours = rows.filter(agreement__port__platform=platform, login__in=used)
        seen += ours.update(seen_at=Now())
    return seen


def locked_live(rows: Iterable[Any]) -> QuerySet[IssuedLogin]:
    """Lock those of these logins that stand, in order, with all that an event needs."""
    return (
        IssuedLogin.objects.select_for_update(of=["self"], no_key=True)
        .select_related(*WITH)
        .filter(pk__in=list(rows), state__in=["issuing", "live"], expires_at__gt=Now())
        .order_by("pk")
    )


def _locked(login_id: Any) -> IssuedLogin:
    return (
        IssuedLogin.objects.select_for_update(of=["self"], no_key=True)
        .select_related(*WITH)
        .get(pk=login_id)
    )
