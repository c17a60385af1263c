"""What policies look at and what they answer: facts of one request, and a verdict with reasons.

Facts are frozen and go to JSON and back, so that a decision can be reproduced from what was
stored with it. A verdict is the strictest of what the rules said; every reason is one sentence.
"""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Final, Self

PURPOSES: Final = (
    "analytics", "reporting", "operations", "marketing", "machine_learning", "regulatory",
    "research",
)  # fmt: skip
ROLES: Final = ("product_owner", "domain_owner", "privacy_officer", "governance")
CLASSIFICATIONS: Final = ("public", "internal", "confidential", "restricted")


class BadFacts(ValueError):
    """Stored facts cannot be read: a field is missing, unknown or of the wrong type."""


class Outcome(StrEnum):
    """What policies answer."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"

    @property
    def strictness(self) -> int:
        """0 for allow, 1 for review, 2 for deny."""
        return (Outcome.ALLOW, Outcome.REVIEW, Outcome.DENY).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFacts:
    """All that a policy may look at in one access request.

    `classification` is the strictest class of the columns asked for, `personal_columns` those of
    them that are about persons. `purpose` is a code of PURPOSES, or empty when none was given;
    `allowed_purposes` are the contract's (empty: it lists none). `duration_days` is None for an
    access without end, `max_duration_days` None when the contract sets no limit. `own_team` says
    that the consumer belongs to the owner team.
    """

    product: str
    port: str
    product_domain: str
    owner_team: str
    classification: str
    personal_data: bool
    purpose: str
    consumer_kind: str
    consumer_key: str
    requester: str
    same_domain: bool
    own_team: bool
    duration_days: int | None
    product_status: str = "active"
    port_status: str = "active"
    publication_scope: str = "organization"
    personal_columns: tuple[str, ...] = ()
    purpose_text: str = ""
    allowed_purposes: tuple[str, ...] = ()
    consumer_domain: str = ""
    requester_teams: tuple[str, ...] = ()
    max_duration_days: int | None = None
    cross_border: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, every field."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The facts that `to_json` gave; raises `BadFacts` on anything else.

        A field that was added later and has a default may be missing: old decisions stay
        reproducible.
        """
        known = {field.name: field for field in fields(cls)}
        unknown = sorted(data.keys() - known.keys())
        if unknown:
            raise BadFacts(f"Unknown facts: {', '.join(unknown)}.")
        values = {}
        for name, field in known.items():
            if name in data:
                values[name] = _typed(name, data[name])
            elif field.default is MISSING:
                raise BadFacts(f"The fact {name} is missing.")
        return cls(**values)


KINDS: Final[Mapping[str, str]] = {
    field.name: {
        str: "text", bool: "flag", int | None: "days", tuple[str, ...]: "words",
    }[field.type]  # type: ignore[index]
    for field in fields(AccessFacts)
}  # fmt: skip
"""Each fact's kind: text, flag, days (a number or None) or words (a list of texts)."""


def _typed(name: str, value: Any) -> Any:
    """A stored value as the field wants it."""
    kind = KINDS[name]
    if kind == "words":
        if isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
            return tuple(value)
    elif kind == "days":
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
    elif isinstance(value, bool if kind == "flag" else str):
        return value
    raise BadFacts(f"The fact {name} cannot be {value!r}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A person's decision that review asks for: by which role, and why."""

    role: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule that spoke: its id, the pack it stands in, its verdict and its sentence."""

    rule: str
    pack: str
    verdict: Outcome
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackUsed:
    """Which version of which pack was asked."""

    key: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer: outcome, the reasons (strictest first), the stages of a review, the packs."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    stages: tuple[Stage, ...]
    packs: tuple[PackUsed, ...]

    def to_json(self) -> dict[str, Any]:
        """As the API shows it and as it is stored with the decision."""
        return {
            "outcome": self.outcome.value,
            "reasons": [
                asdict(reason) | {"verdict": reason.verdict.value} for reason in self.reasons
            ],
            "stages": [asdict(stage) for stage in self.stages],
            "packs": [asdict(pack) for pack in self.packs],
        }
