"""What is sent to MariaDB and to MySQL, to the letter; no server is asked.

Run on real servers as well: MariaDB in every run of the suite, MySQL where one is installed. A
file of `tests/connectors/golden` is changed on purpose only: run with GOLDEN=write in the
environment.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marketplace.connectors.base import Member, Observed, PortDesired, PortVariant, RowFilter
from marketplace.connectors.mariadb import MariadbConfig, MariadbConnector
from marketplace.connectors.mariadb.bootstrap import administrator_statements
from marketplace.connectors.mariadb.flavours import Bounds, Flavour, flavour_of
from marketplace.connectors.mariadb.passwords import caching_sha2, native, sha_crypt
from tests.connectors.contract import CUSTOMER, GROWTH

GOLDEN = Path(__file__).parents[1] / "golden"
CONFIG = MariadbConfig(
    host="127.0.0.1",
    port=3306,
    user="emporion_provisioner",
    password="never sent",
    env="test",
    lab_secret="a secret of tests, 32 characters",
)
VARIANT = PortVariant(
    port_id="018f0000-0000-7000-8000-000000000001",
    port_key="flight-operations.flight-delays/curated/1",
    relation_schema="flight_products",
    relation_name="delays",
    base_schema="raw",
    base_table="delays",
    columns=("id", "carrier"),
    row_filters=(RowFilter("carrier", "in", ("LH", "AF")),),
)
UNTIL = datetime(2027, 1, 31, 12, tzinfo=UTC)


def written(name: str, statements: tuple[str, ...]) -> str:
    """Give the golden text, after writing it when that was asked for."""
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(";\n\n".join(statements) + ";\n", encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("flavour", list(Flavour))
def test_what_an_administrator_runs_is_written_down(flavour: Flavour) -> None:
    statements = administrator_statements(CONFIG, flavour)

    assert ";\n\n".join(statements) + ";\n" == written(f"{flavour}-administrator.sql", statements)


def test_a_plan_says_the_same_on_both() -> None:
    connector = MariadbConnector(CONFIG)
    nothing = Observed(exists=False, view_digest="", members=frozenset())
    desired = PortDesired(
        VARIANT,
        frozenset(
            {Member(GROWTH, UNTIL, "agreement-1"), Member(CUSTOMER, None, "agreement-2")},
        ),
    )

    given = connector.plan(desired, nothing)
    statements = tuple(f"-- {step.id}\n{step.do}" for step in given.steps)
    assert ";\n\n".join(statements) + ";\n" == written("mariadb-plan.sql", statements)


@pytest.mark.parametrize(
    ("version", "flavour"),
    [
        ("5.5.5-10.11.14-MariaDB-0+deb12u2", Flavour.MARIADB),
        ("11.8.3-MariaDB-log", Flavour.MARIADB),
        ("8.0.44", Flavour.MYSQL),
        ("8.4.7-7", Flavour.MYSQL),
        ("8.0.mysql_aurora.3.08.0", Flavour.MYSQL),
        ("9.7.4-2", Flavour.MYSQL),
    ],
)
def test_the_flavour_is_told_from_the_version(version: str, flavour: Flavour) -> None:
    assert flavour_of(version) is flavour


def test_a_session_is_bounded_in_the_words_of_its_server() -> None:
    bounds = Bounds(statement_s=0.5, lock_s=2)
    rest = "innodb_lock_wait_timeout = 2, {}, sql_mode = 'STRICT_ALL_TABLES'"
    start = "SET time_zone = '+00:00', lock_wait_timeout = 2, "

    assert bounds.settings(Flavour.MARIADB) == start + rest.format("max_statement_time = 0.5")
    assert bounds.settings(Flavour.MYSQL) == start + rest.format("max_execution_time = 500")


def test_passwords_are_hashed_as_the_servers_keep_them() -> None:
    kept = bytes.fromhex(caching_sha2("an example of thirty-two letters")[2:])

    # As `openssl passwd -5 -salt saltstring` gives it.
    digest = b"5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
    assert sha_crypt(b"Hello world!", b"saltstring") == digest
    assert (kept[:7], len(kept)) == (b"$A$005$", 70)
    assert caching_sha2("an example of thirty-two letters")[2:] == kept.hex().upper()
    assert native("password") == "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"
