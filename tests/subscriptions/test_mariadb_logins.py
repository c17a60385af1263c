"""One of two logins on MariaDB is dropped: its open session ends, the other's stays."""

from collections.abc import Iterator
from typing import Any

import pymysql
import pytest

from subscriptions.models import AccessAgreement
from tests.connectors.mariadb_server import LAB_SECRET, PROVISIONER, Server, a_server
from tests.marketplace.portal.conftest import browser
from tests.rest import api
from tests.subscriptions import dropping

__all__ = ["api", "browser"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def flights(people: Any, mesh: Any) -> Iterator[Server]:
    """A database of raw flights, on a server that the marketplace knows."""
    with a_server() as server, server.administrator() as dba, dba.cursor() as cursor:
        for statement in (
            "CREATE DATABASE raw CHARACTER SET utf8mb4",
            "CREATE TABLE raw.delays(flight_id int, carrier text, origin text, dep_delay int)",
            "INSERT INTO raw.delays VALUES (1, 'LH', 'HAM', 12), (2, 'AF', 'CDG', 0)",
            "GRANT SELECT ON raw.* TO emporion_publisher@localhost",
        ):
            cursor.execute(statement)
        config = {"host": "127.0.0.1", "port": server.port, "user": PROVISIONER}
        facts = config | {"lab_secret": LAB_SECRET}
        dropping.registered(people, "mariadb", facts, server.password)
        yield server


@pytest.fixture
def agreement(flights: Server, apply: Any, ask_curated: Any, work: Any) -> AccessAgreement:
    del flights
    return dropping.granted(apply, ask_curated, work, resource="raw.delays")


def test_one_login_of_two_is_dropped_with_its_session(
    flights: Server, agreement: AccessAgreement, browser: Any, api: Any
) -> None:
    sessions: list[Any] = []

    def lets_in(user: str, password: str) -> bool:
        where: Any = {"host": "127.0.0.1", "port": flights.port}
        try:
            session = pymysql.connect(user=user, password=password, **where)
        except pymysql.err.OperationalError:
            return False
        sessions.append(session)
        with session.cursor() as cursor:
            port = agreement.port
            cursor.execute(f"SELECT count(*) FROM {port.relation}")
            return cursor.fetchall() == ((2,),)

    dropping.drops_one_of_two(agreement, browser, api, lets_in)
    first, second = sessions[:2]

    with pytest.raises(pymysql.MySQLError), first.cursor() as cursor:
        cursor.execute("SELECT 1")
    with second.cursor() as cursor:
        assert cursor.execute("SELECT 1") == 1
    for one in sessions:
        if one.open:
            one.close()
