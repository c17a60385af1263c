"""What a change does to consumers, and putting it in force."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.changes import release_change
from catalog.api.shapes import ChangeShown
from catalog.api.shapes import change as shape_of
from catalog.compatibility.difference import Difference, verdict_for
from catalog.models import ChangeProposal
from catalog.queries.changes import change_or_404
from marketplace.kernel.actors import Actor
from marketplace.kernel.rest.bodies import Nothing
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.operations import operation
from subscriptions.api import shapes
from subscriptions.models import AccessAgreement, Acknowledgement, Notice
from subscriptions.queries import affected_by, answers_to, not_ready, visible_agreements


class Impact(Endpoint):
    """Whom a change touches."""

    @operation(scope="read", gives=shapes.ImpactShown)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """Say per consumer what a change means and what was answered.

        Owners and oversight see all consumers; others see their own, and how many there are.
        """
        change = change_or_404(self.actor, id)
        waiting = waited_for(change)
        return Response(
            {
                "change": str(change.pk),
                "impact": change.impact,
                "affected": affected_by(change.contract.key).count(),
                "answers": answers_to(change.pk),
                "ready": not waiting,
                "waiting_for": len(waiting),
                "consumers": _consumers(self.actor, change),
            }
        )


class Release(Endpoint):
    """Put it in force."""

    @operation(scope="publish", takes=Nothing, gives=ChangeShown, match=True, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Put a change in force.

        A breaking one is refused while consumers inside their notice period have not answered;
        `waiting_for` names them.
        """
        self.body()
        change = change_or_404(self.actor, id)
        return self.act(
            shape_of,
            release_change,
            change_id=id,
            blocked_by=waited_for(change),
            version=self.version(),
        )


def waited_for(change: ChangeProposal) -> list[str]:
    """Consumers that a release has to wait for; before they are told, all that are affected."""
    if change.impact != "MAJOR":
        return []
    if not Notice.objects.filter(change=change).exists():
        return sorted(set(affected_by(change.contract.key).values_list("consumer_key", flat=True)))
    return not_ready(change.pk)


def _consumers(actor: Actor, change: ChangeProposal) -> list[dict[str, Any]]:
    found = [Difference(**item) for item in change.differences]
    answers = {
        row.agreement_id: row for row in Acknowledgement.objects.filter(notice__change=change)
    }
    seen = visible_agreements(actor).values("pk")
    rows = affected_by(change.contract.key).filter(pk__in=seen).select_related("port")
    rows = rows.only("consumer_kind", "consumer_key", "slice", "port__name")
    rows = rows.order_by("consumer_key", "pk")
    return [_affected(row, answers.get(row.pk), found) for row in rows]


def _affected(
    row: AccessAgreement, answer: Acknowledgement | None, found: list[Difference]
) -> dict[str, Any]:
    used = set(row.slice.get("columns", ())) or None
    return {
        "agreement": str(row.pk),
        "consumer": {"kind": row.consumer_kind, "id": row.consumer_key},
        "port": row.port.name,
        "verdict": answer.verdict if answer else verdict_for(found, used),
        "acknowledgement": answer.state if answer else None,
        "answered_by": answer.answered_by if answer else "",
        "answered_at": answer.answered_at if answer else None,
        "note": answer.note if answer else "",
    }
