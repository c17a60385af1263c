"""Servers that only a machine can have: where one is missing, its tests are left out by name."""

import os
from pathlib import Path

import pytest

SERVERS = {
    "mariadb_server": ("/usr/sbin/mariadbd", "mariadb-server"),
    "mysql_server": (
        os.environ.get("EMPORION_MYSQLD", "/usr/local/mysql/bin/mysqld"),
        "mysql-server",
    ),
    "postgres_15": ("/usr/lib/postgresql/15/bin/postgres", "postgresql-15"),
    "rabbitmq_server": ("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"),
}
"""Fixture of a server: its program, and the Debian package that brings it."""


def missing() -> dict[str, str]:
    """Give the fixtures whose server is not installed here, each with its package."""
    return {
        name: package for name, (program, package) in SERVERS.items() if not Path(program).exists()
    }


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the tests that need a missing server out of the run; they count as deselected."""
    absent = missing()
    without = [item for item in items if absent.keys() & set(getattr(item, "fixturenames", ()))]
    if without:
        items[:] = [item for item in items if item not in without]
        config.hook.pytest_deselected(items=without)
