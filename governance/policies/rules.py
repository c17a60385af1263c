"""One rule: a condition over facts, a verdict, a sentence. All of it data, checked at load.

A condition is `{fact, op, value}`, or `{all: [...]}`, `{any: [...]}`, `{not: ...}`. A value is a
literal or `{"fact": name}`. Operators are typed, so that a rule which could never work is refused
when it is written, not when somebody waits for an answer:

| kind  | facts such as                | operators                                              |
|-------|------------------------------|--------------------------------------------------------|
| text  | purpose, port_status         | eq ne in not_in empty not_empty                        |
| text  | classification only          | at_least at_most (a class we do not know: restricted)  |
| flag  | own_team, personal_data      | eq                                                     |
| days  | duration_days                | eq gt gte lt lte empty not_empty (empty: no limit)     |
| words | allowed_purposes             | contains intersects empty not_empty                    |
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from governance.policies.base import (
    CLASSIFICATIONS,
    KINDS,
    AccessFacts,
    Outcome,
    Reason,
    Stage,
)

PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
_SHOWN_LENGTH: Final = 200
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


class CannotEvaluate(Exception):
    """A condition met a value it cannot judge, such as a comparison with no limit at all."""


class Condition(Protocol):
    """Something that holds for facts, or does not."""

    def holds(self, facts: AccessFacts) -> bool:
        """Whether it holds; raises `CannotEvaluate` when that cannot be told."""
        ...


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; later parts are not looked at once one fails."""

    parts: tuple[Condition, ...]

    def holds(self, facts: AccessFacts) -> bool:
        """Whether every part holds."""
        return all(part.holds(facts) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def holds(self, facts: AccessFacts) -> bool:
        """Whether a part holds."""
        return any(part.holds(facts) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def holds(self, facts: AccessFacts) -> bool:
        """Whether the part fails."""
        return not self.part.holds(facts)


@dataclass(frozen=True, slots=True)
class Other:
    """A value that is another fact."""

    fact: str


@dataclass(frozen=True, slots=True)
class Check:
    """One fact against one value."""

    fact: str
    op: str
    value: Any = None

    def holds(self, facts: AccessFacts) -> bool:
        """Whether the fact passes."""
        value = getattr(facts, self.value.fact) if isinstance(self.value, Other) else self.value
        try:
            return OPERATORS[self.op](getattr(facts, self.fact), value)
        except (TypeError, ValueError, AttributeError) as error:
            raise CannotEvaluate(f"{self.fact} {self.op}: {error}") from error


def class_rank(word: str) -> int:
    """0 for public up to 3 for restricted; a word we do not know counts as restricted."""
    known = word.strip().lower()
    return CLASSIFICATIONS.index(known) if known in CLASSIFICATIONS else len(CLASSIFICATIONS) - 1


_NOTHING: Final = ("", ())
OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda fact, value: bool(fact == value),
    "ne": lambda fact, value: bool(fact != value),
    "in": lambda fact, value: fact in value,
    "not_in": lambda fact, value: fact not in value,
    "gt": lambda fact, value: bool(fact > value),
    "gte": lambda fact, value: bool(fact >= value),
    "lt": lambda fact, value: bool(fact < value),
    "lte": lambda fact, value: bool(fact <= value),
    "at_least": lambda fact, value: class_rank(fact) >= class_rank(value),
    "at_most": lambda fact, value: class_rank(fact) <= class_rank(value),
    "contains": lambda fact, value: value in fact,
    "intersects": lambda fact, value: bool(set(fact) & set(value)),
    "empty": lambda fact, _value: fact is None or fact in _NOTHING,
    "not_empty": lambda fact, _value: not (fact is None or fact in _NOTHING),
}
WITHOUT_VALUE: Final = frozenset({"empty", "not_empty"})
RANKED: Final = frozenset({"at_least", "at_most"})
BY_KIND: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset({"eq", "ne", "in", "not_in", "empty", "not_empty"}),
    "flag": frozenset({"eq"}),
    "days": frozenset({"eq", "gt", "gte", "lt", "lte", "empty", "not_empty"}),
    "words": frozenset({"contains", "intersects", "empty", "not_empty"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that was checked. A `notice` speaks but allows nothing by itself."""

    id: str
    title: str
    when: Condition
    verdict: Outcome
    sentence: str
    stages: tuple[Stage, ...] = ()
    notice: bool = False

    def speak(self, facts: AccessFacts, pack: str) -> Reason | None:
        """The rule's reason when it applies; raises `CannotEvaluate`."""
        if not self.when.holds(facts):
            return None
        return Reason(
            rule=self.id, pack=pack, verdict=self.verdict, text=fill(self.sentence, facts)
        )

    def stages_for(self, facts: AccessFacts) -> tuple[Stage, ...]:
        """The stages with their reasons filled in."""
        return tuple(Stage(role=stage.role, why=fill(stage.why, facts)) for stage in self.stages)


def fill(template: str, facts: AccessFacts) -> str:
    """The sentence with facts in place of their names.

    One pass over the template with known names only: nothing a user wrote is read as a template,
    and no attribute of a value can be reached.
    """
    return PLACEHOLDER.sub(lambda found: _shown(getattr(facts, found.group(1))), template)


def _shown(value: Any) -> str:
    """A fact as people read it."""
    if value is None:
        return "no limit"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return _listed([_word(word) for word in value])
    return _word(value) if isinstance(value, str) else str(value)


def _word(text: str) -> str:
    words = _UNPRINTABLE.sub(" ", text).strip()
    if words == "machine_learning":
        return "machine learning"
    return words if len(words) <= _SHOWN_LENGTH else words[: _SHOWN_LENGTH - 1] + "\u2026"


def _listed(words: Sequence[str]) -> str:
    if not words:
        return "nothing"
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def kind_of(fact: str) -> str | None:
    """The kind of a fact, or None for a name that is none."""
    return KINDS.get(fact)
