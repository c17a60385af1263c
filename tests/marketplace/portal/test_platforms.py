"""Platform connections, at the operator's browser and over REST."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models.functions import Now

from catalog.models import PlatformConnection
from subscriptions.models import Grant, Handle, PlatformGate
from tests.marketplace.portal.conftest import part
from tests.rest import api

__all__ = ["api"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def as_pia(browser):
    return browser("pia")


def form(**changed):
    given = settings.WAREHOUSE
    values = {
        "key": "second",
        "name": "Second",
        "config_host": given["host"],
        "config_port": given["port"],
        "config_database": given["database"],
        "config_user": given["user"],
        "secret_password": given["password"],
        "config_instance": "emporion",
        "config_publisher": "emporion_publisher",
        "config_sslmode": "prefer",
        "census_seconds": "60",
        "on_drift": "report",
    }
    return values | changed


def test_the_list_says_how_each_does(granted, as_pia, django_assert_max_num_queries):
    page = as_pia.get("/operator/platforms")
    health = page.context["rows"][0]["health"]

    assert (health.breaker, health.grants, health.proven, health.troubled) == ("closed", 1, 1, 0)
    assert health.census_to is not None
    Grant.objects.update(evidence={**Grant.objects.get().evidence, "level": "reported"})
    told = as_pia.get("/operator/platforms").context["rows"][0]["health"]
    assert (told.grants, told.proven) == (1, 0)
    with django_assert_max_num_queries(12):
        as_pia.get("/operator/platforms")


def test_a_connection_is_made_from_the_form_of_its_connector(platform, as_pia):
    empty = as_pia.get("/operator/platforms/new?kind=postgres")
    names = [field.name for field in empty.context["form"].of_connector]
    assert names[:3] == ["config_host", "config_port", "config_database"]
    assert "secret_password" in names

    made = as_pia.post("/operator/platforms/new?kind=postgres", form(max_concurrent="4"))

    assert (made.status_code, made["Location"]) == (302, "/operator/platforms/second")
    row = PlatformConnection.objects.get(key="second")
    assert (row.max_concurrent, row.rounds_per_minute, row.on_drift) == (4, None, "report")
    page = as_pia.get("/operator/platforms/second")
    assert ("Password", "sealed here") in page.context["facts"]
    assert settings.WAREHOUSE["password"].encode() not in page.content


def test_a_test_asks_the_platform_and_keeps_nothing(platform, as_pia):
    page = as_pia.post("/operator/platforms/new?kind=postgres", form(test="1"))
    assert [one for one in page.context["findings"] if one.level == "error"] == []
    page = as_pia.post("/operator/platforms/new?kind=postgres", form(test="1", config_port="1"))
    assert [one.code for one in page.context["findings"]] == ["unreachable"]

    assert not PlatformConnection.objects.filter(key="second").exists()


def test_what_is_wrong_is_said_at_its_field(platform, as_pia):
    page = as_pia.post(
        "/operator/platforms/new?kind=postgres",
        form(key="Not a key", config_port="many", max_concurrent="0"),
    )

    assert page.status_code == 422
    assert {"key", "config_port", "max_concurrent"} <= set(page.context["form"].errors)
    assert PlatformConnection.objects.count() == 1


def test_a_change_keeps_the_secret(platform, as_pia):
    values = {**form(name="The warehouse", secret_password="", census_seconds="30")}
    del values["key"]

    answer = as_pia.post("/operator/platforms/warehouse/edit", values)

    row = PlatformConnection.objects.get()
    assert answer.status_code == 302
    assert (row.name, row.census_seconds, row.secret is not None) == ("The warehouse", 30, True)


def test_a_dry_run_shows_what_would_run_and_runs_nothing(granted, as_pia, platform):
    handle = Handle.objects.get()
    calm = as_pia.get("/operator/platforms/warehouse/plan", headers=part("plan"))
    assert (calm.context["plans"], calm.context["calm"]) == ([], 1)
    platform.execute("UPDATE emporion_entitlements.entitlement SET expires_at = 'infinity'")

    page = as_pia.get("/operator/platforms/warehouse/plan")

    plan = page.context["plans"][0]["plan"]
    assert plan.handle == handle.name
    assert any("entitlement" in statement for statement in plan.statements)
    left = platform.execute("SELECT expires_at::text FROM emporion_entitlements.entitlement")
    assert left.fetchall() == [("infinity",)]


def test_a_connection_that_is_away_is_shown_red(granted, as_pia):
    row = PlatformConnection.objects.get()
    PlatformGate.objects.create(
        platform=row,
        failures=6,
        closed_until=Now() + timedelta(seconds=30),
        last_error="connection refused",
        last_error_at=Now(),
    )

    page = as_pia.get("/operator/platforms/warehouse")

    assert (page.context["health"].breaker, page.context["health"].tone) == ("open", "bad")
    assert b"connection refused" in page.content


def test_a_connection_that_nobody_asked_is_not_said_to_answer(platform, as_pia):
    form = {"key": "lake", "name": "Lake", "census_seconds": "60", "on_drift": "heal"}
    form |= {"config_host": "127.0.0.1", "config_port": "1", "config_database": "d"}
    form |= {"config_user": "u", "secret_password": "s"}
    fresh = as_pia.post("/operator/platforms/new?kind=postgres", form, follow=True)
    assert (fresh.context["health"].asked, fresh.context["health"].tone) == (False, "ok")
    assert "not asked yet" in fresh.text

    checked = as_pia.post("/operator/platforms/lake/check", follow=True)

    assert (checked.context["health"].unreachable, checked.context["health"].tone) == (True, "bad")
    assert "at the last check" in checked.text
    assert "did not answer the last check" in as_pia.get("/operator").text


@pytest.mark.parametrize("who", ["ana", "olaf", "gus", "dana", "sid"])
def test_only_operators_come_here(warehouse, browser, who):
    for path in ("", "/new?kind=postgres", "/warehouse", "/warehouse/edit", "/warehouse/plan"):
        assert browser(who).get(f"/operator/platforms{path}").status_code == 403
    assert browser(who).post("/operator/platforms/warehouse/check").status_code == 403


def test_the_api_lists_changes_checks_and_rehearses(api, granted):
    listed = api.pia.get("/platforms").json["results"]
    assert [(one["key"], one["health"]["proven"]) for one in listed] == [("warehouse", 1)]
    one = api.pia.get("/platforms/warehouse")
    assert one.json["secrets"] == {"password": "sealed"}
    assert settings.WAREHOUSE["password"] not in one.text
    body = {name: one.json[name] for name in ("name", "kind", "config")} | {"max_concurrent": 0}

    refused = api.pia.put("/platforms/warehouse", body, If_Match=one.etag)
    assert refused.errors == [("/max_concurrent", "out-of-range")]
    changed = api.pia.put("/platforms/warehouse", body | {"max_concurrent": 3}, If_Match=one.etag)
    assert (changed.status, changed.json["max_concurrent"]) == (200, 3)
    again = body | {"max_concurrent": 4}
    assert api.pia.put("/platforms/warehouse", again, If_Match=one.etag).code == "stale"
    found = api.pia.post("/platforms/warehouse/check", {}).json["results"]
    assert [row["level"] for row in found if row["level"] == "error"] == []
    plans = api.pia.get("/platforms/warehouse/plan").json["results"]
    assert [row["statements"] for row in plans] == [[]]
    assert api.gus.get("/platforms").code == "not-allowed"
    assert api.pia.get("/platforms/none").code == "not-found"


def test_the_command_line_lists_checks_and_plans(granted, capsys):
    call_command("platforms", "list")
    call_command("platforms", "check", "warehouse")
    call_command("platforms", "plan", "warehouse")

    out = capsys.readouterr().out
    assert out.startswith("warehouse")
    assert "warehouse has what it needs." in out
    assert f"-- {Handle.objects.get().name}" in out
