"""PostgreSQL's errors in our words: what may be repeated, what a person must mend."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from marketplace.connectors.base import (
    Conflict,
    ConnectorError,
    NeedsHuman,
    Permanent,
    Transient,
)
from marketplace.connectors.postgres.statements import NOT_OURS

# https://www.postgresql.org/docs/18/errcodes-appendix.html
RACES: Final = frozenset({"40001", "40P01", "XX000", "23505", "42710", "42P06", "42P07"})
"""Two writers met; XX000 is "tuple concurrently updated". The same step works a moment later."""
_BUSY_CLASSES: Final = ("08", "53", "57", "55P03", "40", "25006")
_HUMAN: Final = frozenset({"42501", "28000", "28P01", "0LP01", "2BP01", "3D000", "55006", NOT_OURS})
_GONE: Final = frozenset({"42704"})
_TOO_MANY_CONNECTIONS_RETRY_S: Final = 1.0
_FULL: Final = ("too many connections", "too many clients", "connection slots are reserved")
"""53300 as libpq tells it, which has no code for what happens before a session stands."""


def translate(error: psycopg.Error) -> ConnectorError:
    """Turn a driver's error into ours, with the server's primary message only."""
    state = error.sqlstate
    words = first_line(error)
    if state is None:
        return _unreachable(error, words)
    if state in RACES or state.startswith(_BUSY_CLASSES):
        return Transient(f"{words} [{state}]", _TOO_MANY_CONNECTIONS_RETRY_S)
    if state in _HUMAN:
        return NeedsHuman(f"{words} [{state}]")
    if state in _GONE:
        return Conflict(f"{words} [{state}]")
    return Permanent(f"{words} [{state}]")


def _unreachable(error: psycopg.Error, words: str) -> ConnectorError:
    """Sort what happened before the server gave a code: mostly failures to connect."""
    if login_refused(error):
        return NeedsHuman(words)
    if any(one in str(error) for one in _FULL):
        return Transient(f"{words} [53300]", _TOO_MANY_CONNECTIONS_RETRY_S)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Transient(words)
    return Permanent(words)


def login_refused(error: psycopg.Error) -> bool:
    """Whether a connection was refused for its credential (libpq gives no code for that)."""
    words = str(error)
    return "authentication failed" in words or "is not permitted to log in" in words


def first_line(error: psycopg.Error) -> str:
    """Give the server's sentence, without the statement, the context and other lines."""
    return error.diag.message_primary or (str(error) or type(error).__name__).splitlines()[0]


@contextmanager
def translated() -> Iterator[None]:
    """Let only our own errors out of this block."""
    try:
        yield
    except psycopg.Error as error:
        raise translate(error) from error
