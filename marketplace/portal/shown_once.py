"""Secrets on their way to the one page that shows them.

A secret is made by a POST and shown by the page that follows. In between it lies in the session,
sealed, and the page that shows it takes it out: a reload, or the back button, finds nothing.
"""

import base64
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from marketplace.kernel.sealing import Unsealable, seal, unseal

_KEY: Final = "shown_once"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret with the words around it."""

    title: str
    value: str
    text: str


def keep(request: HttpRequest, *, title: str, value: str, text: str) -> None:
    """Put a secret into the session, sealed for it, for the next page."""
    sealed = base64.b64encode(seal(value, place=_place(request))).decode()
    request.session[_KEY] = {"title": title, "sealed": sealed, "text": text}


def take(request: HttpRequest) -> Secret | None:
    """Take the secret out of the session; None when there is none."""
    kept = request.session.pop(_KEY, None)
    if kept is None:
        return None
    try:
        value = unseal(base64.b64decode(kept["sealed"]), place=_place(request))
    except Unsealable:
        return None
    return Secret(kept["title"], value, kept["text"])


def _place(request: HttpRequest) -> str:
    """Seal for one account: a copied session row opens for nobody else."""
    return f"session/{request.user.pk}/{_KEY}"
