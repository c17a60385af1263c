"""A corner of a real platform for each test."""

from collections.abc import Iterator, Mapping

import pytest

from tests.connectors.installed import leave_out
from tests.connectors.mariadb_server import MariadbLevers, Server, a_corner_of_mariadb, a_server
from tests.connectors.mysql_server import a_mysql_server
from tests.connectors.warehouse import PostgresLevers, a_corner_of_the_warehouse, an_old_server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ask only the platforms that are installed here."""
    leave_out(config, items)


@pytest.fixture
def warehouse() -> Iterator[PostgresLevers]:
    with a_corner_of_the_warehouse() as levers:
        yield levers


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    with a_server() as server:
        yield server


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[Server]:
    with a_mysql_server() as server:
        yield server


@pytest.fixture
def mariadb(mariadb_server: Server) -> Iterator[MariadbLevers]:
    with a_corner_of_mariadb(mariadb_server) as levers:
        yield levers


@pytest.fixture(scope="session")
def postgres_15() -> Iterator[Mapping[str, str]]:
    with an_old_server() as where:
        yield where
