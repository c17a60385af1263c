"""The drift inbox, at browsers and over REST."""

import pytest
from django.core.management import call_command
from django.db.models.functions import Now

from subscriptions.actions import grants
from subscriptions.models import DriftFinding, Handle
from tests.rest import api

__all__ = ["api"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def finding(granted, platform) -> DriftFinding:
    """Somebody let a stranger into the handle of Flight delays."""
    handle = Handle.objects.get()
    platform.execute(f"CREATE ROLE mp_stranger; GRANT {handle.name} TO mp_stranger")
    Handle.objects.update(next_at=Now())
    grants.reconcile_due()
    return DriftFinding.objects.get()


def test_owners_see_their_own_and_operators_all(finding, browser):
    for name, seen in (("olaf", 1), ("pia", 1), ("gus", 1), ("petra", 0)):
        assert len(browser(name).get("/drift").context["rows"]) == seen
    for name in ("ana", "sid"):
        assert browser(name).get("/drift").status_code == 403
    assert len(browser("olaf").get("/drift?kind=missing").context["rows"]) == 0
    assert len(browser("olaf").get("/drift?show=closed").context["rows"]) == 0


def test_olaf_answers_and_petra_cannot(finding, browser):
    page = browser("olaf").get("/drift")
    row = page.context["rows"][0]
    assert (row["answers"], row["may_heal"], row["may_adopt"], row["needs_consumer"]) == (
        True, False, True, True,
    )  # fmt: skip
    refused = browser("petra").post(f"/drift/{finding.pk}/accept", {"words": "Fine."})
    assert refused.status_code == 404
    browser("olaf").post(f"/drift/{finding.pk}/accept", {"words": ""})
    finding.refresh_from_db()
    assert finding.state == "open"

    browser("olaf").post(f"/drift/{finding.pk}/accept", {"words": "The auditors' own login."})

    finding.refresh_from_db()
    assert (finding.state, finding.note) == ("accepted", "The auditors' own login.")
    assert browser("olaf").post(f"/drift/{finding.pk}/burn").status_code == 404


def test_a_port_reacts_as_its_owner_says(finding, browser):
    port = finding.handle.port_id
    browser("olaf").post(f"/drift/ports/{port}/reaction", {"reaction": "report"})

    assert browser("olaf").get("/drift").context["rows"][0]["reaction"] == "Report it and wait"
    assert browser("olaf").post("/drift/ports/0/reaction", {}).status_code == 404


def test_the_list_costs_a_fixed_number_of_statements(
    finding, browser, django_assert_max_num_queries
):
    as_olaf = browser("olaf")
    as_olaf.get("/drift")
    with django_assert_max_num_queries(8):
        as_olaf.get("/drift")


def test_the_api_lists_answers_and_looks(api, finding, capsys):
    listed = api.olaf.get("/drift?state=open&kind=foreign").json["results"]
    assert [(one["id"], one["product"], one["platform"]) for one in listed] == [
        (str(finding.pk), "flight-operations.flight-delays", "warehouse")
    ]
    assert api.petra.get("/drift").json["results"] == []
    answer = f"/drift/{finding.pk}/answer"
    assert api.olaf.post(answer, {"how": "heal"}).code == "impossible-move"
    assert api.olaf.post(answer, {"how": "accept"}).errors == [("/reason", "required")]
    assert api.petra.post(answer, {"how": "accept", "words": "x"}).code == "not-found"

    done = api.olaf.post(answer, {"how": "accept", "words": "Known."})

    assert (done.status, done.json["state"]) == (200, "accepted")
    assert api.pia.post("/platforms/warehouse/census", {}).json == {"handles": 1}
    assert api.olaf.post("/platforms/warehouse/census", {}).code == "not-allowed"
    call_command("platforms", "census", "warehouse")
    assert capsys.readouterr().out == "1 handles are compared now.\n"
