"""What follows from a request."""

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.log import on
from subscriptions import consumers, notices
from subscriptions.actions.census import close_adoption
from subscriptions.actions.notices import tell
from subscriptions.events import (
    RequestCountered,
    RequestRejected,
    RequestReopened,
    RequestReturned,
    RequestSentBack,
    RequestSubmitted,
)
from subscriptions.handlers.rows import request_of
from subscriptions.notices import Draft


@on(RequestSubmitted)
def tell_owner(event: RequestSubmitted) -> None:
    """Whoever may answer hears that a request waits."""
    request = request_of(event.request_id)
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
    request = request_of(event.request_id)
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


@on(RequestRejected)
def refuse_found(event: RequestRejected) -> None:
    """Access that was found and is refused after the fact is taken away where it is ours."""
    if request_of(event.request_id).kind == "retro":
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


def _tell_asker(request_id: str, kind: str, words: str, note: str, how: str) -> None:
    request = request_of(request_id)
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
