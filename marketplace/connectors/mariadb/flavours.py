"""MariaDB and MySQL 8: two servers that share a protocol, and what each needs said otherwise.

Everything a plan says is the same on both: procedures of ours with the same names. What differs is
inside these procedures (`dialects`), what a session is told at its start, and how passwords are
kept. MySQL's side follows its reference manual, chapters "Using Roles", "CREATE USER" and
"Pluggable Authentication" (https://dev.mysql.com/doc/refman/8.4/en/).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from marketplace.connectors.mariadb import passwords


class Flavour(StrEnum):
    """Which of the two servers answers."""

    MARIADB = "mariadb"
    MYSQL = "mysql"

    @property
    def label(self) -> str:
        """Its name as its makers write it."""
        return {"mariadb": "MariaDB", "mysql": "MySQL"}[self.value]

    @property
    def oldest(self) -> tuple[int, int, int]:
        """The oldest version that has what we need.

        MySQL takes a hashed password written in hexadecimal from 8.0.17 on.
        """
        return (10, 6, 0) if self is Flavour.MARIADB else (8, 0, 17)

    def hashed(self, password: str) -> str:
        """Hash a password as the server keeps it."""
        if self is Flavour.MARIADB:
            return passwords.native(password)
        return passwords.caching_sha2(password)


def flavour_of(version: str) -> Flavour:
    """Tell from what a server says of its version, at the connection or by `VERSION()`.

    MariaDB puts its name there; MySQL and its builds (Percona, Aurora) put a number.
    """
    return Flavour.MARIADB if "mariadb" in version.lower() else Flavour.MYSQL


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a session may not exceed: seconds of a statement and of waiting for a lock."""

    statement_s: float
    lock_s: int
    modes: str = "STRICT_ALL_TABLES"

    def settings(self, flavour: Flavour) -> str:
        """Write the one SET statement a session begins with.

        MySQL's `max_execution_time` counts milliseconds, and only of statements that read.
        """
        limit = (
            f"max_statement_time = {self.statement_s:g}"
            if flavour is Flavour.MARIADB
            else f"max_execution_time = {self.statement_s * 1000:.0f}"
        )
        return (
            f"SET time_zone = '+00:00', lock_wait_timeout = {self.lock_s:d},"
            f" innodb_lock_wait_timeout = {self.lock_s:d}, {limit}, sql_mode = '{self.modes}'"
        )


PROVISIONING: Final = Bounds(statement_s=30, lock_s=5)
