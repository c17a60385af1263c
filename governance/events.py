"""What can happen in governance."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events.log import DomainEvent, known


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInstalled(DomainEvent):
    """A new version of a pack of rules is kept; it decides nothing until it is activated."""

    name: ClassVar[str] = "policy.installed"
    key: str
    number: int


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyActivated(DomainEvent):
    """A version of a pack of rules decides from now on."""

    name: ClassVar[str] = "policy.activated"
    key: str
    number: int
    before: int


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChanged(DomainEvent):
    """A product's score was worked out anew from the facts of now."""

    name: ClassVar[str] = "score.changed"
    total: int
    grade: str
    before: int | None
