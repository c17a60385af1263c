"""The page that explains access, and the ways to it."""

import pytest

pytestmark = pytest.mark.django_db

FLIGHTS = "flight-operations.flight-delays"
WHY = f"/products/{FLIGHTS}/why"


def test_ana_reads_the_chain_about_herself(granted, as_ana, django_assert_max_num_queries):
    page = as_ana.get(f"{WHY}?port=curated@1")

    assert page.context["found"].answer == "yes"
    assert [check["title"] for check in page.context["checks"]][-1] == "Proof"
    assert (page.context["others"], b"why_person" in page.content) == (False, False)
    with django_assert_max_num_queries(16):
        as_ana.get(f"{WHY}?port=curated@1")


def test_olaf_asks_about_anybody_and_ana_does_not(granted, browser):
    page = browser("olaf").get(f"{WHY}?person=sid")

    assert (page.context["found"].answer, page.context["own"]) == ("no", False)
    assert b"why_person" in page.content
    assert browser("ana").get(f"{WHY}?person=sid").status_code == 403
    missing = browser("olaf").get(f"{WHY}?person=mallory")
    assert (missing.status_code, missing.context["problem"]) == (422, "No account mallory.")


def test_what_is_hidden_or_not_there_is_404(mesh, browser, client):
    assert browser("sid").get("/products/customer.secret-plans/why").status_code == 404
    assert browser("sid").get(f"{WHY}?port=nothing").status_code == 404
    assert client.get(WHY).status_code in (302, 401)


def test_pages_lead_to_it(granted, as_ana, browser):
    link = f"{WHY}?port=curated@1".encode()

    assert link in as_ana.get(f"/products/{FLIGHTS}/access").content
    assert link in as_ana.get("/access").content
    assert link in as_ana.get(f"/requests/{granted.request_id}").content
    olaf = browser("olaf").get(f"/products/{FLIGHTS}/access").content
    assert b"person=ana" in olaf


def test_a_refusal_in_the_lab_leads_to_it(granted, as_ana, full):
    relation = f"{full.relation_schema}.{full.relation_name}"
    asked = {"agreement": str(granted.pk), "sql": f"SELECT * FROM {relation}"}

    page = as_ana.post("/lab/run", asked)

    offers = page.context["refused"]["offers"]
    assert [one["why"] for one in offers] == ["/products/customer.bookings/why?port=full%401"]
