"""Answer several requests at once: each is an action of its own, so one refusal stops no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, SignInFirst
from subscriptions.actions.requests import approve, reject
from subscriptions.models import AccessRequest

MOST: Final = 100  # what one call answers at most
Decision = Literal["approve", "reject"]


@dataclass(frozen=True, slots=True)
class Pick:
    """A request that was picked, and the version that its reader saw; None skips that check."""

    request_id: Any
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one pick: the request as it is now, or why it was not answered."""

    request_id: Any
    request: AccessRequest | None
    refused: DomainError | None

    @property
    def done(self) -> bool:
        """Tell whether the answer stands."""
        return self.refused is None


def decide_each(
    actor: Actor, picks: Sequence[Pick], *, decision: Decision, note: str = ""
) -> list[Answered]:
    """Give the same answer to each pick, in their order; permissions are asked for each."""
    return [_answer(actor, pick, decision, note) for pick in picks]


def _answer(actor: Actor, pick: Pick, decision: Decision, note: str) -> Answered:
    run = approve if decision == "approve" else reject
    try:
        request = run(actor, request_id=pick.request_id, note=note, version=pick.version)
    except SignInFirst:
        raise
    except DomainError as refused:
        return Answered(pick.request_id, None, refused)
    return Answered(pick.request_id, request, None)
