# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Base files and the extracts made of them: which files there are, and the SQL that reads them."""

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from marketplace.connectors.base import Ident, Mask, NeedsHuman, Permanent, PortVariant, RowFilter
from marketplace.connectors.files.config import FilesConfig
from marketplace.connectors.grants import FilterValue

_READERS: Final = {"parquet": "read_parquet", "delta": "read_parquet", "csv": "read_csv"}
_NUMBERS: Final = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "UBIGINT")


@dataclass(frozen=True, slots=True)
class Dataset:
    """The files behind a base relation, in order."""

    format: str
    files: tuple[Path, ...]

    @property
    def source(self) -> str:
        """Write the table function that reads them."""
        names = ", ".join(literal(str(one)) for one in self.files)
        return f"{_READERS[self.format]}([{names}])"

    @property
    def state(self) -> str:
        """A fingerprint of what the files are now."""
        facts = [(str(one), one.stat().st_size, one.stat().st_mtime_ns) for one in self.files]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def name(text: str) -> str:
    """Check and quote one identifier."""
    return '"' + Ident(text).replace('"', '""') + '"'


def literal(value: FilterValue) -> str:
    """Quote one value; DuckDB knows no escapes inside quotes but the doubled one."""
    if value is None:
        return "NULL"
    if isinstance(value, tuple):
        return f"({', '.join(literal(one) for one in value)})"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.astimezone(UTC).isoformat()}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return "'" + value.replace("'", "''") + "'"


def find(config: FilesConfig, schema: str, table: str) -> Dataset | None:
    """Find the files of a base relation: a Delta table, a folder of files, or one file."""
    place = Path(config.root) / Ident(schema) / Ident(table)
    if not _inside(config, place):
        return None
    if (place / "_delta_log").is_dir():
        return Dataset("delta", _delta_files(place))
    for ending in ("parquet", "csv"):
        single = place.with_name(f"{place.name}.{ending}")
        inside = sorted(place.glob(f"*.{ending}")) if place.is_dir() else []
        files = tuple(one for one in [single, *inside] if one.is_file() and _inside(config, one))
        if files:
            return Dataset(ending, files)
    return None


def _inside(config: FilesConfig, place: Path) -> bool:
    """Whether a path, its links followed, stays below the root."""
    return place.resolve().is_relative_to(Path(config.root).resolve())


def _delta_files(place: Path) -> tuple[Path, ...]:
    """Replay a Delta log (protocol version 1 for readers) to the files that count now."""
    if list((place / "_delta_log").glob("*.checkpoint*.parquet")):
        raise NeedsHuman(f"{place.name} is a Delta table with checkpoints: keep its log whole")
    live: dict[str, None] = {}
    for commit in sorted((place / "_delta_log").glob("*.json")):
        for line in commit.read_text("utf-8").splitlines():
            entry = json.loads(line)
            if entry.get("protocol", {}).get("minReaderVersion", 1) > 1:
                raise NeedsHuman(f"{place.name} needs a newer reader of Delta tables")
            if entry.get("metaData", {}).get("partitionColumns"):
                raise NeedsHuman(f"{place.name} is a partitioned Delta table")
            if "add" in entry:
                live[entry["add"]["path"]] = None
            elif "remove" in entry:
                live.pop(entry["remove"]["path"], None)
    files = tuple(place / one for one in live)
    if not files or any(place.resolve() not in one.resolve().parents for one in files):
        raise NeedsHuman(f"{place.name} has no files of its own")
    return files


def columns(dataset: Dataset) -> dict[str, str]:
    """Give the columns and types that DuckDB sees."""
    with reading() as session:
        rows = session.execute(f"DESCRIBE SELECT * FROM {dataset.source}").fetchall()
    return {row[0]: row[1] for row in rows}


@contextlib.contextmanager
def reading(config: FilesConfig | None = None, file: str = ":memory:") -> Any:
    """Open a DuckDB of our own for reading base files; its errors come out as ours."""
    limits: dict[str, Any] = {
        "memory_limit": f"{config.memory_mb if config else 256}MB",
        "threads": 1,
        "autoinstall_known_extensions": "false",
    }
    session = duckdb.connect(file, config=limits)
    try:
        session.execute("SET TimeZone = 'UTC'")
        yield session
    except duckdb.Error as error:
        raise Permanent(str(error).splitlines()[0]) from error
    finally:
        session.close()


def fits(one: RowFilter, column_type: str) -> bool:
    """Whether value and column are both numbers, or neither is: DuckDB would cast silently."""
    number = column_type.startswith(_NUMBERS) or column_type.endswith("INT")
    for value in one.value if isinstance(one.value, tuple) else (one.value,):
        if isinstance(value, str):
            fit = column_type == "VARCHAR"
        elif isinstance(value, bool | date):
            fit = not number and column_type != "VARCHAR"
        else:
            fit = value is None or number
        if not fit:
            return False
    return True


def select(config: FilesConfig, variant: PortVariant, dataset: Dataset) -> str:
    """Write what a variant shows of its base files."""
    shown = ", ".join(_shown(config, variant.mask_of(one), one) for one in variant.columns)
    where = " AND ".join(["true", *(_condition(one) for one in variant.row_filters)])
    return f"SELECT {shown} FROM {dataset.source} AS t WHERE {where}"


def _shown(config: FilesConfig, mask: Mask | None, column: str) -> str:
    source, text = f"t.{name(column)}", f"t.{name(column)}::VARCHAR"
    if mask is None:
        return source
    if mask.how == "hash":
        masked = f"sha256({literal(config.key('salt').hex())} || {text})"
    elif mask.how == "null":
        masked = f"CASE WHEN false THEN {source} END"
    else:
        masked = (
            f"CASE WHEN length({text}) > {2 * mask.keep:d} THEN '****' || right({text},"
            f" {mask.keep:d}) WHEN {source} IS NOT NULL THEN '****' END"
        )
    return f"{masked} AS {name(column)}"


def _condition(one: RowFilter) -> str:
    column = f"t.{name(one.column)}"
    if one.value is None:
        return f"{column} {one.op.upper()}"
    return f"{column} {one.op.upper()} {literal(one.value)}"


def extract(config: FilesConfig, variant: PortVariant) -> Path:
    """Give the extract of a variant, made anew when its base files have changed."""
    dataset = find(config, variant.base_schema, variant.base_table)
    if dataset is None:
        raise Permanent(f"there is no relation {variant.base_schema}.{variant.base_table}")
    handle = variant.handle(config.env)
    folder = config.control / "extracts"
    place = folder / f"{handle}-{variant.digest}-{dataset.state}.duckdb"
    if place.exists():
        return place
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = Path(tempfile.mkdtemp(dir=folder)) / "new.duckdb"
    with reading(config, str(temporary)) as session:
        session.execute(f"CREATE TABLE rows AS {select(config, variant, dataset)}")
    os.replace(temporary, place)  # noqa: PTH105 - one moment, also over another's
    temporary.parent.rmdir()
    for old in folder.glob(f"{handle}-*.duckdb"):
        if old != place:
            old.unlink(missing_ok=True)
    return place
