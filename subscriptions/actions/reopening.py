"""From an approval back to people: another plan than was approved, or what cannot be granted."""

from collections.abc import Sequence
from typing import Any

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound
from marketplace.kernel.events.log import record
from subscriptions import consumers
from subscriptions.actions.openings import REVOKE, due
from subscriptions.actions.stages import void_answers
from subscriptions.events import RequestReopened, RequestSentBack
from subscriptions.fenced import held
from subscriptions.models import AccessRequest, Grant
from subscriptions.permissions import may_provision, may_revoke
from subscriptions.queries import visible_grants
from subscriptions.states import AGREEMENT, REQUEST
from subscriptions.states import GRANT as GRANT_LIFE

OTHER_PLAN = (
    "What would run on the platform is no longer what was approved. Nothing was granted: look at "
    "the plan and decide again."
)
_NOTE_LIMIT = 2000


@action
def reopen(actor: Actor, *, handle_id: Any, fence: int, grant_ids: Sequence[Any]) -> None:
    """Give approved requests back to their approvers: the plan is not the one they saw.

    Only the holder of the handle's fence may. Whatever of the access stands is taken away.
    """
    require(actor, may_provision)
    held(handle_id, fence)
    for grant in _locked().filter(pk__in=grant_ids).order_by("pk"):
        request = grant.agreement.request
        request.state = REQUEST.after("reopen", request.state)
        _undo(grant, OTHER_PLAN)
        void_answers(request)
        _give_back(request, OTHER_PLAN)
        record(
            RequestReopened(**_of(request), agreement_id=str(grant.agreement_id), reason=OTHER_PLAN)
        )


@action
def send_back(actor: Actor, *, grant_id: Any, note: str) -> AccessRequest:
    """Have the asking side change what could not be granted. For owners, and operators."""
    if not visible_grants(actor).filter(pk=grant_id).exists():
        raise NotFound
    grant = _locked().get(pk=grant_id)
    require(actor, may_revoke, grant.agreement)
    words = note.strip()
    if not words or len(words) > _NOTE_LIMIT:
        raise Invalid(
            FieldProblem("/note", "required", f"Say in up to {_NOTE_LIMIT} characters what to do.")
        )
    request: AccessRequest = grant.agreement.request
    request.state = REQUEST.after("send_back", request.state)
    _undo(grant, words)
    _give_back(request, words)
    record(RequestSentBack(**_of(request), agreement_id=str(grant.agreement_id), note=words))
    return request


def _locked() -> Any:
    return Grant.objects.select_for_update(of=["self", "agreement"], no_key=True).select_related(
        "handle",
        "agreement__port__product__domain__owner_team",
        "agreement__port__product__owner_team",
        "agreement__request__port__product__domain__owner_team",
        "agreement__request__port__product__owner_team",
    )


def _undo(grant: Grant, words: str) -> None:
    """Want the grant gone and the agreement failed: only from where nothing was proven."""
    agreement = grant.agreement
    if AGREEMENT.allows("fail", agreement.state):
        agreement.state = AGREEMENT.after("fail", agreement.state)
    else:
        AGREEMENT.after("reopen", agreement.state)  # refuses unless it has failed
    agreement.version += 1
    agreement.save(update_fields=["state", "version"])
    grant.state = GRANT_LIFE.after("deprovision", grant.state)
    grant.desired, grant.generation = "absent", grant.generation + 1
    grant.needs_human, grant.diagnostics = False, words
    grant.version += 1
    grant.save()
    due(grant.handle, REVOKE)


def _give_back(request: AccessRequest, words: str) -> None:
    request.decided_by, request.decided_by_kind, request.decided_at = "", "", None
    request.plan_digest, request.note = "", words
    request.reopened += 1
    request.version += 1
    request.save()


def _of(request: AccessRequest) -> dict[str, Any]:
    consumer = consumers.remembered(request.consumer_kind, request.consumer_key)
    product = request.port.product
    return {
        "subject": f"request/{request.pk}",
        "product": product.key,
        "teams": (product.owner_team.slug, *consumer.readers),
        "request_id": str(request.pk),
        "port": request.port.name,
        "consumer": consumer.words,
    }
