"""MariaDB's and MySQL's errors in our words: what may be repeated, what a person must mend."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pymysql

from marketplace.connectors.base import Conflict, ConnectorError, NeedsHuman, Permanent, Transient

# https://mariadb.com/kb/en/mariadb-error-codes/ and
# https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
RACES: Final = frozenset({1020, 1205, 1213, 1396, 1684})
"""Two writers met: record changed, lock wait, deadlock, account just made, view being altered."""
_AWAY: Final = frozenset({1040, 1053, 1203, 1226, 1317, 1927, 1969, 2002, 2003, 2006, 2013, 3024})
_SIGNALLED: Final = 1644
"""By our own procedures."""
_HUMAN: Final = frozenset(
    {1044, 1045, 1142, 1143, 1227, 1305, 1370, 1410, 1449, _SIGNALLED, 1698, 3118, 3162, 4151}
)
_GONE: Final = frozenset({1959, 1976, 3523, 3530})  # roles: MariaDB's numbers, MySQL's
LOGIN_REFUSED: Final = frozenset({1045, 1698})
KILLED: Final = frozenset({1317, 1927, 2006, 2013})
TIMED_OUT: Final = frozenset({1969, 3024})
_RETRY_S: Final = 1.0


def code_of(error: Exception) -> int:
    """Give the server's or client's number of an error, 0 when there is none."""
    first = error.args[0] if error.args else 0
    return first if isinstance(first, int) else 0


def words_of(error: Exception) -> str:
    """Give the server's sentence."""
    return str(error.args[1]) if len(error.args) > 1 else type(error).__name__


def translate(error: Exception) -> ConnectorError:
    """Turn a driver's error into ours."""
    code, words = code_of(error), f"{words_of(error)} [{code_of(error)}]"
    if code in RACES or code in _AWAY:
        return Transient(words, _RETRY_S)
    if code in _HUMAN:
        return NeedsHuman(words)
    if code in _GONE:
        return Conflict(words)
    if code == 0 and isinstance(error, pymysql.err.InterfaceError | pymysql.err.OperationalError):
        return Transient(words, _RETRY_S)
    return Permanent(words)


@contextmanager
def translated() -> Iterator[None]:
    """Let only our own errors out of this block."""
    try:
        yield
    except pymysql.MySQLError as error:
        raise translate(error) from error
