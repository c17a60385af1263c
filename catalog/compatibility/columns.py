"""Columns of two versions compared; the table of rules stands in `contracts`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalog.compatibility.difference import (
    ADD,
    AT_RISK,
    BREAKS,
    CHANGE,
    MAJOR,
    MINOR,
    REMOVE,
    SAFE,
    Difference,
)
from catalog.compatibility.promises import quality
from catalog.compatibility.types import TypeChange, compare
from catalog.compatibility.wording import rest, words
from catalog.descriptors.classification import CONFIDENTIAL, normal, rank
from catalog.descriptors.model import Column

_MASKING: Final = ("clear", "masked", "tokenised", "excluded")
_TYPES: Final = {
    TypeChange.WIDER: (MINOR, SAFE, "becomes wider"),
    TypeChange.KIN: (MINOR, AT_RISK, "changes to a related one"),
    TypeChange.OTHER: (MAJOR, BREAKS, "changes"),
}


def column_differences(
    path: str, old: Sequence[Column], new: Sequence[Column], within: str = ""
) -> Iterator[Difference]:
    """Every difference between two lists of columns; `within` names the top-level column."""
    before = {column.name: column for column in old}
    after = {column.name: column for column in new}
    for name, column in before.items():
        concerned, at = within or name, f"{path}/properties[name={name}]"
        if name not in after:
            yield Difference(
                kind=REMOVE,
                path=at,
                impact=MAJOR,
                verdict=BREAKS,
                sentence=f"The column {name} is removed.",
                column=concerned,
                old=name,
            )
        elif column != after[name]:
            pair = _Pair(at, concerned, column, after[name])
            yield from pair.differences()
    for name in after:
        if name not in before:
            yield Difference(
                kind=ADD,
                path=f"{path}/properties[name={name}]",
                impact=MINOR,
                verdict=SAFE,
                sentence=f"The column {name} is new.",
                column=within or name,
                new=name,
            )


def key_differences(
    path: str, old: Sequence[Column], new: Sequence[Column]
) -> Iterator[Difference]:
    """Whether a row is identified otherwise than before: then counts and joins change for all."""
    was, now = _key(old), _key(new)
    if was == now:
        return
    said = ", ".join(now) or "nothing"
    yield Difference(
        kind=CHANGE if was and now else (ADD if now else REMOVE),
        path=f"{path}/primaryKey",
        impact=MAJOR if was else MINOR,
        verdict=BREAKS if was else SAFE,
        sentence=f"A row is now identified by {said}"
        + (f"; it was by {', '.join(was)}." if was else "."),
        old=list(was),
        new=list(now),
    )


def _key(columns: Sequence[Column]) -> tuple[str, ...]:
    """The names of the key's columns, in an order that does not depend on how they are listed."""
    return tuple(sorted(column.name for column in columns if column.primary_key))


@dataclass(frozen=True, slots=True)
class _Pair:
    """The same column in two versions."""

    path: str
    column: str
    old: Column
    new: Column

    def differences(self) -> Iterator[Difference]:
        """Everything that changed on the column."""
        yield from self._type()
        yield from self._promises()
        yield from self._sensitivity()
        yield from self._values()
        if self.new.deprecated and not self.old.deprecated:
            yield self._told("deprecated", MINOR, AT_RISK, "is deprecated", old=False, new=True)
        yield from quality(
            self.path, self.column, self.old.name, self.old.quality, self.new.quality
        )
        yield from column_differences(
            self.path, self.old.children, self.new.children, within=self.column
        )
        yield from words(self.path, self.column, self.old.name, _said(self.old), _said(self.new))

    def _told(
        self, field: str, impact: str, verdict: str, what: str, *, old: Any, new: Any
    ) -> Difference:
        return Difference(
            kind=CHANGE,
            path=f"{self.path}/{field}",
            impact=impact,
            verdict=verdict,
            sentence=f"The column {self.old.name} {what}.",
            column=self.column,
            old=old,
            new=new,
        )

    def _type(self) -> Iterator[Difference]:
        change = compare(self.old, self.new)
        if change is TypeChange.SAME:
            return
        impact, verdict, how = _TYPES[change]
        both = bool(self.old.physical_type and self.new.physical_type)
        field = "physicalType" if both else "logicalType"
        was = self.old.physical_type if both else self.old.logical_type
        now = self.new.physical_type if both else self.new.logical_type
        yield Difference(
            kind=CHANGE,
            path=f"{self.path}/{field}",
            impact=impact,
            verdict=verdict,
            sentence=f"The type of {self.old.name} {how}: {was} to {now}.",
            column=self.column,
            old=was,
            new=now,
        )

    def _promises(self) -> Iterator[Difference]:
        """Nulls and uniqueness: a promise withdrawn is MAJOR, one more is not."""
        if self.old.nullable != self.new.nullable:
            impact, verdict, what = (
                (MAJOR, AT_RISK, "may now be empty")
                if self.new.nullable
                else (MINOR, SAFE, "is now always filled")
            )
            yield self._told(
                "required", impact, verdict, what, old=self.old.required, new=self.new.required
            )
        if self.old.unique != self.new.unique:
            impact, verdict, what = (
                (MINOR, SAFE, "is now unique")
                if self.new.unique
                else (MAJOR, AT_RISK, "is no longer unique")
            )
            yield self._told(
                "unique", impact, verdict, what, old=self.old.unique, new=self.new.unique
            )

    def _sensitivity(self) -> Iterator[Difference]:
        """Changes after which somebody may read less, or must ask again."""
        was, now = normal(self.old.classification), normal(self.new.classification)
        if was != now:
            up = rank(now) > rank(was)
            gated = up and rank(now) >= rank(CONFIDENTIAL)
            impact, verdict = (MAJOR if gated else MINOR), (AT_RISK if up else SAFE)
            yield self._told(
                "classification",
                impact,
                verdict,
                f"is classified {now}, it was {was}",
                old=was,
                new=now,
            )
        if self.old.personal_data != self.new.personal_data:
            impact, verdict, what = (
                (MAJOR, AT_RISK, "is now personal data")
                if self.new.personal_data
                else (MINOR, SAFE, "is no longer personal data")
            )
            yield self._told(
                "tags", impact, verdict, what, old=list(self.old.tags), new=list(self.new.tags)
            )
        masked, masks = _masking(self.old), _masking(self.new)
        if masked != masks:
            stricter = _MASKING.index(masks) > _MASKING.index(masked)
            impact, verdict = (MAJOR, BREAKS) if stricter else (MINOR, SAFE)
            yield self._told(
                "masking",
                impact,
                verdict,
                f"is shown {masks}, it was {masked}",
                old=masked,
                new=masks,
            )

    def _values(self) -> Iterator[Difference]:
        """Allowed values and the options of the type."""
        was = [entry.value for entry in self.old.enum]
        now = [entry.value for entry in self.new.enum]
        if was and not now:
            yield self._told("enum", MINOR, AT_RISK, "allows any value now", old=was, new=now)
        elif now and not was:
            yield self._told("enum", MINOR, SAFE, "allows only listed values", old=was, new=now)
        else:
            gone = [value for value in was if value not in now]
            more = [value for value in now if value not in was]
            if gone or more:
                what = "; ".join(
                    f"{verb} the values {', '.join(map(str, values))}"
                    if len(values) > 1
                    else f"{verb} the value {values[0]}"
                    for verb, values in (("gains", more), ("loses", gone))
                    if values
                )
                yield self._told("enum", MINOR, AT_RISK, what, old=was, new=now)
        if self.old.options != self.new.options:
            yield self._told(
                "logicalTypeOptions",
                MINOR,
                AT_RISK,
                "has other limits or another format",
                old=dict(self.old.options),
                new=dict(self.new.options),
            )


def _masking(column: Column) -> str:
    """The masking a column states; `clear` when none, the strictest when it is not known."""
    for custom in column.custom:
        if custom.property == "masking":
            return custom.value if custom.value in _MASKING else _MASKING[-1]
    return _MASKING[0]


def _said(column: Column) -> dict[str, Any]:
    """What a column says that no query depends on."""
    marks = ("pii", "phi", "pci")
    return {
        "description": column.description,
        "businessName": column.business_name,
        "tags": tuple(tag for tag in column.tags if tag.strip().lower() not in marks),
        "examples": column.examples,
        "primaryKeyPosition": column.primary_key_position,
        "relationships": column.relationships,
        "customProperties": tuple(c for c in column.custom if c.property != "masking"),
    } | rest(column.extra)
