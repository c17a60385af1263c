"""What follows when the ways to sign in change: the person hears of it, by mail too."""

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.log import on
from marketplace.kernel.identity.events import PasskeyAdded, PasskeyRemoved
from marketplace.kernel.identity.models import User
from subscriptions.actions.notices import tell
from subscriptions.notices import Draft


@on(PasskeyAdded)
def tell_added(event: PasskeyAdded) -> None:
    """Whoever did not add it hears in time to remove it."""
    _tell(
        event,
        f"A passkey was added: {event.called}",
        "Your account can be signed in to with it. If you did not add it, remove it in the "
        "settings, change your password and tell a platform operator.",
        "added",
    )


@on(PasskeyRemoved)
def tell_removed(event: PasskeyRemoved) -> None:
    """Whoever did not remove it hears of it."""
    _tell(
        event,
        f"A passkey was removed: {event.called}",
        "It opens nothing any more. If you did not remove it, change your password and tell a "
        "platform operator.",
        "removed",
    )


def _tell(event: PasskeyAdded | PasskeyRemoved, title: str, text: str, how: str) -> None:
    person = User.objects.filter(username=event.holder).first()
    if person is None:
        return
    token = f"passkey-{how}-{event.passkey_id}"
    tell(
        SYSTEM,
        draft=Draft("PASSKEY_CHANGED", title, text, "/settings/passkeys", token, "warning"),
        people={person.pk},
    )
