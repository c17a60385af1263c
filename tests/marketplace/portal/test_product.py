"""The page of a product: each section from its own facts, and what the reader may not know."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.actions.changes import propose_change
from catalog.actions.incidents import open_incident
from catalog.actions.profiles import take_profile
from catalog.actions.quality import report_levels
from catalog.models import DataProduct, Incident, QualityResult, ServiceLevelWindow
from catalog.observations.base import LevelDay
from marketplace.kernel.events.models import Event
from subscriptions.actions import lab
from subscriptions.actions.agreements import terminate
from subscriptions.models import AccessAgreement, Follow, IssuedLogin
from subscriptions.queries import consumer_counts
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS, part

pytestmark = pytest.mark.django_db
SECTIONS = ("schema", "lineage", "quality", "connect", "access", "changes")


def test_each_section_has_an_address_and_comes_alone_for_the_script(mesh, as_ana):
    for place, tab in enumerate(SECTIONS, 2):
        whole = as_ana.get(f"/products/{FLIGHTS}/{tab}")
        alone = as_ana.get(f"/products/{FLIGHTS}/{tab}", headers=part("div#tabregion"))

        assert (whole.status_code, alone.status_code) == (200, 200)
        assert b"<h1>Flight delays" in whole.content
        assert alone.content.lstrip().startswith(b'<div id="tabregion"')
        link = f'<a href="/products/{FLIGHTS}/{tab}" data-key="{place}"'
        assert link.encode() in alone.content


def test_an_unknown_section_is_not_there(mesh, as_ana):
    assert as_ana.get(f"/products/{FLIGHTS}/prices").status_code == 404


def test_a_hidden_product_answers_like_an_absent_one(mesh, as_ana, browser):
    hidden = as_ana.get("/products/customer.secret-plans")
    absent = as_ana.get("/products/customer.no-plans")

    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert browser("petra").get("/products/customer.secret-plans").status_code == 200


def test_a_key_with_a_slip_leads_to_what_was_meant(mesh, as_ana):
    page = as_ana.get("/products/flight-operations.flight-delay")

    assert page.status_code == 404
    assert "Did you mean" in page.text
    assert f'href="/products/{FLIGHTS}"' in page.text
    hidden = as_ana.get("/products/customer.secret-plan").text
    assert ("Did you mean" in hidden, "Secret" in hidden) == (False, False)


def test_who_is_not_signed_in_is_asked_to_whether_it_exists_or_not(mesh):
    answers = [Client().get(f"/products/{key}") for key in (FLIGHTS, "customer.no-plans")]

    assert [(a.status_code, a["Location"].partition("?")[0]) for a in answers] == [
        (302, "/accounts/login/")
    ] * 2


def test_the_overview_says_what_is_unknown(mesh, as_ana):
    text = as_ana.get(f"/products/{FLIGHTS}").content.decode()

    assert "One row." in text
    for words in (
        "Not measured yet",
        "Not counted yet",
        "Nobody has access yet.",
        "No change is announced.",
        "Nobody has kept a query",
    ):
        assert words in text


def test_ports_say_what_the_reader_would_meet(granted, ask_full, as_ana):
    flights = as_ana.get(f"/products/{FLIGHTS}").context["ports"]
    bookings = as_ana.get(f"/products/{BOOKINGS}").context["ports"]

    assert [(p["name"], p["access"]["label"], p["action"]) for p in flights] == [
        ("curated", "You have access", "Connect")
    ]
    assert [(p["name"], p["access"]["label"], p["action"]) for p in bookings] == [
        ("full", "Needs review", "Request")
    ]


def test_used_by_names_teams_and_counts_people(granted, browser):
    shown = browser("sid").get(f"/products/{FLIGHTS}").context["used_by"]

    assert shown == {"names": ["Growth"], "more": 0, "number": 1}


def test_the_schema_shows_columns_profile_and_how_the_sample_was_made(
    platform, curated, full, as_ana
):
    for port in (curated, full):
        take_profile(port)

    flights = as_ana.get(f"/products/{FLIGHTS}/schema")
    bookings = as_ana.get(f"/products/{BOOKINGS}/schema")

    named = {column["name"]: column for column in flights.context["columns"]}
    assert list(named) == ["flight_id", "carrier", "origin", "dep_delay"]
    assert named["flight_id"]["key"]
    assert named["flight_id"]["distinct"] == 1.0
    assert named["dep_delay"]["empty"] == 0.3333
    assert "synthetic rows" in flights.content.decode()
    assert "masked rows" in bookings.content.decode()
    assert b"one@example.org" not in bookings.content


def test_quality_shows_what_failed_first_with_its_figures(mesh, as_ana):
    now = timezone.now()
    for name, status, value in (("Rows", "pass", 3), ("Age", "fail", 9)):
        QualityResult.objects.create(
            product=mesh[FLIGHTS],
            check_key=name.lower(),
            name=name,
            status=status,
            measured={"value": value},
            source="nightly",
            observed_at=now - timedelta(hours=1),
        )
    ServiceLevelWindow.objects.create(
        product=mesh[FLIGHTS], day=now.date(), state="breached", basis="26 h, objective 24 h"
    )

    answer = as_ana.get(f"/products/{FLIGHTS}/quality")

    assert [(c.last.name, c.measured) for c in answer.context["checks"]] == [
        ("Age", "value 9"),
        ("Rows", "value 3"),
    ]
    assert answer.context["met"] == "0 of 1 days met"
    assert b"26 h, objective 24 h" in answer.content


def test_snippets_are_filled_in_for_who_has_access_only(granted, ana, as_ana, browser):
    lab.credentials(ana, agreement_id=granted.pk, minutes=5)
    login = IssuedLogin.objects.get().login
    seen = as_ana.get(f"/products/{FLIGHTS}/connect")
    sid = browser("sid").get(f"/products/{FLIGHTS}/connect")

    assert seen.context["role"].startswith("mp_")
    assert seen.context["login_name"] == login
    assert all(
        login in one["text"]
        for one in seen.context["snippets"]
        if one["kind"] in ("psql", "python", "jdbc", "odbc")
    )
    assert sid.context["role"] == ""
    assert "&lt;user&gt;" in sid.content.decode()
    assert "You have no access to this port" in sid.content.decode()


def test_who_has_access_is_shown_to_the_owner_and_to_oneself(granted, as_ana, as_olaf, browser):
    def keys(client):
        found = client.get(f"/products/{FLIGHTS}/access").context
        return [one.consumer_key for one in found["agreements"]], found["number"]

    assert keys(as_olaf) == (["growth"], 1)
    assert keys(browser("gus")) == (["growth"], 1)
    assert keys(as_ana) == (["growth"], 1)
    assert keys(browser("sid")) == ([], 1)


def test_following_is_one_button_and_its_opposite(mesh, as_ana):
    followed = as_ana.post(f"/products/{FLIGHTS}/follow", follow=True)
    assert Follow.objects.get().product == mesh[FLIGHTS]
    assert b"You will hear of its changes." in followed.content

    as_ana.post(f"/products/{FLIGHTS}/unfollow")
    assert not Follow.objects.exists()


def test_following_what_is_hidden_changes_nothing(mesh, as_ana):
    assert as_ana.post("/products/customer.secret-plans/follow").status_code == 404
    assert not Follow.objects.exists()


def test_following_by_a_link_does_nothing(mesh, as_ana):
    assert as_ana.get(f"/products/{FLIGHTS}/follow").status_code == 405
    assert not Follow.objects.exists()


def test_a_retired_product_stays_readable_for_who_held_it(granted, as_ana, browser):
    DataProduct.objects.filter(key=FLIGHTS).update(status="retired")

    assert b"Retired" in as_ana.get(f"/products/{FLIGHTS}").content
    assert browser("sid").get(f"/products/{FLIGHTS}").status_code == 404


def test_what_each_section_costs(granted, as_ana, django_assert_num_queries):
    costs = {
        "": 24,
        "/schema": 17,
        "/lineage": 21,
        "/quality": 19,
        "/connect": 15,
        "/access": 18,
        "/changes": 15,
    }
    as_ana.get(f"/products/{FLIGHTS}")
    for tab, statements in costs.items():
        with django_assert_num_queries(statements):
            as_ana.get(f"/products/{FLIGHTS}{tab}")


def test_a_value_of_a_column_leads_to_the_rows_that_have_it(platform, curated, as_ana):
    take_profile(curated)

    whole = as_ana.get(f"/products/{FLIGHTS}/schema").context
    some = as_ana.get(f"/products/{FLIGHTS}/schema?where=carrier:UA").context
    none = as_ana.get(f"/products/{FLIGHTS}/schema?where=carrier:ZZ")

    carrier = next(one for one in whole["columns"] if one["name"] == "carrier")
    assert {(one["value"], one["count"]) for one in carrier["common"]} == {
        ("UA", 1),
        ("AA", 1),
        ("B6", 1),
    }
    assert (len(whole["sample_rows"]), whole["sample_number"]) == (10, 60)
    assert {row[1] for row in some["sample_rows"]} == {"UA"}
    assert "WHERE carrier = 'UA'" in some["select"]
    assert "None of the 60 example rows has this value" in none.content.decode()
    assert as_ana.get(f"/products/{FLIGHTS}/schema?where=nothing:1").context["where"] is None


def test_a_bar_of_a_histogram_leads_to_the_rows_that_stand_in_it(platform, curated, as_ana):
    take_profile(curated)
    page = f"/products/{FLIGHTS}/schema"

    whole = as_ana.get(page)
    delay = next(one for one in whole.context["columns"] if one["name"] == "dep_delay")
    first, last = delay["bars"][0], delay["bars"][-1]
    assert (first["label"], first["count"]) == ("0 to under 5: 1 rows", 1)
    assert (last["label"], last["href"].partition("&")[2]) == (
        "30 to more: 1 rows",
        "where=dep_delay%3A30..#sample",
    )
    assert whole.text.count('<svg class="bars"') == 2
    assert next(one for one in whole.context["columns"] if one["name"] == "carrier")["bars"] == []

    late = as_ana.get(f"{page}?where=dep_delay:30..").context
    early = as_ana.get(f"{page}?where=dep_delay:0..5").context
    assert {row[3] for row in late["sample_rows"]} == {"33"}
    assert {row[3] for row in early["sample_rows"]} == {"2"}
    assert "WHERE dep_delay >= 0 AND dep_delay < 5\n" in early["select"]
    assert "WHERE dep_delay >= 30\n" in late["select"]
    shown = next(one for one in late["columns"] if one["name"] == "dep_delay")
    assert (shown["open"], shown["bars"][-1]["on"]) == (True, True)


def test_a_span_of_text_never_leaves_its_quotes(platform, curated, as_ana):
    take_profile(curated)

    wicked = as_ana.get(f"/products/{FLIGHTS}/schema", {"where": "carrier:A..B' OR 1=1"})

    assert "carrier >= 'A' AND carrier < 'B'' OR 1=1'\n" in wicked.context["select"]


def test_about_people_there_are_no_bars(platform, full, as_ana):
    take_profile(full)

    email = next(
        one
        for one in as_ana.get(f"/products/{BOOKINGS}/schema").context["columns"]
        if one["name"] == "email"
    )
    assert (email["bars"], email["common"]) == ([], [])


def test_before_a_profile_rows_of_the_same_shape_are_invented_and_marked(mesh, browser):
    page = browser("sid").get(f"/products/{FLIGHTS}/schema")

    assert page.context["invented"]
    assert [one["name"] for one in page.context["sample_columns"]] == [
        "flight_id",
        "carrier",
        "origin",
        "dep_delay",
    ]
    assert len(page.context["sample_rows"]) == 10
    assert "synthetic rows: invented from the contract, so no row is real" in page.text


def test_an_older_version_has_rows_of_its_own_shape(mesh, apply, as_ana):
    more = {**make.FLIGHT_COLUMNS, "tail": {"logicalType": "string", "physicalType": "text"}}
    apply(make.contract(version="1.1.0", columns=more))

    before = as_ana.get(f"/products/{FLIGHTS}/schema?version=1.0.0")

    assert [len(row) for row in before.context["sample_rows"]] == [4] * 10
    assert "invented from version 1.0.0 of the contract" in before.text


def test_an_older_version_shows_what_changed_since(mesh, apply, as_ana):
    more = {**make.FLIGHT_COLUMNS, "tail": {"logicalType": "string", "physicalType": "text"}}
    apply(make.contract(version="1.1.0", columns=more))

    now_in_force = as_ana.get(f"/products/{FLIGHTS}/schema").context
    before = as_ana.get(f"/products/{FLIGHTS}/schema?version=1.0.0").context

    assert [(one["name"], one["in_force"]) for one in now_in_force["versions"]] == [
        ("1.1.0", True),
        ("1.0.0", False),
    ]
    assert [(one["kind"], one["name"]) for one in before["differences"]] == [("add", "tail")]
    assert "tail" not in [one["name"] for one in before["columns"]]
    assert as_ana.get(f"/products/{FLIGHTS}/schema?version=9").context["other"] is None


def test_promises_show_their_days_and_a_day_nobody_measured_is_unknown(mesh, olaf, as_ana):
    today = timezone.now().date()
    report_levels(
        olaf,
        key=FLIGHTS,
        levels=[
            LevelDay("latency", today, "met", "nightly", 3.0, "24", "h"),
            LevelDay("latency", today - timedelta(days=40), "breached", "nightly"),
        ],
    )

    month = as_ana.get(f"/products/{FLIGHTS}/quality").context
    quarter = as_ana.get(f"/products/{FLIGHTS}/quality?days=90").context

    def latency(context):
        found = next(one for one in context["levels"] if one.property == "latency")
        return len(found.strip), found.strip.count("unknown"), found.kept, found.measured

    assert latency(month) == (30, 29, 1, 1)
    assert latency(quarter) == (90, 88, 1, 2)
    assert (month["met"], quarter["met"]) == ("1 of 1 days met", "1 of 2 days met")


def test_a_broken_promise_stands_on_quality_until_it_is_kept_again(mesh, olaf, as_ana):
    today = timezone.now().date()

    def report(day, state):
        report_levels(olaf, key=FLIGHTS, levels=[LevelDay("timeToRepair", day, state, "nightly")])

    def shown():
        page = as_ana.get(f"/products/{FLIGHTS}/quality")
        return [(one["told"].name, one["told"].mended) for one in page.context["breaches"]], page

    assert shown()[0] == []
    report(today - timedelta(days=1), "breached")
    broken, page = shown()
    assert broken == [("Time to repair", False)]
    assert "broken since" in page.text
    report(today, "met")
    mended, page = shown()
    assert mended == [("Time to repair", True)]
    assert "kept again after" in page.text


def test_olaf_tells_of_an_incident_and_everybody_sees_it(mesh, as_olaf, as_ana):
    told = as_olaf.post(
        f"/products/{FLIGHTS}/incidents",
        {"title": "Late", "severity": "major", "text": "Looking.", "ports": ["curated"]},
        follow=True,
    )
    incident = Incident.objects.get()
    shown = as_ana.get(f"/products/{FLIGHTS}/quality")

    assert "are being told" in told.content.decode()
    assert shown.context["trouble"] == incident
    assert not shown.context["tells"]
    assert b"Tell of an incident" not in shown.content
    as_olaf.post(f"/incidents/{incident.pk}/update", {"text": "Mended.", "state": "monitoring"})
    as_olaf.post(f"/incidents/{incident.pk}/resolve", {"text": "Over.", "cause": "A late file."})
    incident.refresh_from_db()
    assert (incident.state, incident.cause) == ("resolved", "A late file.")
    after = as_ana.get(f"/products/{FLIGHTS}/quality")
    assert after.context["trouble"] is None
    assert "A late file." in after.content.decode()


def test_who_does_not_own_it_tells_of_nothing(mesh, as_ana, olaf):
    refused = as_ana.post(
        f"/products/{FLIGHTS}/incidents",
        {"title": "Late", "severity": "major", "text": "Looking."},
        follow=True,
    )

    assert "You may not do this." in refused.content.decode()
    assert not Incident.objects.exists()
    incident = open_incident(olaf, key=FLIGHTS, title="Late", severity="minor", text="Looking.")
    assert as_ana.post(f"/incidents/{incident.pk}/sing", {}).status_code == 404
    as_ana.post(f"/incidents/{incident.pk}/resolve", {"text": "Over."})
    incident.refresh_from_db()
    assert incident.state == "open"


def test_the_test_button_really_connects(granted, as_ana, browser):
    page = as_ana.get(f"/products/{FLIGHTS}/connect")
    found = as_ana.post(f"/access/{granted.pk}/test", headers=part("div#tested"))
    whole = as_ana.post(f"/access/{granted.pk}/test")

    assert f"/access/{granted.pk}/test" in page.content.decode()
    assert found.content.lstrip().startswith(b'<div id="tested"')
    assert found.context["found"].ok
    outcomes = [one["title"] for one in found.context["checks"]]
    assert "Published view: allowed" in outcomes
    assert any(title.endswith("refused") for title in outcomes)
    assert b"<h1>Connection test" in whole.content
    assert Event.objects.filter(name="access.connection.tried").count() == 2
    assert browser("sid").post(f"/access/{granted.pk}/test").status_code == 404


def test_a_test_of_access_that_ended_says_so(granted, ana, as_ana, work):
    terminate(ana, agreement_id=granted.pk, reason="Done.")
    work()

    answer = as_ana.post(f"/access/{granted.pk}/test", headers=part("div#tested"))

    assert answer.status_code == 422
    assert "This access has ended" in answer.content.decode()


def test_consumers_are_counted_from_their_agreements(granted):
    today = timezone.now().date()
    assert consumer_counts(granted.port.product, today, 3) == [0, 0, 1]

    AccessAgreement.objects.filter(pk=granted.pk).update(
        activated_at=timezone.now() - timedelta(days=2),
        ended_at=timezone.now() - timedelta(days=1),
    )

    assert consumer_counts(granted.port.product, today, 3) == [1, 0, 0]


def test_a_change_says_what_it_means_for_the_reader(granted, olaf, as_ana, browser):
    fewer = {name: spec for name, spec in make.FLIGHT_COLUMNS.items() if name != "origin"}
    propose_change(olaf, text=make.contract(version="2.0.0", columns=fewer))

    def verdicts(client):
        return [
            one["verdict"] for one in client.get(f"/products/{FLIGHTS}/changes").context["changes"]
        ]

    assert verdicts(as_ana) == ["breaks"]
    assert verdicts(browser("sid")) == [""]
