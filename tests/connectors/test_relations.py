"""Relations are listed on real servers, and the command drafts from them."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.models import PlatformConnection
from marketplace.kernel.identity.models import Team
from tests.connectors.mariadb_server import MariadbLevers
from tests.connectors.warehouse import PostgresLevers


def test_relations_are_listed_on_real_servers(
    warehouse: PostgresLevers, mariadb: MariadbLevers
) -> None:
    for levers in (warehouse, mariadb):
        assert levers.connector.relations(levers.base[0]) == ("delays",)
        assert levers.connector.relations("no' OR 1=1 --") == ()
        schemas = levers.connector.schemas()
        assert levers.base[0] in schemas
        assert not {"information_schema", "pg_catalog", "mysql", "sys"} & set(schemas)


@pytest.mark.django_db
def test_the_command_lists_and_drafts(warehouse: PostgresLevers) -> None:
    where = warehouse.where
    PlatformConnection.objects.create(
        key="house",
        name="House",
        kind="postgres",
        config={
            "host": where["WAREHOUSE_HOST"],
            "port": int(where["WAREHOUSE_PORT"]),
            "database": where["WAREHOUSE_DB"],
            "user": where["WAREHOUSE_USER"],
            "password": where["WAREHOUSE_PASSWORD"],
            "lab_secret": "a secret planted for tests",
        },
    )
    Team.objects.create(slug="flight-ops", name="Flight operations")
    listed, drafted = StringIO(), StringIO()

    call_command("harvest", "house", warehouse.base[0], stdout=listed)
    what = ".".join(warehouse.base)
    call_command(
        "harvest", "house", what, product="flights.delays", team="flight-ops", stdout=drafted
    )

    assert listed.getvalue() == f"{what}\n"
    assert f"resource\n    value: {what}" in drafted.getvalue()
    for wrong in (["nowhere", "x"], ["house", what], ["house", "raw.nothing"]):
        with pytest.raises(CommandError):
            call_command("harvest", *wrong, stdout=StringIO())
