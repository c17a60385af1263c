"""Why somebody has access to a port, or has not: from the person to the proof, step by step.

Only read, never written. It stands with the actions because the last step asks the policies in
the same way as a request does.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from django.db.models import Q

from catalog.models import DataProduct, OutputPort
from catalog.queries import port_or_404, visible_products
from governance.evaluate import judge
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, FieldProblem, Invalid, NotAllowed, NotFound
from marketplace.kernel.identity.current import actor_of_user
from marketplace.kernel.identity.models import User
from subscriptions.actions.requests import PURPOSES, Ask, consider
from subscriptions.consumers import choices_of
from subscriptions.models import AccessAgreement, AccessRequest
from subscriptions.permissions import may_explain
from subscriptions.queries import drift_of, names_of, own_side
from subscriptions.states import OPEN_REQUEST, AgreementState, GrantState, StageState

type Answer = Literal["yes", "coming", "unproven", "no"]
type StepState = Literal["ok", "wait", "no", "info"]

_USUAL_DAYS: Final = 90
_RANK: Final = ("active", "suspended", "pending", "failed", "ending")
_HEADLINES: Final[dict[Answer, str]] = {
    "yes": "{who} can read {what} now, and it is proven.",
    "coming": "{who} cannot read {what} yet.",
    "unproven": "Whether {who} can read {what} is not proven at this moment.",
    "no": "{who} cannot read {what}.",
}
# Only what was tried as the consumer is called proven.
_UNPROVEN: Final = {
    "simulated": "{who} can read {what} now, as the platform's own simulation says.",
    "reported": "{who} can read {what} now, as was reported; it was not proven.",
}
_HOW_ENDED: Final = {
    "revoked": "It was revoked.",
    "expired": "It ran out.",
    "terminated": "It was given back.",
    "superseded": "It was replaced.",
    "ending": "It is being taken away.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain. ``key`` names it; ``about`` is the id of what it speaks of, if any."""

    key: str
    state: StepState
    text: str
    at: datetime | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer for one person and port, with every step that leads to it."""

    person: User
    port: OutputPort
    answer: Answer
    headline: str
    steps: tuple[Step, ...]
    agreement: AccessAgreement | None
    request: AccessRequest | None


@dataclass(slots=True)
class _Chain:
    """What is known so far."""

    asker: Actor
    user: User
    actor: Actor
    port: OutputPort
    moment: datetime
    steps: list[Step] = field(default_factory=list)

    def add(
        self,
        key: str,
        state: StepState,
        text: str,
        *,
        at: datetime | None = None,
        about: object = "",
    ) -> None:
        self.steps.append(Step(key, state, text, at, str(about)))

    @property
    def who(self) -> str:
        return self.user.called

    def names(self, kind: str, key: str) -> str:
        """How a consumer is called in a sentence."""
        if kind == "user":
            return self.who
        return f"{kind.replace('_', ' ').capitalize()} {_named(kind, key)}"


def explain(
    asker: Actor, *, product: str, port: str, person: str, version: str = "", purpose: str = ""
) -> Explanation:
    """Walk from a person to the proof of their access to a port, and say each step in a sentence.

    Everybody may ask about themselves; about others the product's owners and oversight may.
    Raises NotFound for a port that is hidden from the asker, NotAllowed before it is looked
    whether the person exists, and Invalid for a person or purpose that there is not.
    """
    kept = AccessAgreement.objects.filter(own_side(asker), port__product__key=product).exists()
    found = port_or_404(asker, product, port, version or None, also=[product] if kept else [])
    if not may_explain(asker, person, found.product):
        raise NotAllowed(permission="may_explain")
    user = User.objects.select_related("sponsor").filter(username=person).first()
    if user is None:
        raise Invalid(FieldProblem("/person", "unknown-person", f"No account {person}."))
    if purpose and purpose not in PURPOSES:
        known = ", ".join(PURPOSES)
        raise Invalid(FieldProblem("/purpose", "unknown-purpose", f"Choose one of: {known}."))
    chain = _Chain(asker, user, actor_of_user(user), found, now())
    _of_person(chain)
    agreement = _of_agreement(chain)
    request = _of_request(chain, agreement)
    answer: Answer = "no"
    if agreement is not None:
        answer = _of_standing(chain, agreement)
    if answer == "no" and request is not None:
        answer = "coming"
    if answer in ("yes", "coming") and not user.is_active:
        answer = "no"
    if answer in ("no", "coming"):
        _of_policy(chain, purpose)
    what = f"{found.product.name}, port {found.name}"
    said = _HEADLINES[answer]
    if answer == "yes" and agreement is not None:
        said = _UNPROVEN.get(agreement.grant.evidence.get("level", ""), said)
    headline = said.format(who=user.called, what=what)
    return Explanation(user, found, answer, headline, tuple(chain.steps), agreement, request)


def _seat(team: str, role: str) -> str:
    """Say as what somebody is in a team."""
    said = {
        "member": f"member of {team}",
        "lead": f"lead of {team}",
        "product_owner": f"product owner of {team}",
        "data_steward": f"data steward of {team}",
        "domain_owner": f"domain owner of {team}",
        "caretaker": f"caretaker of {team}",
    }
    return said.get(role, f"{role.replace('_', ' ')} of {team}")


def _of_person(chain: _Chain) -> None:
    """The account, whether it may know of the product, and its teams."""
    user, product = chain.user, chain.port.product
    if user.is_active:
        kind = {"service": "a service", "agent": "an agent"}.get(user.kind, "a person")
        chain.add("person", "ok", f"{chain.who} is {kind} with an account that is active.")
    else:
        words = f"The account of {chain.who} was deactivated: nobody signs in with it."
        chain.add("person", "no", words)
    roles = dict(chain.actor.memberships)
    if roles:
        names = names_of(("team", team) for team in roles)
        listed = ", ".join(
            _seat(names.get(("team", team), team), role) for team, role in roles.items()
        )
        words = f"{chain.who} is in {len(roles)} teams: {listed}."
        if len(roles) == 1:
            words = f"{chain.who} is in one team: {listed}."
        chain.add("teams", "ok", words)
    else:
        chain.add("teams", "info", f"{chain.who} is in no team, so no team's access reaches them.")
    if product.owner_team.slug in chain.actor.teams:
        words = f"Team {product.owner_team.name} owns the product; that alone opens no data."
        chain.add("ownership", "info", words)
    sees = visible_products(chain.actor).filter(pk=product.pk).exists()
    if not sees:
        words = f"{product.name} is not offered to {chain.who} (scope {product.scope})."
        chain.add("visibility", "no", words)


def _of_agreement(chain: _Chain) -> AccessAgreement | None:
    """The agreement that reaches the person: a live one before one that is over."""
    rows = list(
        AccessAgreement.objects.select_related(
            "grant__handle", "port__platform", "port__product", "request"
        )
        .filter(own_side(chain.actor), port=chain.port)
        .order_by("-id")[:50]
    )
    if not rows:
        who = f"Neither {chain.who} nor a team of theirs ever" if chain.actor.teams else ""
        words = f"{who or f'{chain.who} never'} had an agreement on this port."
        chain.add("agreement", "no", words)
        return None
    live = sorted(
        (row for row in rows if row.state in _RANK), key=lambda row: _RANK.index(row.state)
    )
    row = live[0] if live else rows[0]
    holder = chain.names(row.consumer_kind, row.consumer_key)
    purpose = PURPOSES.get(row.purpose, row.purpose or "no purpose").lower()
    by = row.request.decided_by
    text = f"{holder} made an agreement for {purpose}."
    if row.request.decided_by_kind == "policy":
        text = f"{holder} made an agreement for {purpose}, approved by a policy."
    elif by:
        text = f"{holder} made an agreement for {purpose}, approved by {by}."
    if row.consumer_kind in ("team", "data_product"):
        text += f" It reaches {chain.who} as a member of the team."
    others = len({(one.consumer_kind, one.consumer_key) for one in live} - {_holder(row)})
    if others:
        text += (
            f" {others} more agreements on this port reach them, too."
            if others > 1
            else " 1 more agreement on this port reaches them, too."
        )
    state: StepState = "ok" if live else "no"
    chain.add("agreement", state, text, at=row.created_at, about=row.pk)
    return row


def _holder(row: AccessAgreement) -> tuple[str, str]:
    return row.consumer_kind, row.consumer_key


def _of_request(chain: _Chain, agreement: AccessAgreement | None) -> AccessRequest | None:
    """A request that waits for people, or the last that came to nothing."""
    if agreement is not None and agreement.state in _RANK:
        return None
    rows = (
        AccessRequest.objects.prefetch_related("stages")
        .filter(own_side(chain.actor) | Q(requester=chain.user.username), port=chain.port)
        .order_by("-id")
    )
    row = rows.filter(state__in=list(OPEN_REQUEST)).first()
    if row is not None:
        stages = [stage for stage in row.stages.all() if stage.state == StageState.OPEN]
        roles = " and the ".join(stage.role.replace("_", " ") for stage in stages)
        waits = f"the {roles}" if roles else "the asking side"
        words = f"Request {row.number} waits for {waits}."
        chain.add("request", "wait", words, at=row.created_at, about=row.pk)
        return row
    last = rows.filter(state__in=["rejected", "withdrawn", "lapsed"]).first()
    if last is not None and (agreement is None or last.pk > agreement.request_id):
        how = {"rejected": "was declined", "withdrawn": "was taken back"}.get(last.state, "lapsed")
        words = f"Request {last.number} {how}."
        if last.note:
            words = f"Request {last.number} {how}: {last.note}"
        chain.add("request", "no", words, at=last.decided_at)
    return None


def _of_standing(chain: _Chain, row: AccessAgreement) -> Answer:
    """Time, suspension, what stands on the platform, and the proof."""
    if row.state not in _RANK or row.state == AgreementState.ENDING:
        ended = _HOW_ENDED.get(row.state, f"It is {row.state}.")
        words = f"{ended} {row.end_reason}".strip()
        chain.add("time", "no", words, at=row.ended_at, about=row.pk)
        return _of_removal(chain, row)
    if row.end_at <= chain.moment:
        words = "The agreed time is over; the platform gives no rows after it."
        chain.add("time", "no", words, at=row.end_at)
        return _of_removal(chain, row)
    chain.add("time", "ok", f"It runs until {row.end_at:%Y-%m-%d %H:%M} UTC.", at=row.end_at)
    if row.state == AgreementState.SUSPENDED:
        why = row.suspend_reason or "no reason was given"
        chain.add("suspension", "no", f"It is suspended by {row.suspended_by}: {why}")
        return _of_removal(chain, row)
    return _of_grant(chain, row)


def _of_grant(chain: _Chain, row: AccessAgreement) -> Answer:
    grant = row.grant
    where = chain.port.platform.name if chain.port.platform else "its platform"
    proven = grant.state == GrantState.VERIFIED and row.state == AgreementState.ACTIVE
    if proven:
        chain.add("grant", "ok", f"The grant stands on {where}.", about=grant.pk)
    elif grant.state == GrantState.DRIFTED:
        what = drift_of(grant)
        words = f"It was changed by others on {where}: {what}"
        chain.add("grant", "no", words.strip(), about=grant.pk)
    elif grant.needs_human or row.state == AgreementState.FAILED:
        why = grant.diagnostics or grant.handle.waits_for or "no diagnosis was kept"
        chain.add("grant", "no", f"It could not be granted on {where}: {why}", about=grant.pk)
    else:
        waits = grant.handle.waits_for or grant.diagnostics
        why = f" It waits: {waits}" if waits else ""
        words = f"A worker is bringing it in step on {where}.{why}"
        chain.add("grant", "wait", words, about=grant.pk)
    _of_evidence(chain, row)
    if proven:
        return "yes"
    if grant.needs_human or row.state == AgreementState.FAILED:
        return "no"
    return "unproven" if row.state == AgreementState.ACTIVE else "coming"


def _of_removal(chain: _Chain, row: AccessAgreement) -> Answer:
    """Whether the refusal was proven: else access may remain, whatever was agreed."""
    grant = row.grant
    reported = grant.evidence.get("level") == "reported" if grant.evidence else False
    if grant.state == GrantState.VERIFIED_REMOVED:
        _of_evidence(chain, row)
        return "no"
    where = chain.port.platform.name if chain.port.platform else "the platform"
    if reported and not grant.revoke_unverified:
        words = f"A person answers for it that nothing stands on {where}; it was not proven."
        chain.add("grant", "wait", words, about=grant.pk)
        return "unproven"
    why = f" {grant.diagnostics}" if grant.diagnostics else ""
    words = f"The removal on {where} is not proven yet.{why}"
    chain.add("grant", "wait", words, about=grant.pk)
    return "unproven"


def _of_evidence(chain: _Chain, row: AccessAgreement) -> None:
    """What the last probe as the consumer found."""
    grant = row.grant
    evidence: dict[str, Any] = grant.evidence or {}
    if not evidence:
        chain.add("evidence", "wait", "Nothing was probed as the consumer so far.")
        return
    level = evidence.get("level", "proven")
    if level == "reported":
        done = bool(evidence.get("ok"))
        words = "It was reported done; nothing was tried as the consumer."
        if not done:
            words = "It was not reported done, and nothing was tried as the consumer."
        state: StepState = "info" if done else "no"
        chain.add("evidence", state, words, at=grant.last_verified_at, about=grant.pk)
        return
    wants = evidence.get("expected") == "access"
    good = bool(evidence.get("ok")) and bool(evidence.get("reads_back", True))
    found = (
        "read what was promised and was refused all else"
        if wants and good
        else "was refused"
        if good
        else "did not find what was expected"
    )
    words = f"The last probe as the consumer {found} ({level})."
    chain.add("evidence", "ok" if good else "no", words, at=grant.last_verified_at, about=grant.pk)


def _of_policy(chain: _Chain, purpose: str) -> None:
    """What policies would say if the person asked now, for their first team or themselves."""
    if not chain.user.is_active:
        return
    port = chain.port
    consumer = choices_of(chain.actor)[0]
    facts: dict[str, Any] = port.contract.facts if port.contract else {}
    allowed = list(facts.get("purposes", ()))
    wanted = purpose or (allowed[0] if allowed else "analytics")
    days = min(_USUAL_DAYS, facts.get("max_duration_days") or _USUAL_DAYS)
    ask = Ask(
        product=port.product.key,
        port=port.name,
        version=port.version_name,
        consumer_kind=consumer.kind,
        consumer_key=consumer.key,
        purpose=wanted,
        duration_days=days,
    )
    who, what = _for(chain, consumer.kind, consumer.key), PURPOSES[wanted].lower()
    try:
        verdict = judge(consider(chain.actor, ask).facts)
    except NotFound:
        chain.add("policy", "no", f"{chain.who} cannot ask: the product is not offered to them.")
        return
    except DomainError as refused:
        words = f"Asked for now by {who} ({what}, {days} days), it would be refused."
        chain.add("policy", "no", f"{words} {refused}")
        return
    why = " ".join(reason.text for reason in verdict.reasons[:2])
    said: dict[str, tuple[StepState, str]] = {
        "allow": ("ok", f"Asked for now by {who} ({what}, {days} days), it would be granted."),
        "review": ("wait", f"Asked for now by {who} ({what}, {days} days), people would decide."),
        "deny": ("no", f"Asked for now by {who} ({what}, {days} days), a policy would say no."),
    }
    state, words = said[verdict.outcome.value]
    chain.add("policy", state, f"{words} {why}".strip())


def _for(chain: _Chain, kind: str, key: str) -> str:
    if kind == "user":
        return chain.who if key == chain.user.username else _named(kind, key)
    name = _named(kind, key)
    said = {"team": f"team {name}", "data_product": f"product {name}"}
    return said.get(kind, f"application {name}")


def _named(kind: str, key: str) -> str:
    return names_of([(kind, key)]).get((kind, key), key)


def explainable(actor: Actor, product: DataProduct) -> bool:
    """Tell whether the actor may ask about others here: for pages that offer it."""
    return may_explain(actor, "", product)
