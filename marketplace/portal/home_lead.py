"""What home shows before everything else, by what the reader is here for. It shows, never allows.

Each line is a fact with a way to it; what the reader may not see is not counted.
"""

from dataclasses import dataclass
from typing import Final

from django.db.models import Min, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from catalog.models import PlatformConnection
from catalog.states import Status
from governance.permissions import may_read_audit
from marketplace.kernel.actors import OPERATOR, Actor
from marketplace.kernel.web import words
from marketplace.portal.governance_queries import orphans, proof
from marketplace.portal.owner_queries import owned_products
from marketplace.portal.reviews import reviews_for
from subscriptions.models import Handle, Mail, WebhookDelivery
from subscriptions.queries import waiting_for
from subscriptions.states import MessageState


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: an icon, what it is, what is known of it, and the page that says more."""

    icon: str
    title: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Lead:
    """What stands first on home: a title, lines, and the console behind them."""

    title: str
    lines: tuple[Line, ...]
    href: str = ""
    label: str = ""


def lead(actor: Actor, here_for: str) -> Lead | None:
    """Give what stands first for this reader; None for who looks for data. At most 4 statements."""
    make = _LEADS.get(here_for)
    return make(actor) if make else None


def _owner(actor: Actor) -> Lead:
    rows = list(owned_products(actor).values_list("status", flat=True))
    drafts = sum(status == Status.DRAFT for status in rows)
    lines = _waiting(actor)
    if drafts:
        what = "1 draft" if drafts == 1 else f"{drafts} drafts"
        lines.append(Line("pencil", what, "not offered yet", reverse("owner")))
    if not rows:
        words_ = "a lead or an operator makes you an owner in a team"
        lines.append(Line("package", "You own no product yet", words_, _who()))
        return Lead("You offer data", tuple(lines))
    offered = sum(status == Status.ACTIVE for status in rows)
    what = "1 product" if len(rows) == 1 else f"{len(rows)} products"
    lines.append(Line("package", what, f"{offered} offered", reverse("owner")))
    return Lead("You offer data", tuple(lines), reverse("owner"), "Owner console")


def _steward(actor: Actor) -> Lead:
    lines = _waiting(actor)
    if not may_read_audit(actor):
        words_ = "governance, privacy officers and auditors see the whole instance"
        lines.append(Line("scale", "You hold no office here", words_, _who()))
        return Lead("You look after the rules", tuple(lines))
    found, alone = proof(), len(orphans(actor))
    open_ = found.needs_human + found.may_remain
    page = reverse("governance")
    lines.append(
        Line(
            "shield-check",
            f"{found.proven} of {found.standing} accesses proven",
            f"{open_} need a look" if open_ else "none needs a look",
            page,
        )
    )
    if alone:
        what = "1 product without an owner" if alone == 1 else f"{alone} products without an owner"
        lines.append(Line("users", what, "nobody answers for them", page))
    return Lead("You look after the rules", tuple(lines), page, "Governance")


def _operator(actor: Actor) -> Lead:
    if not actor.holds(OPERATOR):
        words_ = "states and figures are open to everybody"
        line = Line("activity", "You are no operator here", words_, reverse("status"))
        return Lead("You run the instance", (line,), reverse("status"), "Status")
    page = reverse("operator")
    due = Handle.objects.filter(next_at__lte=Now()).aggregate(oldest=Min("next_at"))["oldest"]
    late = f"the oldest waits {words.duration(timezone.now() - due)}" if due else "nothing is due"
    dead = Q(state=MessageState.DEAD)
    lost = Mail.objects.filter(dead).count() + WebhookDelivery.objects.filter(dead).count()
    rows = list(PlatformConnection.objects.values_list("findings", flat=True))
    broken = sum(any(one.get("level") == "error" for one in found) for found in rows)
    told = f"{broken} lack something" if broken else "all kept what they promise at the last check"
    what = "1 platform" if len(rows) == 1 else f"{len(rows)} platforms"
    lines = (
        Line("server", what, told if rows else "connect the first", reverse("platforms")),
        Line("timer", "Grants", late, page),
        Line("mail", "Messages", f"{lost} given up" if lost else "none given up", page),
    )
    return Lead("You run the instance", lines, page, "Operator console")


def _who() -> str:
    return f"{reverse('settings')}#who"


def _waiting(actor: Actor) -> list[Line]:
    """Give what waits for the actor's answer; nothing for who answers no request."""
    if not reviews_for(actor):
        return []
    number = waiting_for(actor).count()
    text = f"{number} wait for your answer" if number != 1 else "1 waits for your answer"
    words_ = text if number else "none waits for your answer"
    return [Line("inbox", "Requests", words_, reverse("reviews"))]


_LEADS: Final = {"owner": _owner, "steward": _steward, "operator": _operator}
