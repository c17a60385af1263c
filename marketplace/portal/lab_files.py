"""Rows as files, and a query as a notebook. No file holds a secret; a notebook holds no row."""

import csv
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from importlib.util import find_spec
from io import BytesIO, StringIO
from typing import Any, Final

from marketplace.connectors.base import Rows
from marketplace.connectors.parameters import bind

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def parquet_is_there() -> bool:
    """Tell whether the library that writes Parquet is installed (the extra `parquet`)."""
    return find_spec("pyarrow") is not None


def as_csv(rows: Rows) -> str:
    """Write rows as RFC 4180, with a quote before text that a spreadsheet would run."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([_harmless(column.name) for column in rows.columns])
    for row in rows.rows:
        writer.writerow(["" if value is None else _harmless(_cell(value)) for value in row])
    return out.getvalue()


def as_parquet(rows: Rows) -> bytes:
    """Write rows as Parquet, with the types that they came in; what has none of its own as text."""
    import pyarrow as pa
    from pyarrow import parquet

    names = unique([column.name for column in rows.columns])
    columns = [[row[place] for row in rows.rows] for place in range(len(names))]
    arrays = [_array(pa, values) for values in columns]
    out = BytesIO()
    parquet.write_table(pa.Table.from_arrays(arrays, names=names), out)
    return out.getvalue()


def unique(names: list[str]) -> list[str]:
    """Number what stands twice: a file of columns needs different names."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found


def _array(pa: Any, values: list[Any]) -> Any:
    plain = [as_text(value) if isinstance(value, dict) else value for value in values]
    try:
        return pa.array(plain)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return pa.array([None if value is None else as_text(value) for value in values])


def as_notebook(
    sql: str, values: Mapping[str, str | None], *, title: str, notes: list[str], link: str
) -> str:
    """Write a query as a notebook (nbformat 4.5) that runs it with a short-lived login."""
    text, given = bind(sql, values, lambda _place: "%s") if values else (sql, ())
    escaped = sql if not values else text
    cells = [
        _cell_of("markdown", f"# {title}\n\n" + "\n".join(f"- {note}" for note in notes)),
        _cell_of(
            "markdown",
            "Get a short-lived login under *My access* and set `EMPORION_DSN` to its address:\n"
            f"<{link}>",
        ),
        _cell_of("code", '%pip install --quiet "psycopg[binary]" pandas'),
        _cell_of("code", _reading(escaped, values, given)),
    ]
    book = {
        "cells": [{**cell, "id": f"cell-{place}"} for place, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _reading(sql: str, values: Mapping[str, str | None], given: tuple[str | None, ...]) -> str:
    """Write the cell that runs the query; values stand beside the text here, too."""
    bound = f", {json.dumps(list(given))}".replace("null", "None") if values else ""
    return (
        "import os\n\nimport pandas as pd\nimport psycopg\n\n"
        f"SQL = {json.dumps(sql, ensure_ascii=False)}\n\n"
        'with psycopg.connect(os.environ["EMPORION_DSN"]) as connection:\n'
        f"    cursor = connection.execute(SQL{bound})\n"
        "    names = [column.name for column in cursor.description]\n"
        "    frame = pd.DataFrame(cursor.fetchall(), columns=names)\n\nframe"
    )


def _cell_of(kind: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell


def as_text(value: Any) -> str:
    """Write a cell as the platform would: ISO times, JSON for structures, true and false."""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, default=str)
    return str(value)


def _harmless(value: Any) -> Any:
    """Quote text that starts as a formula does; numbers stay numbers."""
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    return value if _is_number(value) else f"'{value}"


def _cell(value: Any) -> Any:
    """Keep numbers for the file, write all else as text."""
    plain = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return value if plain else as_text(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and text.strip() == text


WRITERS: Final[dict[str, tuple[str, str, Callable[[Rows], str | bytes]]]] = {
    "csv": ("csv", "text/csv; charset=utf-8", as_csv),
    "parquet": ("parquet", "application/vnd.apache.parquet", as_parquet),
}
