"""A change as a page: what differs, who has to answer, answering, and putting it in force."""

import pytest

from catalog.actions.changes import propose_change
from catalog.models import ContractVersion
from subscriptions.models import Acknowledgement
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import FLIGHTS

pytestmark = pytest.mark.django_db
FEWER = {name: facts for name, facts in make.FLIGHT_COLUMNS.items() if name != "origin"}


@pytest.fixture
def change(granted, olaf, work):
    """Growth reads Flight delays; Olaf proposes to drop the origin."""
    made = propose_change(
        olaf, text=make.contract(version="2.0.0", columns=FEWER), note="Not needed."
    )
    work()
    return made


def test_it_says_what_differs_and_for_whom_it_breaks(change, as_ana):
    answer = as_ana.get(f"/changes/{change.pk}")

    assert [(d["kind"], d["name"], d["impact"]) for d in answer.context["differences"]] == [
        ("remove", "origin", "breaks who reads it")
    ]
    assert [(a.agreement.consumer_key, a.verdict) for a in answer.context["answers"]] == [
        ("growth", "breaks")
    ]
    assert "Not needed." in answer.content.decode()


def test_a_stranger_sees_the_change_but_not_who_reads(change, browser):
    answer = browser("sid").get(f"/changes/{change.pk}")

    assert answer.status_code == 200
    assert answer.context["answers"] == []
    assert not answer.context["may_answer"]
    assert b"growth" not in answer.content.lower()


def test_ana_answers_for_her_team(change, as_ana):
    answer = as_ana.post(
        f"/changes/{change.pk}/answer", {"answer": "acknowledge", "note": "Fine"}, follow=True
    )

    kept = Acknowledgement.objects.get()
    assert (kept.state, kept.answered_by, kept.note) == ("acknowledged", "ana", "Fine")
    assert "Your answer is recorded" in answer.content.decode()


def test_an_unknown_answer_is_refused_and_kept_pending(change, as_ana):
    answer = as_ana.post(f"/changes/{change.pk}/answer", {"answer": "maybe"}, follow=True)

    assert Acknowledgement.objects.get().state == "pending"
    assert "Answer one of" in answer.content.decode()


def test_others_cannot_answer_for_her(change, browser):
    for client in map(browser, ("sid", "petra")):
        answer = client.post(f"/changes/{change.pk}/answer", {"answer": "object"})
        assert answer.status_code == 404

    assert Acknowledgement.objects.get().state == "pending"


def test_the_owner_is_told_whom_it_waits_for_and_cannot_release_before(change, as_olaf):
    shown = as_olaf.get(f"/changes/{change.pk}")
    tried = as_olaf.post(f"/changes/{change.pk}/release", follow=True)

    change.refresh_from_db()
    assert shown.context["waits_for"] == {"names": ["Growth"], "more": 0}
    assert "Some consumers have not answered yet" in tried.content.decode()
    assert change.state != "released"
    assert not ContractVersion.objects.filter(version_name="2.0.0").exists()


def test_once_answered_the_owner_puts_it_in_force(change, as_ana, as_olaf, work):
    as_ana.post(f"/changes/{change.pk}/answer", {"answer": "acknowledge"})
    as_olaf.post(f"/changes/{change.pk}/release")
    work()

    change.refresh_from_db()
    assert change.state == "released"
    assert [c["name"] for c in as_ana.get(f"/products/{FLIGHTS}/schema").context["columns"]] == [
        "flight_id",
        "carrier",
        "dep_delay",
    ]


def test_only_the_owner_releases_or_withdraws(change, as_ana):
    for move in ("release", "withdraw"):
        answer = as_ana.post(f"/changes/{change.pk}/{move}", follow=True)
        assert "You may not do this." in answer.content.decode()

    change.refresh_from_db()
    assert change.state not in ("released", "withdrawn")
    assert not as_ana.get(f"/changes/{change.pk}").context["may_release"]


def test_a_draft_is_the_owners_alone(granted, olaf, as_ana, as_olaf):
    draft = propose_change(olaf, text=make.contract(version="2.0.0", columns=FEWER), draft=True)

    assert as_ana.get(f"/changes/{draft.pk}").status_code == 404
    assert as_olaf.get(f"/changes/{draft.pk}").context["affected"] == 1


def test_the_product_tells_of_it(change, browser):
    client = browser("sid")

    announced = client.get(f"/products/{FLIGHTS}").context["changes"]
    assert [one.to_version for one in announced] == ["2.0.0"]
    assert b"1.0.0 to 2.0.0" in client.get(f"/products/{FLIGHTS}/changes").content


def test_what_it_costs(change, as_ana, django_assert_num_queries):
    with django_assert_num_queries(12):
        as_ana.get(f"/changes/{change.pk}")
