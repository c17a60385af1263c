"""Descriptors as text, the life of a product, and proposals of change."""

import pytest

from catalog.models import ChangeProposal, ContractVersion, DataProduct
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import FLIGHTS

pytestmark = pytest.mark.django_db
EDIT = f"/owner/products/{FLIGHTS}/edit"
NEW_CHANGE = f"/owner/products/{FLIGHTS}/changes/new"
NARROW = {k: v for k, v in make.FLIGHT_COLUMNS.items() if k != "origin"}


def test_the_editor_opens_with_descriptor_and_contracts(mesh, as_olaf):
    text = as_olaf.get(EDIT).context["text"]

    assert f"id: {FLIGHTS}" in text
    assert "id: flight-delays-curated" in text


def test_what_the_editor_shows_applies_unchanged(mesh, as_olaf):
    text = as_olaf.get(EDIT).context["text"]

    answer = as_olaf.post(EDIT, {"text": text, "check": "1"})

    assert {one.outcome for one in answer.context["judged"].outcome.documents} <= {
        "unchanged",
        "updated",
    }


def test_applying_changes_the_product(mesh, as_olaf):
    text = make.product(tags=["delays"], purpose="How late flights are.")

    answer = as_olaf.post(EDIT, {"text": text}, follow=True)

    assert DataProduct.objects.get(key=FLIGHTS).purpose == "How late flights are."
    assert f"{FLIGHTS} updated" in answer.text


def test_checking_changes_nothing(mesh, as_olaf):
    text = make.product(purpose="Another purpose.")

    answer = as_olaf.post(EDIT, {"text": text, "check": "1"})

    assert [(d.key, d.outcome) for d in answer.context["judged"].outcome.documents] == [
        (FLIGHTS, "updated")
    ]
    assert DataProduct.objects.get(key=FLIGHTS).purpose == "Late flights, by flight."


def test_problems_are_listed_with_their_lines_and_the_text_is_kept(mesh, as_olaf):
    answer = as_olaf.post(EDIT, {"text": "kind: DataProduct\nid: [x\n"})

    assert answer.status_code == 422
    listed = answer.context["judged"].problems["listed"]
    assert listed[0]["line"] > 0
    assert f">Line {listed[0]['line']}</a>" in answer.text
    assert "id: [x" in answer.text


def test_a_breaking_version_leads_to_a_proposal(mesh, as_olaf):
    text = make.contract(version="2.0.0", columns=NARROW)

    answer = as_olaf.post(EDIT, {"text": text})

    assert answer.status_code == 422
    assert answer.context["judged"].breaking is True
    assert NEW_CHANGE in answer.text
    assert ContractVersion.objects.filter(contract__key="flight-delays-curated").count() == 1


def test_only_owners_edit(mesh, browser):
    for name in ("ana", "petra", "gus", "pia"):
        assert browser(name).get(EDIT).status_code == 403
        assert browser(name).post(EDIT, {"text": make.product()}).status_code == 403
    assert browser("ana").get("/owner/products/customer.secret-plans/edit").status_code == 404


def test_a_new_bundle_is_applied_as_its_owner(mesh, as_olaf, browser):
    new = make.product("flight-operations.gates", ports=[make.port(contract="gates-curated")])
    text = make.bundle(new, make.contract("gates-curated", product="flight-operations.gates"))

    as_olaf.post("/owner/apply", {"text": text})

    assert DataProduct.objects.filter(key="flight-operations.gates").exists()
    assert browser("ana").get("/owner/apply").status_code == 403


def test_a_foreign_product_is_not_applied(mesh, as_olaf):
    text = make.product("customer.stolen", ports=[make.port(contract="stolen")])

    answer = as_olaf.post("/owner/apply", {"text": text})

    assert answer.status_code == 422
    assert not DataProduct.objects.filter(key="customer.stolen").exists()


def test_a_product_is_deprecated_retired_and_never_by_others(mesh, as_olaf, browser):
    url = f"/owner/products/{FLIGHTS}/"
    assert browser("petra").post(f"{url}deprecate", {"reason": "x"}).status_code == 403

    as_olaf.post(f"{url}deprecate", {"reason": "Use punctuality."})
    assert DataProduct.objects.get(key=FLIGHTS).status == "deprecated"
    as_olaf.post(f"{url}publish")
    assert DataProduct.objects.get(key=FLIGHTS).status == "active"
    answer = as_olaf.post(f"{url}retire", {"reason": "x"}, follow=True)
    assert "Cannot retire a product that is active." in answer.text


def test_a_change_is_classified_before_it_is_proposed(granted, as_olaf):
    text = make.contract(version="2.0.0", columns=NARROW)

    answer = as_olaf.post(NEW_CHANGE, {"text": text, "check": "1"})

    found = answer.context["found"]
    assert found["change"].impact == "MAJOR"
    assert (found["consumers"], found["number"]) == (["growth"], 1)
    assert found["version_fits"] is True
    assert not ChangeProposal.objects.exists()


def test_a_change_is_proposed_with_a_date(granted, as_olaf):
    text = make.contract(version="2.0.0", columns=NARROW)
    sent = {"text": text, "note": "Nobody needs it.", "effective_at": "2099-01-31"}

    answer = as_olaf.post(NEW_CHANGE, sent)

    change = ChangeProposal.objects.get()
    assert answer["Location"] == f"/changes/{change.pk}"
    assert (change.to_version, change.impact, change.note) == ("2.0.0", "MAJOR", "Nobody needs it.")
    assert change.effective_at.isoformat() == "2099-01-31T00:00:00+00:00"


def test_a_wrong_proposal_says_why_and_proposes_nothing(mesh, as_olaf):
    answer = as_olaf.post(NEW_CHANGE, {"text": make.contract(version="1.0.0")})

    assert answer.status_code == 422
    assert "was in force already" in answer.text
    assert not ChangeProposal.objects.exists()
    assert as_olaf.post(NEW_CHANGE, {"text": ""}).status_code == 422


def test_the_proposal_starts_from_the_version_in_force(mesh, as_olaf):
    form = as_olaf.get(NEW_CHANGE).context["form"]

    assert "id: flight-delays-curated" in form.initial["text"]


def test_a_change_can_be_shown_as_the_call_that_proposes_it(mesh, as_olaf):
    sent = {"code": "1", "text": "id: flight-delays-curated", "note": "Why", "effective_at": ""}

    text = as_olaf.post(f"/owner/products/{FLIGHTS}/changes/new", sent).text

    assert "/api/v1/changes" in text
    assert "effective_at" not in text
    assert not ChangeProposal.objects.exists()
