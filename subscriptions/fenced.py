"""A handle as only the holder of its lease may change it."""

from typing import Any

from marketplace.connectors.base import StaleLease
from subscriptions.models import Handle


def held(handle_id: Any, fence: int) -> Handle:
    """Lock a handle for the rest of the transaction. Raises StaleLease when the fence is older."""
    handle = (
        Handle.objects.select_for_update(of=["self"], no_key=True)
        .select_related("port__product__owner_team")
        .filter(pk=handle_id, fence=fence)
        .first()
    )
    if handle is None:
        raise StaleLease(f"another worker has taken handle {handle_id}")
    return handle
