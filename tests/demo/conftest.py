"""A database of its own, loaded with the sample, beside the warehouse of the other tests."""

import os
import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import conninfo, sql

from demo.warehouse import load


@pytest.fixture(scope="session")
def admin_dsn() -> str:
    """Whoever may create databases and roles in the test cluster."""
    dsn = os.environ.get("EMPORION_WAREHOUSE_ADMIN_DSN")
    assert dsn, "tests/servers.py, or you, must set EMPORION_WAREHOUSE_ADMIN_DSN"
    return dsn


@pytest.fixture(scope="session")
def make_database(admin_dsn: str) -> Iterator[Callable[[], str]]:
    """Create empty databases; all go at the end."""
    made: list[sql.Identifier] = []

    def make() -> str:
        name = f"demo_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(admin_dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        made.append(sql.Identifier(name))
        return conninfo.make_conninfo(admin_dsn, dbname=name)

    yield make
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        for name in made:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="session")
def warehouse_dsn(make_database: Callable[[], str]) -> str:
    """The sample, loaded once for all tests that only read."""
    dsn = make_database()
    load(dsn, sample=True, progress=lambda _line: None)
    return dsn


@pytest.fixture
def warehouse(warehouse_dsn: str) -> Iterator[psycopg.Connection]:
    """A transaction in the sample that leaves nothing behind."""
    with psycopg.connect(warehouse_dsn) as connection:
        yield connection
        connection.rollback()
