"""The columns of a port with their profile, in any version, and rows of the same shape."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from catalog.actions.contracts import parsed
from catalog.compatibility.contracts import diff
from catalog.models import ContractVersion, OutputPort, SchemaColumn
from catalog.queries import sample
from catalog.queries.sandbox import invented_rows
from marketplace.portal.product_parts import Reading, switch
from marketplace.portal.product_queries import columns_by_port
from marketplace.portal.product_stream import stream

SPAN: Final = ".."  # between the ends of a bar in the address
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?\Z")
_ROWS: Final = 10
_VALUES: Final = 5
_KINDS: Final = {"ADD": "add", "REMOVE": "remove", "CHANGE": "change"}
_MEANS: Final = {"MAJOR": "breaks who reads it", "MINOR": "compatible", "PATCH": "words only"}


def schema(reading: Reading) -> dict[str, Any]:
    """Give the columns of a port with their profile, and sample rows with how they were made.

    ``version`` of the address shows another version of the contract and what it differs in;
    ``where`` (``column:value``, or ``column:from..to`` of a bar; an end may be left open) keeps
    the sample rows that have it. Rows that no profile could be made of are invented from the
    contract, and said to be.
    """
    port = reading.port
    if port is None:
        return {"port": None}
    versions = _versions(port)
    other = next((v for v in versions if v.version_name == reading.given.get("version")), None)
    if other is not None and other.pk == port.contract_id:
        other = None
    columns = _columns_of(other) if other else columns_by_port([port])[port.pk]
    taken = None if other else sample(port)
    profile = taken["columns"] if taken else {}
    names = [column.name for column in columns]
    where = _where(reading.given.get("where", ""), names)
    rows = _sample_rows(taken, names)
    invented = not rows
    if invented:
        rows = invented_rows(other or port.contract, names)
    kept = _matching(rows, names, where)
    here = f"{reverse('product', args=[reading.product.key, 'schema'])}?"
    on = f"port={port.name}@{port.version_name}"
    return {
        "port": port,
        "ports": switch(reading, "schema"),
        "stream": stream(reading, port),
        "versions": [_version(one, port, other, f"{here}{on}") for one in versions],
        "other": other,
        "differences": _differences(port, other) if other else [],
        "columns": [_column(one, profile, taken, f"{here}{on}", where) for one in columns],
        "profiled": any(column.name in profile for column in columns),
        "taken": taken,
        "sample_columns": [{"name": name} for name in names],
        "sample_rows": kept[:_ROWS],
        "sample_number": len(rows),
        "invented": invented,
        "kept_number": len(kept),
        "where": where,
        "where_label": where.label if where else "",
        "without": f"{here}{on}#sample",
        **_select_of(reading, port, names, where),
    }


def _versions(port: OutputPort) -> list[ContractVersion]:
    """Give the versions of a port's contract that were or are in force, newest first."""
    if port.contract is None:
        return []
    rows = ContractVersion.objects.filter(
        contract=port.contract.contract, released_at__isnull=False
    )
    return list(rows.defer("facts").order_by("-released_at", "-id")[:20])


def _version(
    one: ContractVersion, port: OutputPort, other: ContractVersion | None, here: str
) -> dict[str, Any]:
    shown = other.pk if other else port.contract_id
    return {
        "name": one.version_name,
        "href": f"{here}&{urlencode({'version': one.version_name})}",
        "on": one.pk == shown,
        "in_force": one.pk == port.contract_id,
        "released_at": one.released_at,
    }


def _columns_of(version: ContractVersion) -> list[SchemaColumn]:
    return list(version.columns.defer("search").order_by("position"))


def _differences(port: OutputPort, other: ContractVersion) -> list[dict[str, str]]:
    """Give what changed between the version that is shown and the one in force."""
    assert port.contract is not None
    if not (other.text and port.contract.text):
        return []
    found = diff(parsed(other.text), parsed(port.contract.text))
    return [
        {
            "kind": _KINDS.get(one.kind, "change"),
            "name": one.column or one.path,
            "detail": one.sentence,
            "impact": _MEANS.get(one.impact, ""),
        }
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class Where:
    """What sample rows are kept by: a value, or a span that begins at ``low``; None is open."""

    column: str
    value: str
    low: str | None = None
    high: str | None = None

    @property
    def is_span(self) -> bool:
        """Tell whether it is a bar of a histogram."""
        return self.low is not None

    @property
    def label(self) -> str:
        """Say it in words."""
        if not self.is_span:
            return f"{self.column} = {self.value}"
        ends = f"under {self.high}" if self.high else "more"
        return f"{self.column} from {self.low} to {ends}"

    def keeps(self, cell: Any) -> bool:
        """Tell whether a cell has it; what cannot be compared has not."""
        if cell is None:
            return False
        if not self.is_span:
            return str(cell) == self.value
        at, low = _comparable(cell), _comparable(self.low)
        high = _comparable(self.high) if self.high else None
        if type(at) is not type(low):
            return False
        return bool(low <= at and (high is None or at < high))

    def condition(self) -> str:
        """Give it as SQL."""
        name = _quoted(self.column)
        if not self.is_span:
            return f"{name} = {_literal(self.value)}"
        until = f" AND {name} < {_literal(self.high)}" if self.high else ""
        return f"{name} >= {_literal(self.low or '')}{until}"


def _comparable(cell: Any) -> Any:
    """Give a number for what reads as one, else text; ISO dates and moments sort as text."""
    text = str(cell)
    try:
        return float(text)
    except ValueError:
        return text.replace("T", " ")


def _literal(text: str) -> str:
    """Write a value as SQL: a number bare, anything else quoted."""
    return text if _NUMBER.match(text) else "'" + text.replace("'", "''") + "'"


def _where(text: str, names: Sequence[str]) -> Where | None:
    name, colon, value = text.partition(":")
    if not colon or name not in names:
        return None
    low, dots, high = value.partition(SPAN)
    return Where(name, value, low, high or None) if dots and low else Where(name, value)


def _matching(rows: list[list[Any]], names: Sequence[str], where: Where | None) -> list[list[Any]]:
    if where is None:
        return rows
    at = names.index(where.column)
    return [row for row in rows if where.keeps(row[at])]


def _select_of(
    reading: Reading, port: OutputPort, names: Sequence[str], where: Where | None
) -> dict[str, str]:
    """Give the statement that reads these columns, and where the reader may run it."""
    statement = _select(port, names, where)
    standing = reading.standings.get(port.pk)
    if not statement or standing is None or standing.state != "granted":
        return {"select": statement, "lab": ""}
    asked = urlencode({"agreement": standing.agreement_id, "sql": statement.rstrip(";")})
    return {"select": statement, "lab": f"{reverse('lab')}?{asked}"}


def _select(port: OutputPort, names: Sequence[str], where: Where | None) -> str:
    """Give the statement that reads these columns, to be copied."""
    if not port.relation or not names:
        return ""
    listed = ",\n       ".join(_quoted(name) for name in names)
    if where is None:
        return f"SELECT {listed}\nFROM {port.relation}\nLIMIT 100;"
    return f"SELECT {listed}\nFROM {port.relation}\nWHERE {where.condition()}\nLIMIT 100;"


def _quoted(name: str) -> str:
    plain = name.isascii() and name.isidentifier() and name == name.lower()
    return name if plain else '"' + name.replace('"', '""') + '"'


def _column(
    column: SchemaColumn,
    profile: Mapping[str, Any],
    taken: Mapping[str, Any] | None,
    here: str,
    where: Where | None,
) -> dict[str, Any]:
    """Shape a column for components/column_table.html; shares are of the profiled rows."""
    facts = profile.get(column.name, {})
    return {
        "name": column.name,
        "type": column.physical_type or column.logical_type,
        "description": column.description,
        "classification": column.classification,
        "tags": ["pii"] if column.personal_data else [],
        "key": column.primary_key,
        "buckets": _buckets(facts),
        "bars": _bars(column.name, facts, here, where),
        "common": _values(column.name, facts, here, where),
        "open": where is not None and where.column == column.name,
        "least": facts.get("min"),
        "most": facts.get("max"),
        "empty": facts.get("null_share"),
        "distinct": _distinct(facts, taken),
    }


def _values(
    name: str, facts: Mapping[str, Any], here: str, where: Where | None
) -> list[dict[str, Any]]:
    """Give the commonest values that may be shown; each leads to the sample rows that have it."""
    sampled = facts.get("sampled") or 0
    pairs = [pair for pair in facts.get("top") or [] if isinstance(pair, list | tuple)]
    return [
        {
            "value": value,
            "count": count,
            "share": count / sampled if sampled else None,
            "percent": 100 * count / sampled if sampled else 0,
            "on": where == Where(name, str(value)),
            "href": f"{here}&{urlencode({'where': f'{name}:{value}'})}#sample",
        }
        for value, count in pairs[:_VALUES]
    ]


def _bars(
    name: str, facts: Mapping[str, Any], here: str, where: Where | None
) -> list[dict[str, Any]]:
    """Give the bars of a histogram; each leads to the sample rows that stand in it."""
    bins = facts.get("bins") or []
    bars = []
    for place, (low, high, count) in enumerate(bins):
        last = place == len(bins) - 1
        span = f"{low}{SPAN}{'' if last else high}"
        bars.append(
            {
                "count": count,
                "label": f"{low} to {'more' if last else f'under {high}'}: {count:,} rows",
                "href": f"{here}&{urlencode({'where': f'{name}:{span}'})}#sample",
                "on": where is not None and (where.column, where.value) == (name, span),
            }
        )
    return bars


def _buckets(facts: Mapping[str, Any]) -> list[int]:
    """Give counts to draw: the histogram, else how often the commonest values occur."""
    if facts.get("bins"):
        return [int(each[2]) for each in facts["bins"]]
    if facts.get("buckets"):
        return [int(count) for count in facts["buckets"]]
    return [int(pair[1]) for pair in facts.get("top") or [] if isinstance(pair, list | tuple)]


def _distinct(facts: Mapping[str, Any], taken: Mapping[str, Any] | None) -> float | None:
    distinct, rows = facts.get("distinct"), (taken or {}).get("row_count")
    sampled = facts.get("sampled") or rows
    if distinct is None or not sampled:
        return None
    return min(1.0, float(distinct) / float(sampled))


def _sample_rows(taken: Mapping[str, Any] | None, names: Sequence[str]) -> list[list[Any]]:
    """Give sample rows in the order of the columns; a row may be stored as a list or by name."""
    rows = taken["rows"] if taken else []
    return [[row.get(name) for name in names] if isinstance(row, dict) else row for row in rows]
