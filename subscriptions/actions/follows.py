"""Follow products: notices, never access."""

from catalog.queries import product_or_404
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.events.log import record
from subscriptions.events import Followed
from subscriptions.models import Follow
from subscriptions.permissions import may_follow


@action
def follow(actor: Actor, *, key: str) -> Follow:
    """Hear of a product. Doing it twice changes nothing."""
    require(actor, may_follow)
    product = product_or_404(actor, key)
    row, _ = Follow.objects.update_or_create(
        user_id=actor.user_id, product=product, defaults={"muted": False}
    )
    record(_event(actor, key, "followed"))
    return row


@action
def unfollow(actor: Actor, *, key: str) -> None:
    """Hear no more; notices that are mandatory still come."""
    require(actor, may_follow)
    product = product_or_404(actor, key)
    Follow.objects.filter(user_id=actor.user_id, product=product).delete()
    record(_event(actor, key, "unfollowed"))


def _event(actor: Actor, key: str, how: str) -> Followed:
    return Followed(
        subject=f"product/{key}", product=key, teams=(f"user:{actor.subject}",), how=how
    )
