"""What owners tell their consumers: a message to all or some, and an end with notice."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

from catalog.queries import product_or_404
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.events.log import record
from marketplace.kernel.ids import uuid7
from subscriptions.actions.agreements import locked, of
from subscriptions.actions.openings import GRANT, due
from subscriptions.events import AgreementShortened, ConsumersMessaged
from subscriptions.models import AccessAgreement, Grant
from subscriptions.permissions import may_message, may_revoke
from subscriptions.queries import consumers_of
from subscriptions.states import AGREEMENT, AgreementState

LONGEST_GRACE: Final = 90
_TITLE, _TEXT, _REASON = 150, 4000, 2000


@action
def message_consumers(
    actor: Actor, *, key: str, title: str, text: str, ports: Collection[str] = ()
) -> list[AccessAgreement]:
    """Write to everybody with live access to a product, or to some of its ports.

    Gives the agreements whose people are told; nobody to tell is refused, so that no owner
    believes to have said something.
    """
    product = product_or_404(actor, key)
    require(actor, may_message, product)
    _said("/title", title, _TITLE)
    _said("/text", text, _TEXT)
    concerned = [one for one in consumers_of(product) if not ports or one.port.name in ports]
    if not concerned:
        raise Invalid(FieldProblem("/ports", "nobody", "Nobody has access there now."))
    record(
        ConsumersMessaged(
            subject=f"product/{product.key}",
            product=product.key,
            teams=(product.owner_team.slug,),
            message_id=str(uuid7()),
            title=title.strip(),
            text=text.strip(),
            agreements=[str(one.pk) for one in concerned],
            by=actor.subject,
        )
    )
    return concerned


@action
def revoke_later(
    actor: Actor, *, agreement_id: Any, reason: str, days: int, version: int | None = None
) -> AccessAgreement:
    """Bring the end of an access forward to some days from now; the platform knows it at once."""
    agreement, consumer = locked(actor, agreement_id, version)
    require(actor, may_revoke, agreement)
    _said("/reason", reason, _REASON)
    if not 1 <= days <= LONGEST_GRACE:
        words = f"Between 1 and {LONGEST_GRACE} days."
        raise Invalid(FieldProblem("/days", "out-of-range", words))
    if agreement.state != AgreementState.ACTIVE:
        AGREEMENT.after("suspend", agreement.state)  # refuses in the words of the machine
    until = now() + timedelta(days=days)
    if until >= agreement.end_at:
        raise Invalid(FieldProblem("/days", "not-sooner", "It ends sooner than that already."))
    agreement.end_at, agreement.warned_days = until, None
    agreement.version += 1
    agreement.save()
    grant = (
        Grant.objects.select_for_update(no_key=True)
        .select_related("handle")
        .get(agreement=agreement)
    )
    grant.valid_until, grant.generation = until, grant.generation + 1
    grant.save()
    due(grant.handle, GRANT)
    record(
        AgreementShortened(
            **of(agreement, consumer),
            until=until.isoformat(),
            reason=reason.strip(),
            by=actor.subject,
        )
    )
    return agreement


def _said(pointer: str, words: str, most: int) -> None:
    if not words.strip():
        raise Invalid(FieldProblem(pointer, "required", "Say it in a sentence."))
    if len(words) > most:
        raise Invalid(FieldProblem(pointer, "too-long", f"At most {most} characters."))
