"""From yes to work: the agreement, its grant, and the handle that a worker will reconcile."""

import hashlib
import json
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Least, Now

from catalog.queries import columns_of, variant_of
from marketplace.connectors.base import ConnectorError, Principal
from marketplace.kernel.clock import now
from marketplace.kernel.errors import Gone
from marketplace.kernel.wake import GRANTS, wake
from subscriptions.lab import PlatformAway
from subscriptions.models import AccessAgreement, AccessRequest, Grant, Handle
from subscriptions.provisioning import Preview, plan_digest, preview
from subscriptions.states import AGREEMENT
from subscriptions.states import GRANT as GRANT_LIFE

REVOKE, GRANT, VERIFY = 0, 5, 8


def open_agreement(request: AccessRequest) -> AccessAgreement:
    """Make the agreement of an approved request, pending until it is proven.

    It binds to the plan that was approved; without an approver, to the plan of now.
    """
    handle = handle_for(request)
    if not request.plan_digest:
        request.plan_digest = plan_digest(handle, _principal(request))
        request.save(update_fields=["plan_digest"])
    agreement = _again(request, handle) if request.reopened else _first(request, handle)
    due(handle, GRANT)
    return agreement


def _first(request: AccessRequest, handle: Handle) -> AccessAgreement:
    moment = now()
    agreement = AccessAgreement.objects.create(
        request=request,
        port=request.port,
        contract_id=request.contract_id,
        consumer_kind=request.consumer_kind,
        consumer_key=request.consumer_key,
        requester=request.requester,
        purpose=request.purpose,
        slice=request.slice,
        start_at=moment,
        end_at=_end(request, moment),
        created_at=moment,
    )
    Grant.objects.create(
        agreement=agreement,
        handle=handle,
        principal_kind=request.consumer_kind,
        principal_key=request.consumer_key,
        valid_until=agreement.end_at,
        plan_digest=request.plan_digest,
    )
    return agreement


def _again(request: AccessRequest, handle: Handle) -> AccessAgreement:
    """Open the agreement of a request that had come back: the same row, agreed anew."""
    agreement = AccessAgreement.objects.select_for_update(no_key=True).get(request=request)
    grant = Grant.objects.select_for_update(no_key=True).get(agreement=agreement)
    agreement.state = AGREEMENT.after("reopen", agreement.state)
    agreement.contract, agreement.slice = request.contract, request.slice
    agreement.start_at = now()
    agreement.end_at, agreement.warned_days = _end(request, agreement.start_at), None
    agreement.version += 1
    agreement.save()
    grant.state = GRANT_LIFE.after("restore", grant.state)
    grant.handle, grant.valid_until = handle, agreement.end_at
    grant.desired, grant.plan_digest = "present", request.plan_digest
    grant.generation, grant.observed_generation = grant.generation + 1, 0
    grant.needs_human, grant.diagnostics = False, ""
    grant.save()
    return agreement


def digest_of_plan(request: AccessRequest) -> str:
    """The digest of the plan that approving this request would bind to. Asks no platform."""
    return plan_digest(_kept_or_planned(request), _principal(request))


def _principal(request: AccessRequest) -> Principal:
    return Principal(request.consumer_kind, request.consumer_key)


def handle_for(request: AccessRequest) -> Handle:
    """The reader handle for what was asked: shared by all with the same columns."""
    kept = Handle.objects.filter(port=request.port, variant=_variant(request)).first()
    if kept is not None:
        return kept
    planned = _planned(request)
    handle, _ = Handle.objects.get_or_create(
        port=request.port,
        variant=planned.variant,
        defaults={
            "columns": planned.columns,
            "row_filters": planned.row_filters,
            "name": planned.name,
            "next_at": None,
        },
    )
    handle.port = request.port  # loaded already, with its platform
    return handle


def foreseen(request: AccessRequest) -> Preview:
    """The exact statements that an approval would run now. Asks the platform, changes nothing.

    Raises PlatformAway when the platform does not answer.
    """
    try:
        return preview(request, _kept_or_planned(request))
    except (ConnectorError, OSError) as away:
        raise PlatformAway(str(away)) from None


def _kept_or_planned(request: AccessRequest) -> Handle:
    planned = _planned(request)
    kept = Handle.objects.filter(port=request.port, variant=planned.variant).first()
    handle = kept or planned
    handle.port = request.port
    return handle


def _planned(request: AccessRequest) -> Handle:
    port = request.port
    chosen, variant = list(request.slice.get("columns", ())), _variant(request)
    columns = chosen or [column.name for column in columns_of(port)]
    name = variant_of(port, columns=tuple(columns), variant=variant).handle(settings.PLATFORM_ENV)
    return Handle(
        port=port, variant=variant, columns=columns, row_filters=port.row_filters, name=name
    )


def _variant(request: AccessRequest) -> str:
    """Name what was narrowed: the same columns in another order are the same variant."""
    chosen = sorted(request.slice.get("columns", ()))
    return hashlib.sha256(json.dumps(chosen).encode()).hexdigest()[:8] if chosen else ""


def due(handle: Handle, priority: int) -> None:
    """Say that a handle's wanted set changed: one more generation, work for a worker now."""
    Handle.objects.filter(pk=handle.pk).update(
        generation=F("generation") + 1,
        priority=Least(F("priority"), priority),
        next_at=Now(),
        waits_for="",
    )
    wake(GRANTS)


def _end(request: AccessRequest, moment: datetime) -> datetime:
    """The agreed end: a length counts from the decision, not from the asking."""
    if request.duration_days:
        return moment + timedelta(days=request.duration_days)
    if request.end_at is None or request.end_at <= moment:
        raise Gone("The time that was asked for is over.")
    return request.end_at
