"""Parameters of a query: `:name` in its text, found outside strings, comments and casts.

A value never becomes text of the query: it is sent beside it, as the platform's own parameter.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from marketplace.connectors.errors import QueryRefused

MOST: Final = 50
_LONGEST_VALUE: Final = 10_000
_PIECE: Final = re.compile(
    r"""(?P<other>--[^\n]*|/\*.*?\*/
      | [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
      | \$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$
      | ::)
      | (?<![\w\])":]):(?P<name>[A-Za-z_]\w{0,62})\b""",
    re.DOTALL | re.VERBOSE,
)


def names(sql: str) -> tuple[str, ...]:
    """Give the parameters of a text, each once, in the order in which they come."""
    found = (piece["name"] for piece in _PIECE.finditer(sql))
    return tuple(dict.fromkeys(name for name in found if name))


def bind(
    sql: str, values: Mapping[str, str | None], mark: Callable[[int], str]
) -> tuple[str, tuple[str | None, ...]]:
    """Give the text with `mark(1)`, `mark(2)`, ... for its parameters, and their values in order.

    Raises QueryRefused when one has no value, is too long, or there are too many.
    """
    wanted = names(sql)
    if not wanted:
        return sql, ()
    if len(wanted) > MOST:
        raise QueryRefused("syntax-error", f"A query may have {MOST} parameters at most.")
    missing = [name for name in wanted if name not in values]
    if missing:
        raise QueryRefused("parameter-missing", f"Give a value for :{', :'.join(missing)}.")
    given = tuple(values[name] for name in wanted)
    for name, value in zip(wanted, given, strict=True):
        if value is not None and (len(value) > _LONGEST_VALUE or "\x00" in value):
            raise QueryRefused(
                "syntax-error", f"The value of :{name} is too long, or has the NUL character."
            )
    places = {name: mark(place) for place, name in enumerate(wanted, start=1)}
    return _PIECE.sub(lambda piece: places.get(piece["name"], piece[0]), sql), given
