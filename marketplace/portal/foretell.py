"""Say what will happen before it is asked: the same policies, on the same facts, nothing kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from catalog.models import DataProduct, OutputPort, SchemaColumn
from catalog.queries import columns_of
from governance.evaluate import active_packs, judge
from governance.policies.base import AccessFacts, Outcome, Stage, Verdict
from governance.policies.pack import evaluate
from governance.policies.rules import class_rank
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, Invalid, NotFound
from marketplace.kernel.identity.models import User
from marketplace.kernel.web import words
from marketplace.portal.pages import words_of
from marketplace.portal.queries import Standing
from subscriptions.actions.requests import Ask, Considered, consider
from subscriptions.consumers import Consumer, choices_of
from subscriptions.models import AccessRequest, ApprovalStage
from subscriptions.notices import answerers_of, people_of_consumer
from subscriptions.queries import Wait, live_for, usual_provisioning, usual_wait
from subscriptions.states import OPEN_REQUEST

ROLES: Final = {
    "product_owner": "owner of the product",
    "data_steward": "data steward",
    "domain_owner": "owner of the domain",
    "privacy_officer": "data protection officer",
    "governance": "governance",
}
_CHECKS: Final = {Outcome.ALLOW: "ok", Outcome.REVIEW: "wait", Outcome.DENY: "no"}
_BADGES: Final = {
    Outcome.ALLOW: {"tone": "ok", "icon": "zap", "label": "Instant"},
    Outcome.REVIEW: {"tone": "warn", "icon": "users", "label": "Needs review"},
    Outcome.DENY: {"tone": "calm", "icon": "ban", "label": "Not for your team"},
}
_USUAL_DAYS: Final = 90
_NAMED: Final = 2


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a request would lead to. ``outcome`` is allow, review, deny or unknown."""

    outcome: str
    headline: str
    note: str = ""
    checks: tuple[dict[str, str], ...] = ()
    reviewers: tuple[dict[str, str], ...] = ()
    columns: tuple[SchemaColumn, ...] = ()
    until: datetime | None = None
    href: str = ""
    label: str = ""

    @property
    def button(self) -> str:
        """What the button says that sends the request."""
        return "Get access now" if self.outcome == "allow" else "Send request"


def foretell(actor: Actor, ask: Ask) -> Foretold:
    """Give what would happen to an ask, with who decides, how long it takes and what they get."""
    try:
        asked = consider(actor, ask)
    except NotFound:
        raise
    except Invalid as wrong:
        return Foretold("unknown", "Something is missing or wrong", str(wrong))
    except DomainError as refused:
        return Foretold("deny", refused.title, _detail(refused))
    return _double(asked) or _judged(asked, judge(asked.facts))


def _detail(refused: DomainError) -> str:
    return "" if str(refused) == refused.title else words_of(refused)


def _double(asked: Considered) -> Foretold | None:
    """Say when there is nothing to ask for: access stands, or an answer is awaited."""
    kind, key = asked.consumer.kind, asked.consumer.key
    held = live_for(asked.port, kind, key)
    if held is not None:
        ready = held.state == "active"
        return Foretold(
            "unknown",
            f"{asked.consumer.name} has access already" if ready else "Access is on its way",
            f"Until {words.day(held.end_at)}.",
            href=reverse("request_page", args=[held.request_id]),
            label="Show it",
        )
    waiting = AccessRequest.objects.filter(
        port=asked.port, consumer_kind=kind, consumer_key=key, state__in=list(OPEN_REQUEST)
    ).first()
    if waiting is None:
        return None
    return Foretold(
        "unknown",
        f"{asked.consumer.name} has asked already",
        f"Request {waiting.number} waits for an answer.",
        href=reverse("request_page", args=[waiting.pk]),
        label="Show it",
    )


def _judged(asked: Considered, verdict: Verdict) -> Foretold:
    checks = tuple(
        {"state": _CHECKS[reason.verdict], "title": reason.text, "rule": reason.rule}
        for reason in verdict.reasons
    )
    shown = [c for c in columns_of(asked.port) if not asked.columns or c.name in asked.columns]
    common = Foretold("", "", checks=checks, columns=tuple(shown), until=asked.until)
    if verdict.outcome == Outcome.ALLOW:
        headline, note = _soon(asked.port)
        return replace(common, outcome="allow", headline=headline, note=note)
    if verdict.outcome == Outcome.DENY:
        note = "Choose another purpose, time or port. Nothing is sent."
        return replace(common, outcome="deny", headline="A policy does not allow this", note=note)
    wait = usual_wait(asked.port)
    stages = verdict.stages or (Stage(role="product_owner", why="The owner decides."),)
    people = tuple(_reviewer(asked, stage, wait) for stage in stages)
    headline = (
        "One person reviews this" if len(stages) == 1 else f"{len(stages)} people review this"
    )
    return replace(
        common, outcome="review", headline=headline, note=_wait_note(wait), reviewers=people
    )


def _soon(port: OutputPort) -> tuple[str, str]:
    """Say how fast access comes, from what was measured on its platform."""
    seconds = usual_provisioning(port.platform_id)
    if seconds is None:
        return (
            "You will have access without a review",
            "How long granting takes on this platform was not measured yet.",
        )
    return (
        f"You will have access in about {words.duration(seconds)}",
        "The median of the last grants on this platform, from decision to proof.",
    )


def _wait_note(wait: Wait | None) -> str:
    if wait is None:
        return "How long an answer takes is not known: nobody decided on this product in 180 days."
    return f"An answer usually takes {words.duration(wait.median_seconds)} ({wait.basis})."


def _reviewer(asked: Considered, stage: Stage, wait: Wait | None) -> dict[str, str]:
    """Name who answers a stage; nobody of the asking side does."""
    product = asked.port.product
    ids = answerers_of(ApprovalStage(role=stage.role), product)
    ids -= people_of_consumer(asked.consumer.kind, asked.consumer.key)
    names = [user.called for user in User.objects.filter(pk__in=ids).order_by("pk")[: _NAMED + 1]]
    role = ROLES.get(stage.role, stage.role.replace("_", " "))
    shown = " or ".join(names[:_NAMED]) + (" or others" if len(names) > _NAMED else "")
    return {
        "name": shown or role.capitalize(),
        "role": f"{role}: {stage.why}",
        "wait": f"usually {words.about(wait.median_seconds)}" if wait else "",
    }


def badges(
    actor: Actor,
    product: DataProduct,
    ports: Sequence[OutputPort],
    columns: Mapping[int, Sequence[SchemaColumn]],
    standings: Mapping[int, Standing],
) -> dict[int, dict[str, str]]:
    """Say of each port what the reader has or would meet there, for their first team.

    Two statements for any number of ports. The drawer says it exactly, for what is filled in.
    """
    if not actor.signed_in:
        calm = {"tone": "calm", "icon": "", "label": "Sign in to ask"}
        return {port.pk: calm for port in ports}
    packs = active_packs()
    consumer = choices_of(actor)[0]
    found: dict[int, dict[str, str]] = {}
    for port in ports:
        standing = standings.get(port.pk, Standing())
        if standing.state == "granted":
            found[port.pk] = {"tone": "ok", "icon": "check", "label": "You have access"}
        elif standing.state == "pending":
            found[port.pk] = {"tone": "now", "icon": "clock", "label": "Pending"}
        elif not port.provisioned:
            found[port.pk] = {"tone": "calm", "icon": "info", "label": "Described only"}
        else:
            facts = _usual_facts(actor, product, port, columns.get(port.pk, ()), consumer)
            found[port.pk] = _BADGES[evaluate(facts, packs).outcome]
    return found


def _usual_facts(
    actor: Actor,
    product: DataProduct,
    port: OutputPort,
    columns: Sequence[SchemaColumn],
    consumer: Consumer,
) -> AccessFacts:
    """Assume a plain ask: the first allowed purpose, 90 days or what the contract allows."""
    contract: dict[str, Any] = port.contract.facts if port.contract else {}
    purposes = tuple(contract.get("purposes", ()))
    longest = contract.get("max_duration_days")
    personal = tuple(column.name for column in columns if column.personal_data)
    classes = [column.classification for column in columns] or [port.classification]
    return AccessFacts(
        product=product.key,
        port=port.name,
        product_domain=product.domain.slug,
        owner_team=product.owner_team.slug,
        classification=max(classes, key=class_rank),
        personal_data=bool(personal),
        personal_columns=personal,
        purpose=purposes[0] if purposes else "analytics",
        allowed_purposes=purposes,
        consumer_kind=consumer.kind,
        consumer_key=consumer.key,
        consumer_domain=consumer.domain,
        requester=actor.subject,
        same_domain=bool(consumer.domain) and consumer.domain == product.domain.slug,
        own_team=product.owner_team.slug == consumer.team,
        duration_days=min(_USUAL_DAYS, longest or _USUAL_DAYS),
        max_duration_days=longest,
        product_status=product.status,
        port_status=port.status,
        publication_scope=product.scope,
    )
