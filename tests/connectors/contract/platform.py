"""Who asks for what on the platforms of the suite, and what others can do there."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marketplace.connectors.base import Connector, Finding, PortVariant, Principal, StaleLease

GROWTH = Principal("team", "growth")  # ana's team
CUSTOMER = Principal("team", "customer")  # petra's team
SID = Principal("user", "sid")  # is never granted anything
COLUMNS = ("id", "carrier", "minutes")
ROWS = [(1, "LH", 10, "seat 4A"), (2, "AF", 20, "seat 1C"), (3, "KL", 30, None)]
"""The base relation: the three columns above and `note`, which holds personal data."""


class Held:
    """A lease that is ours."""

    def __init__(self) -> None:
        self.asked = 0

    def fence(self) -> None:
        self.asked += 1


class Lost:
    """A lease that another worker took over after some steps."""

    def __init__(self, after: int = 0) -> None:
        self.left = after

    def fence(self) -> None:
        if self.left == 0:
            raise StaleLease("another worker has this handle")
        self.left -= 1


@dataclass(frozen=True)
class Told:
    """What a platform says while it is too much: the wait it names, and how often it was asked."""

    refused: Callable[[], int]
    wait_s: float = 1.0
    """Ours, where the platform names none."""


class Platform(Protocol):
    """A connector, and what others can do on its platform."""

    connector: Connector
    port: str
    relation: tuple[str, str]
    base: tuple[str, str]

    # Three that may be left out: `refused_with` (42501), the platform's own word for a refusal;
    # `shortest` (0.6), the seconds of the shortest access that it can end by itself; `keeps_whole`
    # (True), whether access stands while `keeping` lets revokes be answered and not done.

    def now(self) -> datetime: ...
    def fingerprint(self) -> object: ...
    def takes_membership(self, variant: PortVariant, principal: Principal) -> None: ...
    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None: ...
    def alters_view(self, variant: PortVariant) -> None: ...
    def lets_in(self, variant: PortVariant) -> str: ...
    def drops_login(self, principal: Principal) -> None: ...
    def remakes_login(self, principal: Principal) -> None: ...
    def lies(self) -> None: ...
    def keeping(self, variant: PortVariant) -> AbstractContextManager[object]: ...
    def secrets(self) -> list[str]: ...
    def weak(self) -> list[Finding]: ...
    def strong(self) -> list[Finding]: ...

    # Of platforms that can say it is too much (T18).
    def throttling(self) -> AbstractContextManager[Told]: ...


def refused_with(platform: Platform) -> str:
    return getattr(platform, "refused_with", "42501")


def select_all(variant: PortVariant) -> str:
    return f'SELECT * FROM "{variant.relation_schema}"."{variant.relation_name}"'
