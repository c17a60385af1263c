"""Change and end what was agreed."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, FieldProblem, Invalid, NotFound, Stale
from marketplace.kernel.events.log import record
from subscriptions import consumers
from subscriptions.actions.openings import GRANT, REVOKE, due
from subscriptions.consumers import Consumer
from subscriptions.events import (
    AgreementEnding,
    AgreementExpiring,
    AgreementRenewed,
    AgreementResumed,
    AgreementSuspended,
)
from subscriptions.models import AccessAgreement, Grant, KillSwitch
from subscriptions.permissions import may_give_back, may_provision, may_request, may_revoke
from subscriptions.queries import visible_agreements
from subscriptions.states import AGREEMENT, AgreementState
from subscriptions.states import GRANT as GRANT_LIFE


class NotOverYet(DomainError):
    """The agreed time is not over."""

    code = "not-over-yet"
    title = "The agreed time is not over."


class HeldBySwitch(DomainError):
    """A kill switch holds this access back, and gives it back itself."""

    code = "held-by-switch"
    title = "A kill switch holds this back: restore the switch."


WARN_DAYS = (30, 14, 7, 1)
_LONGEST_DAYS = 730


@action
def revoke(
    actor: Actor, *, agreement_id: Any, reason: str, version: int | None = None
) -> AccessAgreement:
    """Take access away. It counts as revoked when the refusal was proven."""
    agreement, consumer = locked(actor, agreement_id, version)
    require(actor, may_revoke, agreement)
    needs_reason(reason)
    end(agreement, consumer, how="revoked", by=actor.subject, reason=reason)
    return agreement


@action
def terminate(
    actor: Actor, *, agreement_id: Any, reason: str = "", version: int | None = None
) -> AccessAgreement:
    """Give access back."""
    agreement, consumer = locked(actor, agreement_id, version)
    require(actor, may_give_back, consumer)
    words = reason or "Not needed any more."
    end(agreement, consumer, how="terminated", by=actor.subject, reason=words)
    return agreement


@action
def suspend(
    actor: Actor, *, agreement_id: Any, reason: str, version: int | None = None
) -> AccessAgreement:
    """Hold access back for now; resume gives exactly the same again."""
    agreement, consumer = locked(actor, agreement_id, version)
    require(actor, may_revoke, agreement)
    needs_reason(reason)
    agreement.state = AGREEMENT.after("suspend", agreement.state)
    agreement.suspended_by, agreement.suspend_reason = actor.subject, reason.strip()
    _save(agreement)
    take_away(agreement)
    record(AgreementSuspended(**of(agreement, consumer), reason=reason.strip()))
    return agreement


@action
def resume(actor: Actor, *, agreement_id: Any, version: int | None = None) -> AccessAgreement:
    """Give suspended access again; it is active when it was proven again."""
    agreement, consumer = locked(actor, agreement_id, version)
    require(actor, may_revoke, agreement)
    if KillSwitch.objects.filter(state="active", held=agreement).exists():
        raise HeldBySwitch
    agreement.state = AGREEMENT.after("resume", agreement.state)
    agreement.suspended_by = agreement.suspend_reason = ""
    _save(agreement)
    grant = (
        Grant.objects.select_for_update(no_key=True)
        .select_related("handle")
        .get(agreement=agreement)
    )
    grant.state = GRANT_LIFE.after("restore", grant.state)
    grant.desired, grant.generation = "present", grant.generation + 1
    grant.save()
    due(grant.handle, GRANT)
    record(AgreementResumed(**of(agreement, consumer)))
    return agreement


@action
def renew(
    actor: Actor,
    *,
    agreement_id: Any,
    duration_days: int,
    version: int | None = None,
) -> AccessAgreement:
    """Move the end, where the policy that once allowed the access allowed it without a person.

    Access that people approved is renewed by asking again, so that nothing is prolonged silently.
    """
    agreement, consumer = locked(actor, agreement_id, version)
    require(actor, may_request, consumer)
    if agreement.request.decided_by_kind != "policy":
        raise Invalid(
            FieldProblem(
                "", "needs-request", "People approved this access: ask again, they decide again."
            )
        )
    longest = (
        agreement.contract.facts.get("max_duration_days") if agreement.contract else None
    ) or (_LONGEST_DAYS)
    if not 1 <= duration_days <= longest:
        raise Invalid(
            FieldProblem("/duration_days", "out-of-range", f"Between 1 and {longest} days.")
        )
    agreement.state = AGREEMENT.after("renew", agreement.state)
    agreement.end_at = now() + timedelta(days=duration_days)
    agreement.warned_days = None
    _save(agreement)
    grant = (
        Grant.objects.select_for_update(no_key=True)
        .select_related("handle")
        .get(agreement=agreement)
    )
    grant.valid_until, grant.generation = agreement.end_at, grant.generation + 1
    grant.save()
    due(grant.handle, GRANT)
    record(AgreementRenewed(**of(agreement, consumer), until=agreement.end_at.isoformat()))
    return agreement


@action
def expire(actor: Actor, *, agreement_id: Any) -> None:
    """End an agreement whose time is over."""
    require(actor, may_provision)
    agreement = (
        AccessAgreement.objects.select_for_update(of=["self"], no_key=True)
        .select_related("port__product__owner_team", "contract", "request")
        .get(pk=agreement_id)
    )
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    if agreement.end_at > now():
        raise NotOverYet  # it was renewed in the meantime
    end(agreement, consumer, how="expired", by="system", reason="The agreed time is over.")


@action
def warn(actor: Actor, *, agreement_id: Any, days: int) -> None:
    """Note that an agreement ends soon; each warning is given once."""
    require(actor, may_provision)
    agreement = (
        AccessAgreement.objects.select_for_update(of=["self"], no_key=True)
        .select_related("port__product__owner_team")
        .get(pk=agreement_id)
    )
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    agreement.warned_days = days
    agreement.save(update_fields=["warned_days"])
    until = agreement.end_at.isoformat()
    record(AgreementExpiring(**of(agreement, consumer), until=until, days=days))


def over_now(limit: int = 200) -> list[Any]:
    """Agreements whose time is over by the database's clock, but that were not ended yet."""
    rows = AccessAgreement.objects.filter(
        end_at__lte=Now(), state__in=["pending", "active", "suspended", "failed"]
    )
    return list(rows.order_by("end_at").values_list("pk", flat=True)[:limit])


def to_warn() -> list[tuple[Any, int]]:
    """Agreements that cross a warning day, with the nearest day that was not said yet."""
    found = []
    moment = now()
    soon = AccessAgreement.objects.filter(
        Q(warned_days__isnull=True) | Q(warned_days__gt=1),
        state=AgreementState.ACTIVE,
        end_at__lte=moment + timedelta(days=max(WARN_DAYS)),
        end_at__gt=moment,
    )
    for agreement in soon.only("pk", "end_at", "start_at", "warned_days").iterator():
        day = _warning_day(agreement, moment)
        if day is not None:
            found.append((agreement.pk, day))
    return found


def _warning_day(agreement: AccessAgreement, moment: datetime) -> int | None:
    """The nearest warning due; days that the agreement never had are not warned of."""
    length = (agreement.end_at - agreement.start_at) / timedelta(days=1)
    left = (agreement.end_at - moment) / timedelta(days=1)
    passed = [day for day in WARN_DAYS if left <= day < length]
    if not passed:
        return None
    day = min(passed)
    said = agreement.warned_days
    return day if said is None or day < said else None


def end(agreement: AccessAgreement, consumer: Consumer, *, how: str, by: str, reason: str) -> None:
    """Start the end inside a running action: the worker removes, proves, and then closes it."""
    agreement.state = AGREEMENT.after("end", agreement.state)
    agreement.end_kind, agreement.end_by, agreement.end_reason = how, by, reason.strip()
    _save(agreement)
    take_away(agreement)
    record(AgreementEnding(**of(agreement, consumer), how=how, reason=reason.strip()))


def take_away(agreement: AccessAgreement) -> None:
    """Want the grant gone, first in the queue."""
    grant = (
        Grant.objects.select_for_update(no_key=True)
        .select_related("handle")
        .get(agreement=agreement)
    )
    if GRANT_LIFE.allows("deprovision", grant.state):
        grant.state = GRANT_LIFE.after("deprovision", grant.state)
    grant.desired, grant.generation = "absent", grant.generation + 1
    grant.needs_human = False
    grant.save()
    due(grant.handle, REVOKE)


def locked(
    actor: Actor, agreement_id: Any, version: int | None
) -> tuple[AccessAgreement, Consumer]:
    """Lock a visible agreement, with its consumer."""
    if not visible_agreements(actor).filter(pk=agreement_id).exists():
        raise NotFound
    agreement = (
        AccessAgreement.objects.select_for_update(of=["self"], no_key=True)
        .select_related(
            "port__product__domain__owner_team", "port__product__owner_team", "contract", "request"
        )
        .get(pk=agreement_id)
    )
    if version is not None and version != agreement.version:
        raise Stale(version=agreement.version)
    return agreement, consumers.remembered(agreement.consumer_kind, agreement.consumer_key)


def of(agreement: AccessAgreement, consumer: Consumer) -> dict[str, Any]:
    """The envelope and the common fields of every event about an agreement."""
    product = agreement.port.product
    return {
        "subject": f"agreement/{agreement.pk}",
        "product": product.key,
        "teams": (product.owner_team.slug, *consumer.readers),
        "agreement_id": str(agreement.pk),
        "port": agreement.port.name,
        "consumer": consumer.words,
    }


def _save(agreement: AccessAgreement) -> None:
    agreement.version += 1
    agreement.save()


def needs_reason(reason: str) -> None:
    """Refuse to go on without a reason, or with an essay."""
    if not reason.strip():
        raise Invalid(FieldProblem("/reason", "required", "Say why, in a sentence."))
    if len(reason) > 2000:  # noqa: PLR2004 - a sentence, not an essay
        raise Invalid(FieldProblem("/reason", "too-long", "At most 2000 characters."))
