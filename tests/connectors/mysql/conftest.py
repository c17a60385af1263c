"""Whoever asks for MariaDB here gets MySQL."""

from collections.abc import Iterator

import pytest

from tests.connectors.mariadb.conftest import Corner, corner
from tests.connectors.mariadb_server import MariadbLevers, Server, a_corner_of_mariadb

__all__ = ["Corner", "corner"]


@pytest.fixture(scope="session")
def mariadb_server(mysql_server: Server) -> Server:
    return mysql_server


@pytest.fixture
def mariadb(mysql_server: Server) -> Iterator[MariadbLevers]:
    with a_corner_of_mariadb(mysql_server) as levers:
        yield levers
