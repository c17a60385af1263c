"""The row restriction of a port as Lake Formation's data cells filters write it."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from marketplace.connectors.base import BadIdentifier, RowFilter
from marketplace.connectors.grants import Scalar

_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]*\Z")


def expression(filters: tuple[RowFilter, ...]) -> str:
    """Join conditions with AND; values are literals of the SQL standard.

    Raises BadIdentifier for a column whose name would have to be quoted, or a number that is none.
    """
    return " AND ".join(_condition(one) for one in filters)


def _condition(one: RowFilter) -> str:
    if not _PLAIN.match(one.column):
        raise BadIdentifier(f"{one.column!r} cannot be named in a data cells filter")
    if one.op in {"is null", "is not null"}:
        return f"{one.column} {one.op.upper()}"
    if isinstance(one.value, tuple):
        return f"{one.column} {one.op.upper()} ({', '.join(_literal(v) for v in one.value)})"
    assert one.value is not None
    return f"{one.column} {one.op} {_literal(one.value)}"


def _literal(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"timestamp '{value:%Y-%m-%d %H:%M:%S.%f}'"
    if isinstance(value, date):
        return f"date '{value:%Y-%m-%d}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    text = str(value if isinstance(value, int | Decimal) else Decimal(repr(value)))
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        text = format(Decimal(text), "f")
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        raise BadIdentifier(f"{value!r} is no number that a filter can hold")
    return text
