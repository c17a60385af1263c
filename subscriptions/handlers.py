"""What follows from events. Each handler is safe to repeat."""

from datetime import timedelta

from catalog.actions.lineage import draw_granted, erase_granted
from catalog.actions.products import set_standing
from catalog.actions.saved_queries import count_run
from catalog.compatibility.difference import Difference, verdict_for
from catalog.events import (
    ChangeProposed,
    ChangeReleased,
    ContractReleased,
    IncidentOpened,
    IncidentResolved,
    IncidentUpdated,
    PlatformReported,
    ProductDeprecated,
    ProductRetired,
)
from catalog.models import ChangeProposal, DataProduct, Incident, SavedQuery
from governance.handlers import bring_in_step
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import ImpossibleMove
from marketplace.kernel.events.log import DomainEvent, Envelope, on, on_every, superseded
from subscriptions import consumers, notices
from subscriptions.actions.agreements import revoke
from subscriptions.actions.census import close_adoption
from subscriptions.actions.grants import out_of_step, reshape
from subscriptions.actions.notices import tell
from subscriptions.actions.reported import look_again
from subscriptions.actions.webhooks import fan_out, has_webhooks
from subscriptions.events import (
    AgreementActivated,
    AgreementExpired,
    AgreementExpiring,
    AgreementRevoked,
    AgreementShortened,
    AgreementTerminated,
    ConsumersMessaged,
    DriftFound,
    GrantFailed,
    QueryEnded,
    RequestCountered,
    RequestRejected,
    RequestReopened,
    RequestReturned,
    RequestSentBack,
    RequestSubmitted,
)
from subscriptions.funnel.daily import keep_journey
from subscriptions.models import AccessAgreement, AccessRequest, DriftFinding
from subscriptions.notices import Draft
from subscriptions.queries import affected_by, consumer_count, live

NOTICE_DAYS = {"MAJOR": 30, "MINOR": 0, "PATCH": 0}


@on(RequestSubmitted)
def tell_owner(event: RequestSubmitted) -> None:
    """Whoever may answer hears that a request waits."""
    request = _request(event.request_id)
    if event.outcome != "review":
        return
    consumer = consumers.remembered(request.consumer_kind, request.consumer_key)
    product = request.port.product
    people: set[int] = set()
    for stage in request.stages.all():
        people |= notices.answerers_of(stage, product)
    people -= notices.people_of_consumer(request.consumer_kind, request.consumer_key)
    tell(
        SYSTEM,
        draft=Draft(
            "REVIEW_WANTED",
            f"{consumer.name} asks for {product.name}, port {request.port.name}",
            request.purpose_text or "No words were added.",
            f"/owner/reviews/{request.pk}",
            f"review-{request.pk}-{request.digest[:12]}",
            product=product,
            request=request,
        ),
        people=people,
    )


@on(RequestReopened)
def tell_reopened(event: RequestReopened) -> None:
    """Whoever may answer hears that an approved request came back, and why; the asker, too."""
    request = _request(event.request_id)
    product = request.port.product
    people: set[int] = set()
    for stage in request.stages.all():
        people |= notices.answerers_of(stage, product)
    people -= notices.people_of_consumer(request.consumer_kind, request.consumer_key)
    tell(
        SYSTEM,
        draft=Draft(
            "REVIEW_WANTED",
            f"Request {request.number} came back: {product.name}, port {request.port.name}",
            event.reason,
            f"/owner/reviews/{request.pk}",
            f"reopened-{request.pk}-{request.reopened}",
            severity="warning",
            product=product,
            request=request,
        ),
        people=people,
    )
    how = f"came-back-{request.reopened}"
    _tell_asker(event.request_id, "REQUEST_RETURNED", "Back in review", event.reason, how)


@on(RequestSentBack)
def tell_sent_back(event: RequestSentBack) -> None:
    """The asking side hears what should be changed, because it could not be granted."""
    _tell_asker(event.request_id, "REQUEST_RETURNED", "Please change", event.note, "sent-back")


@on(DriftFound)
def tell_of_drift(event: DriftFound) -> None:
    """Owners hear of what others did to their platform, once for each finding that is open."""
    found = (
        DriftFinding.objects.select_related("handle__port__product__owner_team")
        .filter(pk=event.finding_id)
        .first()
    )
    if found is None or found.state == "healed":
        return
    product = found.handle.port.product
    tell(
        SYSTEM,
        draft=Draft(
            "DRIFT_FOUND",
            f"{product.name}: {found.kind} access on port {found.handle.port.name}",
            found.what,
            "/drift",
            f"drift-{found.pk}",
            severity="warning",
            product=product,
        ),
        people=notices.owners_of(product),
    )


@on(RequestRejected)
def refuse_found(event: RequestRejected) -> None:
    """Access that was found and is refused after the fact is taken away where it is ours."""
    if _request(event.request_id).kind == "retro":
        close_adoption(SYSTEM, request_id=event.request_id)


@on(RequestRejected)
def tell_rejected(event: RequestRejected) -> None:
    """The asking side hears no, and why."""
    _tell_asker(event.request_id, "REQUEST_DECLINED", "Declined", event.note, "rejected")


@on(RequestReturned)
def tell_returned(event: RequestReturned) -> None:
    """The asking side hears what should be changed."""
    _tell_asker(event.request_id, "REQUEST_RETURNED", "Please change", event.note, "returned")


@on(RequestCountered)
def tell_countered(event: RequestCountered) -> None:
    """The asking side hears what is offered instead."""
    _tell_asker(event.request_id, "REQUEST_COUNTERED", "An offer for", event.note, "countered")


@on(AgreementActivated)
def tell_consumer(event: AgreementActivated) -> None:
    """Both the requester and the team hear that access is proven, with a way to start."""
    agreement = _agreement(event.agreement_id)
    product = agreement.port.product
    tell(
        SYSTEM,
        draft=Draft(
            "ACCESS_GRANTED",
            f"{product.name}: port {agreement.port.name} is ready",
            f"Access was granted and {event.evidence} until {agreement.end_at:%Y-%m-%d %H:%M} UTC. "
            f"Read it as {agreement.port.relation}.",
            f"/lab?agreement={agreement.pk}",
            f"active-{agreement.pk}-{agreement.version}",
            product=product,
            agreement=agreement,
            request=agreement.request,
        ),
        people=_asking_side(agreement),
    )


@on(AgreementActivated)
def draw_lineage(event: AgreementActivated) -> None:
    """Proven access draws the consumer into the graph."""
    agreement = _agreement(event.agreement_id)
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    draw_granted(
        SYSTEM,
        product_key=agreement.port.product.key,
        kind=consumer.kind,
        key=consumer.key,
        name=consumer.name,
        reason=f"agreement {agreement.pk}",
    )


@on(AgreementActivated, late=True)
@on(AgreementRevoked, late=True)
@on(AgreementExpired, late=True)
@on(AgreementTerminated, late=True)
def count_consumers(event: DomainEvent) -> None:
    """Count a product's consumers and proofs anew; the last of several events does it for all."""
    if superseded(event.product):
        return
    product = DataProduct.objects.get(key=event.product)
    set_standing(SYSTEM, key=product.key, consumers=consumer_count(product))
    held = live(AccessAgreement.objects.filter(port__product=product))
    proven = held.filter(grant__state="verified", grant__evidence__level="proven").count()
    bring_in_step(product.key, grants=held.count(), grants_proven=proven)


@on(AgreementRevoked)
def after_revoke(event: AgreementRevoked) -> None:
    """The consumer hears that access ended, why, and how to ask again."""
    _tell_ended(event.agreement_id, "revoked", event.reason)


@on(AgreementExpired)
def after_expiry(event: AgreementExpired) -> None:
    """The consumer hears that the time is over."""
    _tell_ended(event.agreement_id, "expired", event.reason)


@on(AgreementTerminated)
def after_give_back(event: AgreementTerminated) -> None:
    """The consumer's side hears that access was given back."""
    _tell_ended(event.agreement_id, "given back", event.reason)


@on(AgreementExpiring)
def tell_expiring(event: AgreementExpiring) -> None:
    """The consumer hears that the end is near."""
    agreement = _agreement(event.agreement_id)
    days = "1 day" if event.days == 1 else f"{event.days} days"
    tell(
        SYSTEM,
        draft=Draft(
            "ACCESS_EXPIRING",
            f"{agreement.port.product.name}: access ends in {days}",
            f"It ends on {agreement.end_at:%Y-%m-%d %H:%M} UTC. Renew it when it is still needed.",
            "/access",
            f"expiring-{agreement.pk}-{agreement.end_at:%Y%m%d}-{event.days}",
            product=agreement.port.product,
            agreement=agreement,
        ),
        people=_asking_side(agreement),
    )


@on(AgreementShortened)
def tell_shortened(event: AgreementShortened) -> None:
    """The consumer hears at once that the end is nearer, when, and why."""
    agreement = _agreement(event.agreement_id)
    product = agreement.port.product
    tell(
        SYSTEM,
        draft=Draft(
            "ACCESS_EXPIRING",
            f"{product.name}: access to port {agreement.port.name} ends sooner",
            f"It ends on {agreement.end_at:%Y-%m-%d %H:%M} UTC. {event.reason}",
            f"/requests/{agreement.request_id}",
            f"shortened-{agreement.pk}-{agreement.end_at:%Y%m%d%H%M}",
            severity="warning",
            product=product,
            agreement=agreement,
        ),
        people=_asking_side(agreement),
    )


@on(ConsumersMessaged)
def tell_message(event: ConsumersMessaged) -> None:
    """Everybody who speaks for one of the consumers reads the owner's words once."""
    product = DataProduct.objects.select_related("owner_team").get(key=event.product)
    people: set[int] = set()
    for agreement in AccessAgreement.objects.filter(pk__in=event.agreements):
        people |= notices.people_of_consumer(agreement.consumer_kind, agreement.consumer_key)
    tell(
        SYSTEM,
        draft=Draft(
            "OWNER_MESSAGE",
            f"{product.name}: {event.title}",
            event.text,
            f"/products/{product.key}",
            f"message-{event.message_id}",
            product=product,
        ),
        people=people,
    )


@on(GrantFailed)
def tell_operator(event: GrantFailed) -> None:
    """Owners and requester hear when a person has to look; the first failures heal themselves."""
    if not event.needs_human:
        return
    agreement = _agreement(event.agreement_id)
    product = agreement.port.product
    tell(
        SYSTEM,
        draft=Draft(
            "GRANT_FAILED",
            f"{product.name}: access could not be proven",
            event.what,
            f"/requests/{agreement.request_id}",
            f"failed-{agreement.pk}-{agreement.version}",
            severity="warning",
            product=product,
            agreement=agreement,
        ),
        people=_asking_side(agreement) | notices.owners_of(product),
    )


@on(ChangeProposed)
def tell_affected(event: ChangeProposed) -> None:
    """Exactly those whose access follows the contract hear of its change, and may answer."""
    change = ChangeProposal.objects.select_related(
        "contract__product__owner_team", "contract__product__domain"
    ).get(pk=event.change_id)
    affected = list(affected_by(change.contract.key))
    found = [Difference(**item) for item in change.differences]
    ask = [(a, verdict_for(found, set(a.slice.get("columns", ())) or None)) for a in affected]
    people: set[int] = set()
    for agreement in affected:
        people |= notices.people_of_consumer(agreement.consumer_kind, agreement.consumer_key)
    major = change.impact == "MAJOR"
    product = change.contract.product
    if not major:
        people |= notices.followers_of(product)
    deadline = change.effective_at or change.created_at + timedelta(days=NOTICE_DAYS["MAJOR"])
    tell(
        SYSTEM,
        draft=Draft(
            "BREAKING_CHANGE" if major else "SCHEMA_CHANGE",
            f"{product.name} will change: {change.contract.key} {change.to_version}",
            "\n".join(item["sentence"] for item in change.differences) or change.note,
            f"/changes/{change.pk}",
            f"change-{change.pk}",
            severity="warning" if major else "info",
            product=product,
            change=change,
            details={"differences": change.differences, "impact": change.impact},
            ack_deadline=deadline if major else None,
            effective_at=change.effective_at,
        ),
        people=people,
        ask=ask if major else (),
    )


@on(ChangeReleased)
def tell_released(event: ChangeReleased) -> None:
    """The same people hear when a change is in force."""
    change = ChangeProposal.objects.select_related(
        "contract__product__owner_team", "contract__product__domain"
    ).get(pk=event.change_id)
    people: set[int] = set(notices.followers_of(change.contract.product))
    for agreement in affected_by(change.contract.key):
        people |= notices.people_of_consumer(agreement.consumer_kind, agreement.consumer_key)
    tell(
        SYSTEM,
        draft=Draft(
            "DATA_UPDATE" if event.impact != "MAJOR" else "BREAKING_CHANGE",
            f"{change.contract.product.name}: {change.contract.key} is {change.to_version} now",
            "\n".join(item["sentence"] for item in change.differences),
            f"/changes/{change.pk}",
            f"released-{change.pk}",
            product=change.contract.product,
            change=change,
        ),
        people=people,
    )


@on(ContractReleased)
def reshape_ports(event: ContractReleased) -> None:
    """What is published follows the contract in force."""
    for handle_id in out_of_step(event.contract):
        reshape(SYSTEM, handle_id=handle_id)


@on(PlatformReported)
def prove_reported(event: PlatformReported) -> None:
    """What others carried out is read back now, not at the next census."""
    look_again(event.handle)


@on(ProductDeprecated)
def tell_deprecated(event: ProductDeprecated) -> None:
    """Consumers and followers hear that a product should be left."""
    _tell_all(event.product, "DEPRECATION", "is deprecated", event.reason)


@on(ProductRetired)
def end_with_product(event: ProductRetired) -> None:
    """A retired product gives no access: its agreements are revoked, and everybody hears."""
    _tell_all(event.product, "SUNSET", "is retired", event.reason)
    for agreement in live(AccessAgreement.objects.filter(port__product__key=event.product)):
        try:
            revoke(SYSTEM, agreement_id=agreement.pk, reason="The product is retired.")
        except ImpossibleMove:
            continue  # it is ending already


@on(AgreementActivated)
@on(QueryEnded)
def keep_the_journey(event: AgreementActivated | QueryEnded) -> None:
    """The way from the search to the first rows is kept, as far as it has come."""
    if isinstance(event, AgreementActivated) or event.first:
        keep_journey(event.agreement_id)


@on(IncidentOpened)
def tell_incident(event: IncidentOpened) -> None:
    """Consumers of the ports that are hit, and followers, hear that something is wrong."""
    _tell_incident(event.incident_id, event.title, event.text, "opened")


@on(IncidentUpdated)
def tell_incident_update(event: IncidentUpdated) -> None:
    """The same people hear how it goes on."""
    words = "mended, being watched" if event.state == "monitoring" else "still open"
    _tell_incident(event.incident_id, f"{event.title}: {words}", event.text, f"u{event.update}")


@on(IncidentResolved)
def tell_incident_over(event: IncidentResolved) -> None:
    """The same people hear that it is over, and why it was."""
    text = f"{event.text}\n\nCause: {event.cause}" if event.cause else event.text
    _tell_incident(event.incident_id, f"Resolved: {event.title}", text, "resolved")


@on(QueryEnded)
def count_the_query(event: QueryEnded) -> None:
    """A saved query that gave rows counts towards the popular ones."""
    kept = event.query_id or 0
    if event.state == "done" and SavedQuery.objects.filter(pk=kept).exists():
        count_run(SYSTEM, query_id=kept)


@on_every(wanted=has_webhooks)
def to_webhooks(envelope: Envelope) -> None:
    """Every event goes to the webhooks whose owners may read it."""
    fan_out(envelope)


def _tell_incident(incident_id: str, title: str, text: str, which: str) -> None:
    incident = Incident.objects.select_related("product__owner_team", "product__domain").get(
        pk=incident_id
    )
    product = incident.product
    held = live(AccessAgreement.objects.filter(port__product=product))
    if incident.ports:
        held = held.filter(port__name__in=incident.ports)
    people = set(notices.followers_of(product))
    for agreement in held:
        people |= notices.people_of_consumer(agreement.consumer_kind, agreement.consumer_key)
    tell(
        SYSTEM,
        draft=Draft(
            "INCIDENT",
            f"{product.name}: {title}",
            text,
            f"/products/{product.key}/quality#incident-{incident.pk}",
            f"incident-{incident.pk}-{which}",
            severity="info" if incident.severity == "minor" or which == "resolved" else "warning",
            product=product,
            details={"incident": str(incident.pk), "ports": incident.ports},
        ),
        people=people,
    )


def _tell_ended(agreement_id: str, how: str, reason: str) -> None:
    agreement = _agreement(agreement_id)
    product = agreement.port.product
    others = live(
        AccessAgreement.objects.filter(
            port__product=product,
            consumer_kind=agreement.consumer_kind,
            consumer_key=agreement.consumer_key,
        )
    )
    if not others.exists():
        erase_granted(
            SYSTEM,
            product_key=product.key,
            kind=agreement.consumer_kind,
            key=agreement.consumer_key,
        )
    tell(
        SYSTEM,
        draft=Draft(
            "ACCESS_ENDED",
            f"{product.name}: access to port {agreement.port.name} was {how}",
            f"{reason} The refusal was proven. You can ask again on the product's page.",
            f"/products/{product.key}/request?port={agreement.port.name}",
            f"ended-{agreement.pk}",
            severity="warning" if how == "revoked" else "info",
            product=product,
            agreement=agreement,
        ),
        people=_asking_side(agreement),
    )


def _tell_all(key: str, kind: str, words: str, reason: str) -> None:
    product = DataProduct.objects.select_related("owner_team", "domain").get(key=key)
    people = set(notices.followers_of(product))
    for agreement in live(AccessAgreement.objects.filter(port__product=product)):
        people |= notices.people_of_consumer(agreement.consumer_kind, agreement.consumer_key)
    tell(
        SYSTEM,
        draft=Draft(
            kind,
            f"{product.name} {words}",
            reason,
            f"/products/{key}",
            f"{kind.lower()}-{key}-{product.version}",
            severity="warning",
            product=product,
        ),
        people=people,
    )


def _tell_asker(request_id: str, kind: str, words: str, note: str, how: str) -> None:
    request = _request(request_id)
    product = request.port.product
    people = notices.people_of_consumer("user", request.requester)
    tell(
        SYSTEM,
        draft=Draft(
            kind,
            f"{words}: {product.name}, port {request.port.name}",
            note,
            f"/requests/{request.pk}",
            f"{how}-{request.pk}-{request.version}",
            severity="warning",
            product=product,
            request=request,
        ),
        people=people,
    )


def _asking_side(agreement: AccessAgreement) -> set[int]:
    people = notices.people_of_consumer(agreement.consumer_kind, agreement.consumer_key)
    return people | notices.people_of_consumer("user", agreement.requester)


def _request(request_id: str) -> AccessRequest:
    return AccessRequest.objects.select_related(
        "port__product__domain__owner_team", "port__product__owner_team"
    ).get(pk=request_id)


def _agreement(agreement_id: str) -> AccessAgreement:
    return AccessAgreement.objects.select_related(
        "port__product__domain__owner_team", "port__product__owner_team", "request"
    ).get(pk=agreement_id)
