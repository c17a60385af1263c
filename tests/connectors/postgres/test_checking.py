"""Looking at the provisioner's credential, and preparing a database."""

import pytest

from marketplace.connectors.base import Finding, NeedsHuman
from marketplace.connectors.postgres import PostgresConnector
from marketplace.connectors.postgres.bootstrap import administrator_statements
from tests.connectors.contract import GROWTH
from tests.connectors.postgres.conftest import Corner
from tests.connectors.warehouse import PostgresLevers, config


def findings(levers: PostgresLevers) -> dict[str, str]:
    found: list[Finding] = levers.connector.check()
    return {finding.code: finding.level for finding in found}


def test_the_warehouse_is_as_it_should_be(warehouse: PostgresLevers) -> None:
    assert findings(warehouse) == {}


def test_preparing_again_changes_nothing(corner: Corner) -> None:
    before = corner.levers.fingerprint()

    corner.connector.prepare()

    assert corner.levers.fingerprint() == before
    assert corner.connector.probe(corner.grant(), expect_access=True).ok is True


@pytest.mark.parametrize(
    ("change", "undo", "code", "level"),
    [
        (
            "REVOKE pg_signal_backend FROM emporion_provisioner",
            "GRANT pg_signal_backend TO emporion_provisioner",
            "no-signal",
            "error",
        ),
        (
            "ALTER ROLE emporion_provisioner NOCREATEROLE",
            "ALTER ROLE emporion_provisioner CREATEROLE",
            "no-createrole",
            "error",
        ),
        (
            "REVOKE CREATE ON DATABASE warehouse FROM emporion_provisioner",
            "GRANT CREATE ON DATABASE warehouse TO emporion_provisioner",
            "no-create-schema",
            "error",
        ),
        (
            "GRANT emporion_publisher TO emporion_provisioner WITH INHERIT FALSE, SET FALSE",
            "GRANT emporion_publisher TO emporion_provisioner WITH INHERIT FALSE, SET TRUE",
            "no-set-publisher",
            "error",
        ),
        (
            "GRANT emporion_publisher TO emporion_provisioner WITH INHERIT TRUE, SET TRUE",
            "GRANT emporion_publisher TO emporion_provisioner WITH INHERIT FALSE, SET TRUE",
            "inherits-publisher",
            "warning",
        ),
        (
            "ALTER ROLE emporion_provisioner CREATEDB",
            "ALTER ROLE emporion_provisioner NOCREATEDB",
            "createdb",
            "warning",
        ),
        (
            "ALTER ROLE emporion_provisioner BYPASSRLS REPLICATION",
            "ALTER ROLE emporion_provisioner NOBYPASSRLS NOREPLICATION",
            "bypassrls",
            "warning",
        ),
        (
            "ALTER ROLE emporion_publisher LOGIN",
            "ALTER ROLE emporion_publisher NOLOGIN",
            "publisher-login",
            "warning",
        ),
        (
            "GRANT TEMP ON DATABASE warehouse TO PUBLIC",
            "REVOKE TEMP ON DATABASE warehouse FROM PUBLIC",
            "public-temp",
            "warning",
        ),
        (
            "GRANT CREATE ON SCHEMA public TO PUBLIC",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "public-create",
            "warning",
        ),
        (
            "GRANT pg_read_all_data TO emporion_provisioner",
            "REVOKE pg_read_all_data FROM emporion_provisioner",
            "reads-data",
            "warning",
        ),
    ],
)
def test_each_lack_and_each_excess_is_found(
    warehouse: PostgresLevers, change: str, undo: str, code: str, level: str
) -> None:
    warehouse.run(change)
    try:
        found = findings(warehouse)
    finally:
        warehouse.run(undo)

    assert found[code] == level
    assert findings(warehouse) == {}


def test_an_unprepared_database_is_for_a_person(corner: Corner) -> None:
    other = PostgresConnector(config(corner.levers.env, database="postgres"))

    found = {finding.code for finding in other.check()}

    assert "unreachable" in found or "not-prepared" in found


def test_a_probe_without_control_objects_is_no_proof(corner: Corner) -> None:
    corner.levers.run("ALTER FUNCTION emporion_control.entitled(name) RENAME TO hidden")
    try:
        with pytest.raises(NeedsHuman, match="prepare"):
            corner.connector.probe(corner.grant(), expect_access=False)
        assert {finding.code for finding in corner.connector.check()} == {"not-prepared"}
    finally:
        corner.levers.run("ALTER FUNCTION emporion_control.hidden(name) RENAME TO entitled")


def test_a_control_object_that_is_readable_is_no_proof(corner: Corner) -> None:
    corner.levers.run("GRANT SELECT ON emporion_control.probe TO PUBLIC")
    try:
        probe = corner.connector.probe(corner.grant(), expect_access=False)
    finally:
        corner.levers.run("REVOKE SELECT ON emporion_control.probe FROM PUBLIC")

    assert (probe.ok, probe.negative) == (False, False)


def test_the_administrators_statements_are_valid(warehouse: PostgresLevers) -> None:
    """They run as printed, in a transaction that is taken back."""
    names = {"user": f"prov_{warehouse.env}", "publisher": f"pub_{warehouse.env}"}
    statements = administrator_statements(config(warehouse.env, **names))

    with warehouse.dba.transaction(force_rollback=True):
        for statement in statements:
            warehouse.dba.execute(statement.encode())

    assert findings(warehouse) == {}


def test_a_consumer_cannot_ask_for_the_entitlement_of_another(corner: Corner) -> None:
    corner.wants(GROWTH)
    sql = f"SELECT emporion_control.entitled('{corner.handle}')"

    assert corner.ask(sql, GROWTH).rows == [(True,)]
