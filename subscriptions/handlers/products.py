"""What follows from a product: its owner's words, its end, its incidents."""

from catalog.events import (
    IncidentOpened,
    IncidentResolved,
    IncidentUpdated,
    ProductDeprecated,
    ProductRetired,
)
from catalog.models import DataProduct, Incident
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import ImpossibleMove
from marketplace.kernel.events.log import on
from subscriptions import notices
from subscriptions.actions.agreements import revoke
from subscriptions.actions.notices import tell
from subscriptions.events import ConsumersMessaged
from subscriptions.models import AccessAgreement
from subscriptions.notices import Draft
from subscriptions.queries import live


@on(ConsumersMessaged)
def tell_message(event: ConsumersMessaged) -> None:
    """Everybody who speaks for one of the consumers reads the owner's words once."""
    product = DataProduct.objects.select_related("owner_team").get(key=event.product)
    people = notices.people_of(AccessAgreement.objects.filter(pk__in=event.agreements))
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


def _tell_incident(incident_id: str, title: str, text: str, which: str) -> None:
    incident = Incident.objects.select_related("product__owner_team", "product__domain").get(
        pk=incident_id
    )
    product = incident.product
    held = live(AccessAgreement.objects.filter(port__product=product))
    if incident.ports:
        held = held.filter(port__name__in=incident.ports)
    people = notices.followers_of(product) | notices.people_of(held)
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


def _tell_all(key: str, kind: str, words: str, reason: str) -> None:
    product = DataProduct.objects.select_related("owner_team", "domain").get(key=key)
    held = live(AccessAgreement.objects.filter(port__product=product))
    people = notices.followers_of(product) | notices.people_of(held)
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
