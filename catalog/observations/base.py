"""What a report of checks says, and how a document is read: every wrong place is told at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

STATUSES: Final = ("pass", "fail", "warn", "error", "skip", "unknown")
DIMENSIONS: Final = (
    "accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness",
    "uniqueness",
)  # fmt: skip
MOST: Final = 5_000
KEY, NAME, SOURCE = 160, 200, 80
_DETAIL: Final = 300
_STATES: Final = {"pass": "met", "warn": "at_risk", "fail": "breached"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document: where (a JSON pointer), which rule, and a sentence."""

    pointer: str
    code: str
    detail: str


class Unreadable(Exception):
    """A document is no report that is known; ``problems`` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(one.detail for one in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Observation:
    """One check at one moment, in the words of OORS.

    ``datasets`` are texts in which relations are named (a name, or SQL); without any nothing is
    known of what was looked at. ``measured`` has value, threshold, rows, failed, unit, column,
    severity and detail, as far as they were told.
    """

    check_key: str
    name: str
    status: str
    observed_at: datetime
    source: str
    dimension: str = ""
    measured: Mapping[str, Any] = field(default_factory=dict)
    datasets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelDay:
    """How one promise (a property of ODCS slaProperties) was kept on one day (UTC).

    ``value`` and ``objective`` are in ``unit``; ``state`` is met, at_risk, breached or unknown.
    """

    property: str
    day: date
    state: str
    source: str
    value: float | None = None
    objective: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Renewal:
    """Data was written anew: which dataset, and when."""

    dataset: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """What a document says. ``contract`` names the one that was tested, when the format does."""

    format: str
    observations: tuple[Observation, ...] = ()
    levels: tuple[LevelDay, ...] = ()
    renewals: tuple[Renewal, ...] = ()
    contract: str = ""


class Place:
    """A value in a JSON document and where it stands; what is wrong with it is collected."""

    def __init__(self, value: Any, problems: list[Problem], pointer: str = "") -> None:
        self.value, self.pointer, self._problems = value, pointer, problems

    def __getitem__(self, key: str) -> "Place":
        """The value below a key; absent is None."""
        inner = self.value.get(key) if isinstance(self.value, dict) else None
        escaped = key.replace("~", "~0").replace("/", "~1")
        return Place(inner, self._problems, f"{self.pointer}/{escaped}")

    def wrong(self, code: str, detail: str) -> None:
        """Say that this place is wrong."""
        self._problems.append(Problem(self.pointer, code, detail))

    def items(self) -> Iterator[tuple[str, "Place"]]:
        """The entries of a mapping; absent is none."""
        if self.value is None:
            return
        if not isinstance(self.value, dict):
            self.wrong("not-an-object", "This is an object.")
            return
        for key in self.value:
            yield key, self[key]

    def each(self, *, required: bool = False) -> Iterator["Place"]:
        """The entries of a list of objects; absent is none unless ``required``."""
        if self.value is None and not required:
            return
        if not isinstance(self.value, list):
            self.wrong("not-a-list", "This is a list.")
            return
        if len(self.value) > MOST:
            self.wrong("wrong-number", f"At most {MOST} at once.")
            return
        for index, value in enumerate(self.value):
            inner = Place(value, self._problems, f"{self.pointer}/{index}")
            if isinstance(value, dict):
                yield inner
            else:
                inner.wrong("not-an-object", "This is an object.")

    def text(self, *, required: bool = False, most: int = NAME) -> str:
        """A text, cut to its length; empty when absent."""
        if self.value is None or self.value == "":
            if required:
                self.wrong("required", "This has to be there.")
            return ""
        if not isinstance(self.value, str) or "\x00" in self.value or _torn(self.value):
            self.wrong("not-a-text", "This is a text.")
            return ""
        return self.value[:most]

    def word(self, known: Mapping[str, str], default: str = "") -> str:
        """One of the known words, as ours; ``default`` when absent."""
        if self.value is None and default:
            return default
        found = known.get(self.value.lower()) if isinstance(self.value, str) else None
        if found is None:
            self.wrong("unknown", f"One of {', '.join(known)}.")
            return "unknown"
        return found

    def moment(self, *, required: bool = True) -> datetime | None:
        """A date and time with its zone; one without is taken as UTC, as dbt means it."""
        if self.value is None and not required:
            return None
        try:
            found = datetime.fromisoformat(self.value)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            self.wrong("no-moment", "A date and time such as 2026-01-31T05:10:00Z.")
            return None

    def number(self) -> float | int | None:
        """A number that is finite; else None."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value if abs(value) < 1e300 else None  # noqa: PLR2004 - neither infinite nor NaN


def measured(**facts: Any) -> dict[str, Any]:
    """What was measured, without what is not known."""
    kept = {name: value for name, value in facts.items() if value not in (None, "")}
    if "detail" in kept:
        kept["detail"] = " ".join(str(kept["detail"]).split())[:_DETAIL]
    return kept


def level_state(status: str) -> str:
    """Give the state of a promise for the status of its check."""
    return _STATES.get(status, "unknown")


def fitting(text: str, most: int = KEY) -> str:
    """Give a key that fits its column and still tells long ones apart."""
    if len(text) <= most:
        return text
    import hashlib

    return f"{text[: most - 13]}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _torn(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)
