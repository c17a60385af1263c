"""What follows when a platform is not, or should no longer be, as it was."""

from catalog.events import ContractReleased, PlatformReported
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.log import on
from subscriptions import notices
from subscriptions.actions.notices import tell
from subscriptions.actions.reported import look_again
from subscriptions.actions.reshaping import out_of_step, reshape
from subscriptions.events import DriftFound, GrantFailed
from subscriptions.handlers.rows import agreement_of, asking_side
from subscriptions.models import DriftFinding
from subscriptions.notices import Draft


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


@on(GrantFailed)
def tell_operator(event: GrantFailed) -> None:
    """Owners and requester hear when a person has to look; the first failures heal themselves."""
    if not event.needs_human:
        return
    agreement = agreement_of(event.agreement_id)
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
        people=asking_side(agreement) | notices.owners_of(product),
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
