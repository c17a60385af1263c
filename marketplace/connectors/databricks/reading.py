# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Facts on relations for the owner's pages: columns, profiles, samples. Read as ourselves."""

import time
from typing import Any, Final

from marketplace.connectors.base import (
    ColumnInfo,
    ColumnProfile,
    Permanent,
    PortVariant,
    Rows,
    Schema,
)
from marketplace.connectors.databricks import statements
from marketplace.connectors.databricks.client import Bounds, Client, Refusal, translate
from marketplace.connectors.databricks.config import DatabricksConfig
from marketplace.connectors.databricks.observing import table

type Target = PortVariant | tuple[str, str]

_MOST_SAMPLED: Final = 100_000
_SHOWN: Final = 100
_TOP: Final = 5


def describe(client: Client, config: DatabricksConfig, schema: str, relation: str) -> Schema:
    """Read the columns of a relation. Raises Permanent when our principal sees none."""
    statements.qualified(schema, relation)
    found = table(client, config.source, schema, relation)
    if found is None:
        raise Permanent(f"there is no relation {schema}.{relation} in {config.source}")
    keys = {
        column
        for one in found.get("table_constraints") or []
        for column in (one.get("primary_key_constraint") or {}).get("child_columns") or []
    }
    return Schema(
        schema=schema,
        name=relation,
        kind="view" if "VIEW" in str(found.get("table_type")) else "table",
        columns=tuple(
            ColumnInfo(
                str(one["name"]),
                str(one.get("type_text") or one.get("type_name") or ""),
                one.get("nullable") is not False,
                one["name"] in keys,
                str(one.get("comment") or ""),
            )
            for one in found.get("columns") or []
        ),
        comment=str(found.get("comment") or ""),
        rows_estimate=None,
    )


def relations(client: Client, config: DatabricksConfig, schema: str) -> tuple[str, ...]:
    """List the tables and views of a schema that our principal sees, in order of name."""
    query: dict[str, Any] = {"catalog_name": config.source, "schema_name": schema}
    found: list[str] = []
    while True:
        said = client.do("GET", f"{statements.CATALOG_ROOT}/tables", query=query)
        found += [str(one["name"]) for one in said.get("tables") or []]
        if not said.get("next_page_token"):
            return tuple(sorted(found))
        query["page_token"] = said["next_page_token"]


def sample(client: Client, config: DatabricksConfig, target: Target, limit: int) -> Rows:
    """Read the first rows of a variant (its columns and rows only) or of a base relation."""
    started = time.monotonic()
    most = min(limit, _MOST_SAMPLED)
    try:
        found = client.run(f"{_query(config, target)} LIMIT {most + 1:d}", bounds=Bounds(rows=most))
    except Refusal as refusal:
        raise translate(refusal) from refusal
    elapsed = (time.monotonic() - started) * 1000
    return Rows(found.columns, found.rows, found.truncated, elapsed)


def profile(
    client: Client, config: DatabricksConfig, target: Target, limit: int
) -> tuple[ColumnProfile, ...]:
    """Count, compare and rank the values of at most `limit` rows (100,000 at most)."""
    source = f"({_query(config, target)} LIMIT {min(limit, _MOST_SAMPLED):d}) AS sampled"
    names = (
        target.columns
        if isinstance(target, PortVariant)
        else tuple(one.name for one in describe(client, config, *target).columns)
    )
    try:
        return tuple(_profile(client, source, name) for name in names)
    except Refusal as refusal:
        raise translate(refusal) from refusal


def _profile(client: Client, source: str, name: str) -> ColumnProfile:
    column = statements.name(name)
    text = f"CAST({column} AS STRING)"
    ((rows, nulls, distinct, low, high),) = client.rows(
        f"SELECT count(*), count(*) - count({column}), count(DISTINCT {text}),"
        f" left(CAST(min({column}) AS STRING), {_SHOWN}),"
        f" left(CAST(max({column}) AS STRING), {_SHOWN}) FROM {source}"
    )
    top = client.rows(
        f"SELECT left({text}, {_SHOWN}) AS shown, count(*) AS times FROM {source}"
        f" WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {_TOP}"
    )
    return ColumnProfile(
        name=name,
        sampled=rows,
        nulls=nulls,
        distinct=distinct,
        minimum=low,
        maximum=high,
        top=tuple((shown, times) for shown, times in top),
    )


def _query(config: DatabricksConfig, target: Target) -> str:
    """Select what a variant shows, without the question for an entitlement, or a whole relation."""
    if isinstance(target, PortVariant):
        return statements.select_base(config, target)
    return f"SELECT * FROM {statements.qualified(config.source, *target)}"
