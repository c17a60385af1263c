"""Drafts from tables: asked, recorded, and changing nothing."""

import pytest
from django.core.management import CommandError, call_command

from catalog.actions.harvesting import NotDescribed, draft_of, relations_of, schemas_of
from catalog.models import PlatformConnection
from marketplace.kernel.errors import Invalid, NotAllowed, NotFound
from marketplace.kernel.events.models import Event
from tests.rest import api
from tests.rows import nothing_changes
from tests.subscriptions.conftest import platform

__all__ = ["api", "platform"]
pytestmark = pytest.mark.django_db

TABLE = "flight_operations.flights"
DRAFT = {"key": "warehouse", "relation": TABLE, "product": "flight-operations.flights"}


def test_pia_lists_a_schema_and_drafts_a_table(platform, pia):
    with nothing_changes():
        found = relations_of(pia, key="warehouse", schema="flight_operations")
        text = draft_of(pia, **DRAFT, team="flight-operations")

    assert found == [TABLE]
    assert "kind: DataContract" in text
    assert "kind: DataProduct" in text
    assert "dep_delay" in text
    told = Event.objects.filter(name="platform.harvested").order_by("seq")
    assert [one.data["what"] for one in told] == ["flight_operations", TABLE]


def test_others_may_not_and_bad_input_is_named(platform, people, pia):
    for name in ("ana", "olaf", "gus"):
        with nothing_changes(), pytest.raises(NotAllowed):
            relations_of(people[name], key="warehouse", schema="customer")
    with pytest.raises(NotFound):
        relations_of(pia, key="nothing", schema="customer")
    with pytest.raises(Invalid):
        relations_of(pia, key="warehouse", schema="a.b")
    with pytest.raises(Invalid):
        draft_of(pia, **DRAFT, team="nobody")
    with pytest.raises(Invalid):
        draft_of(pia, **{**DRAFT, "product": "No Key"}, team="customer")
    with pytest.raises(NotDescribed):
        draft_of(pia, **{**DRAFT, "relation": "customer.nothing"}, team="customer")


def test_over_rest(api, platform):
    path = "/platforms/warehouse/harvest"

    assert api.pia.post(path, {"schema": "customer"}).json["relations"] == [
        "customer.bookings",
        "customer.plans",
    ]
    body = {"relation": TABLE, "product": "flight-operations.flights", "team": "flight-operations"}
    assert "kind: DataContract" in api.pia.post(path, body).json["draft"]
    assert api.pia.post(path, {}).code == "invalid"
    assert api.ana.post(path, {"schema": "customer"}).code == "not-allowed"


def test_from_the_shell(platform, capsys):
    call_command("harvest", "warehouse", "flight_operations")
    assert capsys.readouterr().out.strip() == TABLE
    with pytest.raises(CommandError, match="not-found"):
        call_command("harvest", "nothing", "flight_operations")
    with pytest.raises(CommandError, match="--product"):
        call_command("harvest", "warehouse", TABLE)


def test_the_button_shows_the_draft(platform, client, people):
    from django.contrib.auth import get_user_model

    address = "/operator/platforms/warehouse/harvest"
    client.force_login(get_user_model().objects.get(username="pia"))
    assert address.encode() in client.get("/operator/platforms/warehouse").content
    assert "flight_operations" in client.get(address).context["schemas"]
    listed = client.post(address, {"schema": "flight_operations"})
    assert listed.context["relations"] == [TABLE]
    form = {"schema": "flight_operations", "relation": TABLE, "team": "flight-operations"}
    drafted = client.post(address, form | {"product": "flight-operations.flights"})
    assert b"kind: DataContract" in drafted.content
    bare = client.post(address, form | {"relation": "flights", "product": "flight-operations.f"})
    assert b"kind: DataContract" in bare.content
    assert client.post(address, form | {"product": "No"}).status_code == 422
    code = client.post(address, form | {"code": "1"})
    assert b"/api/v1/platforms/warehouse/harvest" in code.content
    client.force_login(get_user_model().objects.get(username="olaf"))
    assert client.get(address).status_code == 403
    assert PlatformConnection.objects.count() == 1


def test_schemas_with_tables_are_offered_to_operators_only(platform, people, pia):
    with nothing_changes():
        assert {"customer", "flight_operations"} <= set(schemas_of(pia, key="warehouse"))
    with nothing_changes(), pytest.raises(NotAllowed):
        schemas_of(people["olaf"], key="warehouse")
    with pytest.raises(NotFound):
        schemas_of(pia, key="nothing")


def test_schemas_of_a_platform_that_is_away_are_those_that_its_ports_read(mesh, pia):
    where = {"host": "127.0.0.1", "port": 1, "database": "none", "user": "nobody"}
    PlatformConnection.objects.update(config=where)

    assert schemas_of(pia, key="warehouse") == ["customer", "flight_operations"]
