"""Cells of a result: the API sends each as text, with the type in the column's description."""

import base64
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    **dict.fromkeys(("BYTE", "SHORT", "INT", "LONG"), int),
    "FLOAT": float,
    "DOUBLE": float,
    "DECIMAL": Decimal,
    "BOOLEAN": lambda text: text.lower() == "true",
    "DATE": date.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
    "TIMESTAMP_NTZ": datetime.fromisoformat,
    "BINARY": base64.b64decode,
}


def read(cell: str | None, kind: str) -> Any:
    """Read one cell; what has no type of its own in Python (struct, array, map) stays text."""
    if cell is None:
        return None
    return _READERS.get(kind, str)(cell)
