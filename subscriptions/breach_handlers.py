"""What people hear of broken promises of quality. Each handler is safe to repeat."""

from typing import Final

from catalog.events import PromiseBroken, PromiseKept
from catalog.models import QualityBreach
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.log import on
from subscriptions.actions.notices import close, tell
from subscriptions.models import AccessAgreement, Notice
from subscriptions.notices import Draft, followers_of, owners_of, people_of
from subscriptions.queries import live

_KIND = "QUALITY_BREACH"


_ONCE_MORE: Final = "You will hear once more, when it is mended."


@on(PromiseBroken)
def tell_broken(event: PromiseBroken) -> None:
    """Followers, consumers of the port and owners hear once, by the ways that each chose."""
    row = _breach(event.breach_id)
    product = row.product
    held = live(AccessAgreement.objects.filter(port__product=product))
    if row.port_id:
        held = held.filter(port=row.port_id)
    people = followers_of(product) | owners_of(product) | people_of(held)
    words = "a check fails" if row.kind == "check" else "a promise is missed"
    said = _sentence(row.words) if row.words else "The check gave no figures."
    where = f"It concerns port {row.port.name}." if row.port else ""
    since = f"Since {row.since:%Y-%m-%d %H:%M} UTC."
    tell(
        SYSTEM,
        draft=Draft(
            _KIND,
            f"{product.name}: {words}: {row.name}",
            " ".join(filter(None, (said, where, since, _ONCE_MORE))),
            f"/products/{product.key}/quality",
            _token(row.pk, "broken"),
            severity="warning",
            product=product,
            details={"breach": row.pk, "kind": row.kind, "what": row.name},
        ),
        people=people,
    )


def _sentence(words: str) -> str:
    """End the reporter's words as a sentence: others follow."""
    return words if words.endswith((".", "!", "?")) else f"{words}."


@on(PromiseKept)
def tell_mended(event: PromiseKept) -> None:
    """Those who heard that it was broken hear that it is kept again; what they heard is done."""
    row = _breach(event.breach_id)
    product = row.product
    broken = Notice.objects.filter(client_token=_token(row.pk, "broken")).first()
    if broken is None:
        tell_broken(_as_broken(event, row))
        broken = Notice.objects.get(client_token=_token(row.pk, "broken"))
    tell(
        SYSTEM,
        draft=Draft(
            _KIND,
            f"Mended: {product.name}: {row.name}",
            event.words or "The check passes again.",
            f"/products/{product.key}/quality",
            _token(row.pk, "mended"),
            product=product,
            details={"breach": row.pk, "kind": row.kind, "what": row.name},
        ),
        people=set(broken.recipients.values_list("user_id", flat=True)),
    )
    close(SYSTEM, notice_id=broken.pk)


def _breach(breach_id: int) -> QualityBreach:
    return QualityBreach.objects.select_related(
        "port", "product__owner_team", "product__domain"
    ).get(pk=breach_id)


def _as_broken(event: PromiseKept, row: QualityBreach) -> PromiseBroken:
    """Give the event that came before, for a handler that was overtaken by its successor."""
    return PromiseBroken(
        subject=event.subject,
        product=event.product,
        teams=event.teams,
        breach_id=row.pk,
        kind=row.kind,
        what=row.name,
        port=row.port.name if row.port else "",
        words=row.words,
    )


def _token(breach: int, how: str) -> str:
    return f"breach-{breach}-{how}"
