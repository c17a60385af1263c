"""The columns of a port with their profile, in any version, and rows of the same shape."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from catalog.actions.contracts import parsed
from catalog.compatibility.contracts import diff
from catalog.models import ContractVersion, OutputPort, SchemaColumn
from catalog.queries import sample
from catalog.queries.lineage import columns_into
from catalog.queries.sandbox import invented_rows
from marketplace.portal.product_parts import Reading, switch
from marketplace.portal.product_queries import columns_by_port
from marketplace.portal.product_stream import stream
from marketplace.portal.sample_filter import SPAN, Where, matching, quoted, where_of

_ROWS: Final = 10
_VALUES: Final = 5
_ORIGINS: Final = 3  # of a column; the lineage has them all
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
    where = where_of(reading.given.get("where", ""), names)
    rows = _sample_rows(taken, names)
    invented = not rows
    if invented:
        rows = invented_rows(other or port.contract, names)
    kept = matching(rows, names, where)
    origins = _origins(reading)
    here = f"{reverse('product', args=[reading.product.key, 'schema'])}?"
    on = f"port={port.name}@{port.version_name}"
    return {
        "port": port,
        "ports": switch(reading, "schema"),
        "stream": stream(reading, port),
        "versions": [_version(one, port, other, f"{here}{on}") for one in versions],
        "other": other,
        "differences": _differences(port, other) if other else [],
        "columns": [
            _column(one, profile, taken, f"{here}{on}", where)
            | {"origins": origins.get(one.name, [])[:_ORIGINS]}
            for one in columns
        ],
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


def _origins(reading: Reading) -> dict[str, list[dict[str, str]]]:
    """Give what each column comes from, by its name, as jobs reported it to the lineage."""
    found: dict[str, list[dict[str, str]]] = {}
    for flow in columns_into(reading.actor, reading.product.key):
        origin = {"column": flow.source_column, "name": flow.source_name}
        lines = found.setdefault(flow.target_column, [])
        if origin not in lines:
            lines.append(origin)
    return found


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
    listed = ",\n       ".join(quoted(name) for name in names)
    if where is None:
        return f"SELECT {listed}\nFROM {port.relation}\nLIMIT 100;"
    return f"SELECT {listed}\nFROM {port.relation}\nWHERE {where.condition()}\nLIMIT 100;"


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
