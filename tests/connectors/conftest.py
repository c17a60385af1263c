"""A corner of the real warehouse for each test."""

from collections.abc import Iterator

import pytest

from tests.connectors.warehouse import PostgresLevers, administrator


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresLevers]:
    with administrator() as dba:
        levers = PostgresLevers(dba, monkeypatch)
        try:
            yield levers
        finally:
            levers.close()
