"""Ask for data that nobody offers, agree that it is needed, promise it, answer it."""

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import F

from catalog.actions.limits import fits
from catalog.events import (
    AskAnswered,
    AskClaimed,
    AskClosed,
    AskOpened,
    AskReleased,
    AskVoted,
)
from catalog.models import Ask, AskVote, Domain
from catalog.permissions import may_answer_ask, may_ask, may_claim, may_close_ask
from catalog.queries import product_or_404
from catalog.queries.asks import ask_or_404
from catalog.states import ASK
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.events.log import record
from marketplace.kernel.identity.models import Team

MOST_COLUMNS: Final = 30
LONGEST_TEXT: Final = 2000


@action
def ask(
    actor: Actor,
    *,
    title: str,
    text: str = "",
    columns: Sequence[str] = (),
    query: str = "",
    domain: str = "",
) -> Ask:
    """Ask for data; the first vote is the author's."""
    require(actor, may_ask)
    wanted = Ask(
        title=title.strip(),
        text=text.strip(),
        columns=list(dict.fromkeys(name.strip() for name in columns if name.strip())),
        query=query.strip(),
        author=actor.subject,
        votes=1,
    )
    _check(wanted)
    if domain:
        wanted.domain = Domain.objects.select_related("owner_team").filter(slug=domain).first()
        if wanted.domain is None:
            raise Invalid(FieldProblem("/domain", "unknown-domain", f"No domain {domain}."))
    wanted.save()
    AskVote.objects.create(ask=wanted, user_id=actor.user_id)
    record(_about(wanted, AskOpened, domain=domain))
    return wanted


@action
def vote(actor: Actor, *, ask_id: Any) -> Ask:
    """Say that one needs it too, and hear of the outcome. Doing it twice changes nothing."""
    require(actor, may_ask)
    row = ask_or_404(actor, ask_id, lock=True)
    _, new = AskVote.objects.get_or_create(ask=row, user_id=actor.user_id)
    return _counted(row, int(new))


@action
def unvote(actor: Actor, *, ask_id: Any) -> Ask:
    """Take one's vote back."""
    require(actor, may_ask)
    row = ask_or_404(actor, ask_id, lock=True)
    gone, _ = AskVote.objects.filter(ask=row, user_id=actor.user_id).delete()
    return _counted(row, -gone)


@action
def claim(actor: Actor, *, ask_id: Any, team: str) -> Ask:
    """Promise an answer in a team's name."""
    require(actor, may_claim, team)
    row = ask_or_404(actor, ask_id, lock=True)
    found = Team.objects.filter(slug=team).first()
    if found is None:
        raise Invalid(FieldProblem("/team", "unknown-team", f"There is no team {team}."))
    row.state = ASK.after("claim", row.state)
    row.team, row.claimed_at = found, now()
    _save(row)
    record(_about(row, AskClaimed, team=team))
    return row


@action
def release(actor: Actor, *, ask_id: Any) -> Ask:
    """Give a promise back, so that others may take it."""
    row = ask_or_404(actor, ask_id, lock=True)
    team = row.team.slug if row.team else ""
    require(actor, may_claim, team)
    row.state = ASK.after("release", row.state)
    row.team, row.claimed_at = None, None
    _save(row)
    record(_about(row, AskReleased, team=team))
    return row


@action
def answer(actor: Actor, *, ask_id: Any, product: str, note: str = "") -> Ask:
    """Answer with a product; everybody who voted hears of it."""
    row = ask_or_404(actor, ask_id, lock=True)
    given = product_or_404(actor, product)
    require(actor, may_answer_ask, given, row)
    row.state = ASK.after("answer", row.state)
    row.product, row.outcome, row.ended_at = given, note.strip(), now()
    _check(row)
    _save(row)
    record(_about(row, AskAnswered, note=row.outcome))
    return row


@action
def close(actor: Actor, *, ask_id: Any, note: str) -> Ask:
    """Say that it will not be answered, and why."""
    row = ask_or_404(actor, ask_id, lock=True)
    require(actor, may_close_ask, row)
    if not note.strip():
        raise Invalid(FieldProblem("/note", "required", "Say why: those who voted will read it."))
    row.state = ASK.after("close", row.state)
    row.outcome, row.ended_at = note.strip(), now()
    _check(row)
    _save(row)
    record(_about(row, AskClosed, note=row.outcome))
    return row


@action
def reopen(actor: Actor, *, ask_id: Any) -> Ask:
    """Ask again for what was closed."""
    row = ask_or_404(actor, ask_id, lock=True)
    require(actor, may_close_ask, row)
    row.state = ASK.after("reopen", row.state)
    row.team, row.claimed_at, row.ended_at, row.outcome = None, None, None, ""
    _save(row)
    record(_about(row, AskOpened, domain=row.domain.slug if row.domain else ""))
    return row


def _counted(row: Ask, by: int) -> Ask:
    if by:
        Ask.objects.filter(pk=row.pk).update(votes=F("votes") + by)
        row.votes += by
    record(_about(row, AskVoted, votes=row.votes))
    return row


def _save(row: Ask) -> None:
    row.version += 1
    row.save()


def _about[E: (AskOpened, AskVoted, AskClaimed, AskReleased, AskAnswered, AskClosed)](
    row: Ask, kind: type[E], **more: Any
) -> E:
    """Give an event that the author, the claiming team and the domain's owners may read."""
    readers = [f"user:{row.author}"]
    if row.team:
        readers.append(row.team.slug)
    if row.domain:
        readers.append(row.domain.owner_team.slug)
    return kind(
        subject=f"ask/{row.pk}",
        product=row.product.key if row.product else "",
        teams=tuple(readers),
        ask_id=str(row.pk),
        title=row.title,
        **more,
    )


def _check(row: Ask) -> None:
    problems = []
    if not row.title:
        problems.append(FieldProblem("/title", "required", "Say in a few words what is missing."))
    if len(row.columns) > MOST_COLUMNS:
        words = f"At most {MOST_COLUMNS} fields."
        problems.append(FieldProblem("/columns", "too-many", words))
    texts = {"title": row.title, "text": row.text, "query": row.query, "note": row.outcome}
    texts |= {f"columns/{index}": name for index, name in enumerate(row.columns)}
    for name, words in texts.items():
        if any(not char.isprintable() and char not in "\n\r\t" for char in words):
            text = "This has a character that is no text."
            problems.append(FieldProblem(f"/{name}", "control-character", text))
        if len(words) > LONGEST_TEXT:
            text = f"At most {LONGEST_TEXT} characters."
            problems.append(FieldProblem(f"/{name}", "too-long", text))
    if problems:
        raise Invalid(*problems)
    fits(row, "")
