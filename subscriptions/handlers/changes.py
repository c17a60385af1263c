"""What follows when a contract will change or has changed."""

from datetime import timedelta

from catalog.compatibility.difference import Difference, verdict_for
from catalog.events import ChangeProposed, ChangeReleased
from catalog.models import ChangeProposal
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.log import on
from subscriptions import notices
from subscriptions.actions.notices import tell
from subscriptions.notices import Draft
from subscriptions.queries import affected_by

NOTICE_DAYS = {"MAJOR": 30, "MINOR": 0, "PATCH": 0}


@on(ChangeProposed)
def tell_affected(event: ChangeProposed) -> None:
    """Exactly those whose access follows the contract hear of its change, and may answer."""
    change = ChangeProposal.objects.select_related(
        "contract__product__owner_team", "contract__product__domain"
    ).get(pk=event.change_id)
    affected = affected_by(change.contract.key).only("slice")
    found = [Difference(**item) for item in change.differences]
    ask = [(a, verdict_for(found, set(a.slice.get("columns", ())) or None)) for a in affected]
    people = notices.people_of(affected_by(change.contract.key))
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
    people = notices.followers_of(change.contract.product)
    people |= notices.people_of(affected_by(change.contract.key))
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
