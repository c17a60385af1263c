"""The audit trail as it is listed: filtered, newest first, never more than one may read."""

from datetime import datetime
from typing import TYPE_CHECKING

from marketplace.kernel.actors import Actor
from marketplace.kernel.events.queries import visible_events

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from marketplace.kernel.events.models import Event


def audit(
    actor: Actor,
    *,
    who: str = "",
    name: str = "",
    subject: str = "",
    product: str = "",
    request_id: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> "QuerySet[Event]":
    """Give events the actor may read, newest first; every filter is along an index or a prefix.

    ``name`` and ``subject`` that end in ``.`` or ``/`` are prefixes (``access.``, ``request/``);
    ``since`` and ``until`` are half-open.
    """
    rows = visible_events(actor).order_by("-seq")
    for field, value, end in (("name", name, "."), ("subject", subject, "/")):
        if value:
            lookup = f"{field}__startswith" if value.endswith(end) else field
            rows = rows.filter(**{lookup: value})
    exact = {"actor": who, "product": product, "request_id": request_id}
    rows = rows.filter(**{field: value for field, value in exact.items() if value})
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    return rows
