# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Facts on base files for the owner's pages: columns, profiles, samples."""

import time
from typing import Any, Final

from marketplace.connectors.base import (
    Column,
    ColumnInfo,
    ColumnProfile,
    Permanent,
    PortVariant,
    Rows,
    Schema,
)
from marketplace.connectors.files import datasets
from marketplace.connectors.files.config import FilesConfig
from marketplace.connectors.histogram import Bins, kind_of, scale

type Target = PortVariant | tuple[str, str]

_MOST_SAMPLED: Final = 100_000
_SHOWN: Final = 100
_TOP: Final = 5
_AS_DOUBLE: Final = {"integer": "::DOUBLE", "number": "::DOUBLE", "date": "", "timestamp": ""}


def describe(config: FilesConfig, schema: str, table: str) -> Schema:
    """Read the columns of a base relation. Raises Permanent when there are no files."""
    dataset = _dataset(config, schema, table)
    with datasets.reading(config) as session:
        rows = session.execute(f"DESCRIBE SELECT * FROM {dataset.source}").fetchall()
        ((count,),) = session.execute(f"SELECT count(*) FROM {dataset.source}").fetchall()
    columns = tuple(
        ColumnInfo(row[0], str(row[1]).lower(), row[2] == "YES", primary_key=False, comment="")
        for row in rows
    )
    return Schema(schema, table, dataset.format, columns, "", count)


def sample(config: FilesConfig, target: Target, limit: int) -> Rows:
    """Read the first rows of a variant (its columns, rows and masks only) or of base files."""
    started = time.monotonic()
    most = min(limit, _MOST_SAMPLED)
    with datasets.reading(config) as session:
        result = session.execute(f"{_query(config, target)} LIMIT {most + 1:d}")
        columns = tuple(Column(one[0], str(one[1]).lower()) for one in result.description)
        rows = result.fetchall()
    elapsed = (time.monotonic() - started) * 1000
    return Rows(columns=columns, rows=rows[:most], truncated=len(rows) > most, elapsed_ms=elapsed)


def profile(config: FilesConfig, target: Target, limit: int) -> tuple[ColumnProfile, ...]:
    """Count, compare and rank the values of at most `limit` rows (100,000 at most)."""
    query = f"{_query(config, target)} LIMIT {min(limit, _MOST_SAMPLED):d}"
    with datasets.reading(config) as session:
        session.execute(f"CREATE TEMP TABLE sampled AS {query}")
        found = [(row[0], str(row[1])) for row in session.execute("DESCRIBE sampled").fetchall()]
        return tuple(_profile(session, name, type_) for name, type_ in found)


def _profile(session: Any, column: str, type_: str) -> ColumnProfile:
    name = '"' + column.replace('"', '""') + '"'
    text = f"{name}::VARCHAR"
    rows, nulls, distinct, low, high = session.execute(
        f"SELECT count(*), count(*) - count({name}), count(DISTINCT {text}),"
        f" left(min({name})::VARCHAR, {_SHOWN}), left(max({name})::VARCHAR, {_SHOWN}) FROM sampled"
    ).fetchone()
    top = session.execute(
        f"SELECT left({text}, {_SHOWN}) AS shown, count(*) AS times FROM sampled"
        f" WHERE {name} IS NOT NULL GROUP BY shown ORDER BY times DESC, shown LIMIT {_TOP}"
    ).fetchall()
    bins = _bins(session, name, type_)
    return ColumnProfile(column, rows, nulls, distinct, low, high, tuple(top), bins)


def _bins(session: Any, name: str, type_: str) -> Bins:
    """Count numbers and moments by bins of equal width; what is endless is left out."""
    kind = kind_of(type_)
    if kind is None:
        return ()
    place = {
        "date": f"date_diff('day', DATE '1970-01-01', {name}::DATE)::DOUBLE",
        "timestamp": f"floor(epoch({name}) / 60)",
    }.get(kind, f"{name}::DOUBLE")
    line = f"(SELECT {place} AS spot FROM sampled WHERE isfinite({name}{_AS_DOUBLE[kind]})) AS line"
    found = scale(kind, *session.execute(f"SELECT min(spot), max(spot) FROM {line}").fetchone())
    if found is None:
        return ()
    counted = session.execute(
        "SELECT least(floor((spot - ?) / ?)::INTEGER, ?) AS place, count(*)"
        f" FROM {line} GROUP BY 1",
        [found.low, found.width, found.number - 1],
    ).fetchall()
    return found.bins(dict(counted))


def _dataset(config: FilesConfig, schema: str, table: str) -> datasets.Dataset:
    found = datasets.find(config, schema, table)
    if found is None:
        raise Permanent(f"there is no relation {schema}.{table}")
    return found


def _query(config: FilesConfig, target: Target) -> str:
    if isinstance(target, PortVariant):
        dataset = _dataset(config, target.base_schema, target.base_table)
        return datasets.select(config, target, dataset)
    return f"SELECT * FROM {_dataset(config, *target).source}"
