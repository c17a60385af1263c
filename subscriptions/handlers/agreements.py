"""What follows when access begins, nears its end, or ends."""

from catalog.actions.lineage import draw_granted, erase_granted
from catalog.actions.standing import Standing, set_standings
from catalog.models import DataProduct
from governance.handlers import bring_in_step
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.delivering import superseded
from marketplace.kernel.events.log import DomainEvent, on
from subscriptions import consumers
from subscriptions.actions.notices import tell
from subscriptions.events import (
    AgreementActivated,
    AgreementExpired,
    AgreementExpiring,
    AgreementRevoked,
    AgreementShortened,
    AgreementTerminated,
)
from subscriptions.handlers.rows import agreement_of, asking_side
from subscriptions.models import AccessAgreement
from subscriptions.notices import Draft
from subscriptions.queries import consumer_count, live


@on(AgreementActivated)
def tell_consumer(event: AgreementActivated) -> None:
    """Both the requester and the team hear that access is proven, with a way to start."""
    agreement = agreement_of(event.agreement_id)
    product = agreement.port.product
    tell(
        SYSTEM,
        draft=Draft(
            "ACCESS_GRANTED",
            f"{product.name}: port {agreement.port.name} is ready",
            f"Read {agreement.port.relation}: access was granted and {event.evidence} until "
            f"{agreement.end_at:%Y-%m-%d %H:%M} UTC.",
            f"/lab?agreement={agreement.pk}",
            f"active-{agreement.pk}-{agreement.version}",
            product=product,
            agreement=agreement,
            request=agreement.request,
        ),
        people=asking_side(agreement),
    )


@on(AgreementActivated)
def draw_lineage(event: AgreementActivated) -> None:
    """Proven access draws the consumer into the graph."""
    agreement = agreement_of(event.agreement_id)
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
    if superseded({event.product}):
        return
    product = DataProduct.objects.get(key=event.product)
    standing = Standing(consumers=consumer_count(product))
    set_standings(SYSTEM, standings={product.key: standing})
    held = live(AccessAgreement.objects.filter(port__product=product))
    proven = held.filter(grant__state="verified", grant__evidence__level="proven").count()
    bring_in_step(product.key, grants=held.count(), grants_proven=proven)


@on(AgreementRevoked)
def after_revoke(event: AgreementRevoked) -> None:
    """The consumer hears that access ended, why, and how to ask again."""
    _tell_ended(event.agreement_id, "revoked", event.reason, event.evidence)


@on(AgreementExpired)
def after_expiry(event: AgreementExpired) -> None:
    """The consumer hears that the time is over."""
    _tell_ended(event.agreement_id, "expired", event.reason, event.evidence)


@on(AgreementTerminated)
def after_give_back(event: AgreementTerminated) -> None:
    """The consumer's side hears that access was given back."""
    _tell_ended(event.agreement_id, "given back", event.reason, event.evidence)


@on(AgreementExpiring)
def tell_expiring(event: AgreementExpiring) -> None:
    """The consumer hears that the end is near."""
    agreement = agreement_of(event.agreement_id)
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
        people=asking_side(agreement),
    )


@on(AgreementShortened)
def tell_shortened(event: AgreementShortened) -> None:
    """The consumer hears at once that the end is nearer, when, and why."""
    agreement = agreement_of(event.agreement_id)
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
        people=asking_side(agreement),
    )


def _tell_ended(agreement_id: str, how: str, reason: str, evidence: str) -> None:
    agreement = agreement_of(agreement_id)
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
            f"{reason} The refusal was {evidence}. You can ask again on the product's page.",
            f"/products/{product.key}/request?port={agreement.port.name}",
            f"ended-{agreement.pk}",
            severity="warning" if how == "revoked" else "info",
            product=product,
            agreement=agreement,
        ),
        people=asking_side(agreement),
    )
