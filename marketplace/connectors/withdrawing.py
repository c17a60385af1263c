"""What a platform can do more with a short-lived login: end it before its time, and prove it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was found when a login was dropped, read back after it.

    `existed`: it stood before. `sessions`: how many of its sessions were ended, None where the
    platform does not say. `gone`: nobody can log in with it any more. `read_back`: how that was
    seen, in a sentence. `others`: where the platform can only end several at once, how the names
    of all begin that ended with it.
    """

    user: str
    existed: bool
    sessions: int | None
    gone: bool
    read_back: str
    others: str = ""


@runtime_checkable
class Withdrawing(Protocol):
    """A platform on which one short-lived login can be dropped by its name."""

    def drop_credential(self, user: str) -> Withdrawn:
        """Drop one short-lived login of ours, end its sessions, and read back. Safe to repeat.

        Raises Permanent for a login that is not one of ours.
        """


@runtime_checkable
class Watching(Protocol):
    """A platform that tells who is connected at this moment."""

    def credentials_in_use(self, users: Collection[str]) -> frozenset[str]:
        """Give which of these logins have an open session now."""
