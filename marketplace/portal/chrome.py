"""What the frame of every page shows: counts, who one is, the theme. Worked out only when read."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from catalog.permissions import PUBLISHERS
from marketplace.kernel.actors import AUDITOR, GOVERNANCE, NOBODY, OPERATOR, PRIVACY, Actor
from marketplace.kernel.errors import SignInFirst
from marketplace.kernel.identity.current import actor_of
from marketplace.kernel.identity.permissions import may_see_accounts
from marketplace.kernel.identity.queries import my_passkeys
from subscriptions.queries import unread, waiting_for

THEMES = ("light", "dark")


class Chrome:
    """The frame of one page. A part of a page reads none of it, and so costs nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def instance_name(self) -> str:
        """The name of this installation."""
        return str(settings.INSTANCE)

    @property
    def passkey_domain(self) -> str:
        """The domain that passkeys are made for; empty where there are none."""
        return str(settings.PASSKEY_RP_ID)

    @cached_property
    def has_passkeys(self) -> bool:
        """Tell whether the reader has one; one statement."""
        return my_passkeys(self.actor).exists() if self.actor.user_id else False

    @property
    def theme(self) -> str:
        """What the reader chose: light, dark, or empty for the system's own."""
        chosen = self._request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else ""

    @cached_property
    def actor(self) -> Actor:
        """Who reads; nobody when a token was refused, because that refusal is the page."""
        try:
            return actor_of(self._request)
        except SignInFirst:
            return NOBODY

    @cached_property
    def waiting(self) -> int:
        """How many requests wait for the reader's answer; one statement for those who review."""
        return waiting_for(self.actor).count() if self.is_owner else 0

    @cached_property
    def unread(self) -> int:
        """How many notices are new; one statement for those with an account."""
        return unread(self.actor) if self.actor.user_id else 0

    @cached_property
    def is_owner(self) -> bool:
        """Tell whether requests can wait for the reader: owners, and the officers who co-sign."""
        owns = any(role in PUBLISHERS for _, role in self.actor.memberships)
        return owns or self.actor.holds(PRIVACY, GOVERNANCE)

    @property
    def is_governance(self) -> bool:
        """Tell whether the reader oversees the whole instance."""
        return self.actor.holds(GOVERNANCE, PRIVACY, AUDITOR)

    @property
    def sees_people(self) -> bool:
        """Tell whether the reader may see the list of accounts."""
        return may_see_accounts(self.actor)

    @property
    def is_operator(self) -> bool:
        """Tell whether the reader runs the installation."""
        return self.actor.holds(OPERATOR)


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Give the frame to templates; the API has none."""
    return {} if request.path.startswith("/api/") else {"chrome": Chrome(request)}
