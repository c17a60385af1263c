"""What a reviewer has to know of a request: who, why, what they would see, and what follows."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

from catalog.models import DataProduct, PortProfile
from catalog.queries import columns_of, graph, visible_products
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.models import User
from marketplace.kernel.web import states
from marketplace.portal.foretell import ROLES
from marketplace.portal.owner_queries import called, record_of
from marketplace.portal.rows import hue_class
from subscriptions import consumers
from subscriptions.actions.lesser_ports import lesser_ports
from subscriptions.actions.openings import digest_of_plan
from subscriptions.actions.requests import PURPOSES
from subscriptions.consumers import Consumer
from subscriptions.models import AccessAgreement, AccessRequest, ApprovalStage
from subscriptions.notices import answerers_of, people_of_consumer
from subscriptions.permissions import (
    OVERSIGHT,
    answers_stage,
    may_decide,
    owns,
    speaks_for,
)
from subscriptions.provisioning import variant_for
from subscriptions.queries import open_stage_for, usual_provisioning, usual_wait
from subscriptions.states import LIVE_AGREEMENT, RequestState, StageState

_STAGE_CHECKS: Final = {
    StageState.APPROVED: "ok",
    StageState.REJECTED: "no",
    StageState.OPEN: "wait",
    StageState.WAITING: "wait",
}
_VERDICT_CHECKS: Final = {"allow": "ok", "review": "wait", "deny": "no"}
_FLOW_LIMIT: Final = 12
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """One column: what the consumer reads of it today, and what this request would add."""

    name: str
    classification: str
    personal_data: bool
    today: str
    then: str
    new: bool


def reviewed(actor: Actor, request: AccessRequest) -> dict[str, Any]:
    """Give all that the page of a review shows to this reader."""
    consumer = consumers.remembered(request.consumer_kind, request.consumer_key)
    product = request.port.product
    stages = list(request.stages.all())
    comments = list(request.comments.all())
    names = called(
        [
            request.requester,
            request.decided_by,
            *(stage.decided_by for stage in stages),
            *(comment.author for comment in comments),
        ]
    )
    stage = open_stage_for(actor, request)
    open_now = request.state == RequestState.IN_REVIEW
    decides = open_now and may_decide(actor, request, stage, consumer)
    columns = what_they_see(request)
    return {
        "asked": request,
        "product": product,
        "consumer": consumer,
        "hue_class": hue_class(product.domain.hue),
        "requester": names.get(request.requester, request.requester),
        "purpose": PURPOSES.get(request.purpose, request.purpose),
        "purpose_basis": _purpose_basis(request),
        "columns": columns,
        "new_columns": sum(one.new for one in columns),
        "rows": _rows_of(request),
        "filters": [_filter_words(one) for one in request.port.row_filters],
        "verdict": states.look("verdict", request.decision.outcome),
        "reasons": [
            {
                "state": _VERDICT_CHECKS.get(one.get("verdict", ""), "info"),
                "title": one["text"],
                "rule": f"{one.get('pack', '')}/{one['rule']}".lstrip("/"),
            }
            for one in request.decision.reasons
        ],
        "stages": [_stage(one, request, consumer, names) for one in stages],
        "flows": flows(actor, consumer),
        "record": record_of(request),
        "comments": [
            {"name": names.get(c.author, c.author), "text": c.text, "at": c.at} for c in comments
        ],
        "decides": decides,
        "decides_as": ROLES.get(stage.role, stage.role) if decides and stage else "",
        "why_not": "" if decides else why_not(actor, request, stage, consumer),
        "sees_plan": sees_plan(actor, request),
        "plan_digest": digest_of_plan(request) if decides else "",
        "lesser": lesser_ports(request) if decides else [],
        "offer": request.snapshot.get("counter") if request.state == "countered" else None,
        "last_stage": sum(one.state == StageState.OPEN for one in stages) == 1,
        "usual": usual_provisioning(request.port.platform_id),
        "wait": usual_wait(request.port) if open_now else None,
    }


def _rows_of(request: AccessRequest) -> PortProfile | None:
    """Give the measured number of rows of the port, with its basis; None when nobody counted."""
    return PortProfile.objects.filter(port=request.port, rows__isnull=False).first()


def what_they_see(request: AccessRequest) -> list[Seen]:
    """Compare, column by column, what the consumer reads today with what was asked for."""
    port = request.port
    held = AccessAgreement.objects.select_related("port__contract", "grant__handle__port").filter(
        port__product_id=port.product_id,
        consumer_kind=request.consumer_kind,
        consumer_key=request.consumer_key,
        state__in=list(LIVE_AGREEMENT),
    )
    today: dict[str, str] = {}
    for agreement in held.exclude(request=request):
        agreement.grant.handle.port.product = port.product
        for name in variant_for(agreement.grant.handle).columns:
            today.setdefault(name, agreement.port.name)
    asked = set(request.snapshot.get("columns", ()))
    return [
        Seen(
            name=column.name,
            classification=column.classification,
            personal_data=column.personal_data,
            today=f"port {today[column.name]}" if column.name in today else "",
            then=_then(included=column.name in asked, held=column.name in today),
            new=column.name in asked and column.name not in today,
        )
        for column in columns_of(port)
    ]


def _then(*, included: bool, held: bool) -> str:
    if not included:
        return "as today" if held else "not asked for"
    return gettext_noop("unchanged") if held else gettext_noop("visible")


def flows(actor: Actor, consumer: Consumer) -> list[dict[str, Any]]:
    """Name where the data could go on to: what reads this consumer, and the products it makes."""
    kind = "product" if consumer.kind == "data_product" else consumer.kind
    found: dict[str, dict[str, Any]] = {}
    try:
        nodes = graph(actor, f"{kind}/{consumer.key}", up=0, down=2, limit=_FLOW_LIMIT + 1).nodes
    except NotFound:
        nodes = ()
    for node in nodes:
        if node.level > 0:
            how = "reads it" if node.level == 1 else f"{node.level} steps on"
            found[node.id] = _flow(node.name, node.product, node.hue, f"{how}, by lineage")
    for product in _made_by(actor, consumer):
        found.setdefault(
            f"product/{product.key}",
            _flow(product.name, product.key, product.domain.hue, f"made by {consumer.name}"),
        )
    return list(found.values())[:_FLOW_LIMIT]


def _flow(name: str, product: str | None, hue: int | None, how: str) -> dict[str, Any]:
    return {"name": name, "product": product, "hue_class": hue_class(hue), "how": how}


def _made_by(actor: Actor, consumer: Consumer) -> list[DataProduct]:
    """The products of the consumer's team; one product goes nowhere but where lineage says."""
    if not consumer.team or consumer.kind == "data_product":
        return []
    rows = visible_products(actor).filter(owner_team__slug=consumer.team).exclude(status="retired")
    return list(rows.order_by("name")[:_FLOW_LIMIT])


def sees_plan(actor: Actor, request: AccessRequest) -> bool:
    """Statements show a platform from inside: for owners, who co-signs, and oversight."""
    product = request.port.product
    return (
        owns(actor, product)
        or actor.holds(*OVERSIGHT)
        or any(answers_stage(actor, stage, product) for stage in request.stages.all())
    )


def why_not(
    actor: Actor, request: AccessRequest, stage: ApprovalStage | None, consumer: Consumer
) -> str:
    """Say in a sentence why this reader cannot decide."""
    if request.state != RequestState.IN_REVIEW:
        look = states.look("request", request.state)
        return f"Nothing to decide now: {look.label.lower()}."
    if actor.subject == request.requester:
        return "You asked for this yourself; somebody else has to decide."
    if speaks_for(actor, consumer):
        return f"You would get this access as a part of {consumer.name}; others have to decide."
    if actor.kind != "user":
        return "Programs do not decide; a person does."
    if stage is None:
        answered = request.stages.filter(decided_by=actor.subject).exists()
        if answered:
            return "You have answered; the others still have to."
        return "You are not one of those who answer; they are named beside this."
    return "Your token does not reach this far."


def _purpose_basis(request: AccessRequest) -> str:
    """Say whether the contract lists the purpose."""
    contract = request.contract
    if contract is None:
        return "the port has no contract"
    listed = contract.facts.get("purposes") or []
    name = f"contract {contract.version_name}"
    if not listed:
        return f"{name} lists no purposes"
    return f"allowed by {name}" if request.purpose in listed else f"not on the list of {name}"


def _filter_words(one: dict[str, Any]) -> str:
    value = one.get("value")
    shown = ", ".join(map(str, value)) if isinstance(value, list) else value
    return f"{one['column']} {one['op']} {shown if shown is not None else ''}".strip()


def _stage(
    stage: ApprovalStage, request: AccessRequest, consumer: Consumer, names: dict[str, str]
) -> dict[str, Any]:
    """Give one answer that is needed: from which role, by whom it can be given or was."""
    role = ROLES.get(stage.role, stage.role.replace("_", " "))
    if stage.decided_by:
        verb = "approved" if stage.state == StageState.APPROVED else "declined"
        who = f"{names.get(stage.decided_by, stage.decided_by)} {verb}"
        who += f": {stage.note}" if stage.note else ""
    elif stage.state == StageState.SKIPPED:
        who = "not asked any more"
    else:
        who = _who_may(stage, request.port.product, consumer)
    return {
        "state": _STAGE_CHECKS.get(StageState(stage.state), "info"),
        "title": role.capitalize(),
        "detail": f"{who}. {stage.why}",
    }


def _who_may(stage: ApprovalStage, product: DataProduct, consumer: Consumer) -> str:
    ids = answerers_of(stage, product) - people_of_consumer(consumer.kind, consumer.key)
    people = [user.called for user in User.objects.filter(pk__in=ids).order_by("pk")[: _NAMED + 1]]
    if not people:
        return "Nobody holds this role now"
    named = gettext(" or ").join(people[:_NAMED])
    if len(people) > _NAMED:
        return f"Waits for {named} or others"
    return f"Waits for {named}"
