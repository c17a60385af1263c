"""Queries on invented rows, wherever they run: which types such a table may have, and its name.

A type is chosen from this list and never taken from a text, so a descriptor cannot write SQL.
"""

import re
from typing import Final

TYPES: Final = frozenset(
    {
        "boolean",
        "smallint",
        "integer",
        "bigint",
        "numeric",
        "real",
        "double precision",
        "text",
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "interval",
        "uuid",
        "bytea",
        "jsonb",
        "text[]",
        "integer[]",
    }
)
_SKIPPED: Final = (
    r"""--[^\n]*|/\*.*?\*/|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'"""
    r"""|\$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$"""
)


def redirected(sql: str, schema: str, name: str, target: str) -> str:
    """Give the text with `schema.name` read from `target.name`; strings and comments stay.

    `target` is a name of ours. What is not redirected does not exist where the text is run.
    """
    relation = re.compile(
        rf"""(?P<skipped>{_SKIPPED})
          | (?<![\w"$.])(?:"{re.escape(schema)}"|{re.escape(schema)})(?P<dot>\s*\.\s*)
            (?=(?:"{re.escape(name)}"|{re.escape(name)})(?![\w$"]))""",
        re.DOTALL | re.VERBOSE | re.IGNORECASE,
    )
    return relation.sub(lambda found: found["skipped"] or f"{target}{found['dot']}", sql)
