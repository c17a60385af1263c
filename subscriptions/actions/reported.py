"""Look again at a handle when somebody says that an order was carried out."""

from django.db.models.functions import Now

from marketplace.kernel.wake import GRANTS, wake
from subscriptions.models import Handle


def look_again(handle: str) -> None:
    """Have a handle proven now instead of later. Bookkeeping of work, so no action."""
    Handle.objects.filter(name=handle).update(next_at=Now())
    wake(GRANTS)
