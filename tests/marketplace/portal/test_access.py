"""What I hold: its state, its end, giving it back, and a login for my own tools."""

import psycopg
import pytest

from catalog.models import ContractVersion
from subscriptions.actions import agreements, requests
from subscriptions.models import AccessAgreement
from tests.marketplace.portal.conftest import FLIGHTS, part

pytestmark = pytest.mark.django_db


def test_agreements_stand_by_product_with_proof_and_use(granted, as_ana):
    (group,) = as_ana.get("/access").context["products"]

    (line,) = group["lines"]
    assert (group["product"].key, line["agreement"], line["evidence"]) == (
        FLIGHTS,
        granted,
        "proven",
    )
    assert line["renewable"]
    assert "not used in the lab yet" in as_ana.get("/access").content.decode()


def test_nothing_held_says_where_to_go(mesh, browser):
    answer = browser("sid").get("/access")

    assert answer.context["products"] == []
    assert "Nothing yet" in answer.content.decode()


def test_what_waits_and_what_came_to_nothing_stand_apart(platform, ask_full, petra, as_ana):
    asked = ask_full()
    assert as_ana.get("/access").context["pending"] == [asked]

    requests.reject(petra, request_id=asked.pk, note="Not for this.")

    answer = as_ana.get("/access")
    assert (answer.context["pending"], answer.context["refused"]) == ([], [asked])
    assert "Not for this." in answer.content.decode()
    assert "/products/customer.bookings/request?port=full@1&amp;purpose=analytics" in (
        answer.content.decode()
    )


def test_giving_back_is_asked_first_and_then_proven(granted, as_ana, work):
    address = f"/access/{granted.pk}/end"
    asked = as_ana.get(address, headers=part("dialog#drawer"))
    granted.refresh_from_db()
    assert (asked.status_code, granted.state) == (200, "active")
    assert "flight_operations_products.flight_delays_curated" in asked.content.decode()

    answer = as_ana.post(address, {"reason": "Done"})
    work()

    granted.refresh_from_db()
    assert answer["Location"] == f"/requests/{granted.request_id}"
    assert (granted.state, granted.end_reason) == ("terminated", "Done")
    (ended,) = as_ana.get("/access").context["ended"]
    assert ended["ask_again"].startswith(f"/products/{FLIGHTS}/request?port=curated@1")


def test_giving_back_twice_is_refused_in_place(granted, as_ana):
    as_ana.post(f"/access/{granted.pk}/end")
    again = as_ana.post(f"/access/{granted.pk}/end", headers=part("dialog#drawer"))

    assert again.status_code == 422
    assert "This cannot be done now." in again.content.decode()


def test_nobody_else_acts_on_my_access(granted, browser):
    for client in map(browser, ("sid", "olaf", "gus")):
        for what in ("end", "renew", "login"):
            address = f"/access/{granted.pk}/{what}"
            assert client.get(address).status_code == 404
            assert client.post(address, {"days": 30, "minutes": 60}).status_code == 404

    kept = AccessAgreement.objects.get()
    assert (kept.state, kept.version) == ("active", granted.version)


def test_renewing_offers_what_the_contract_allows_and_moves_the_end(granted, as_ana):
    ContractVersion.objects.filter(contract__key="flight-delays-curated").update(
        facts={**granted.contract.facts, "max_duration_days": 120}
    )
    before = granted.end_at

    shown = as_ana.get(f"/access/{granted.pk}/renew")
    assert (shown.context["days"], granted.request.duration_days) == ([30, 90], 90)
    assert '<option value="90" selected>' in shown.text
    as_ana.post(f"/access/{granted.pk}/renew", {"days": "90"})

    granted.refresh_from_db()
    assert granted.end_at > before


def test_renewing_for_a_wrong_time_changes_nothing(granted, as_ana):
    for days in ("", "0", "9999", "soon", "99999999"):
        answer = as_ana.post(f"/access/{granted.pk}/renew", {"days": days})
        assert answer.status_code == 422
        assert "Between 1 and 365 days." in answer.content.decode()

    assert AccessAgreement.objects.get().end_at == granted.end_at


def test_a_login_works_is_shown_once_and_kept_by_no_cache(granted, as_ana):
    answer = as_ana.post(f"/access/{granted.pk}/login", {"minutes": "60"})

    given = answer.context["given"]
    assert answer["Cache-Control"] == "no-store"
    assert given.password in answer.content.decode()
    with psycopg.connect(given.url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {given.relation}".encode()).fetchone()
    assert row == (3,)
    assert given.password not in as_ana.get(f"/access/{granted.pk}/login").content.decode()


def test_no_login_after_the_end(granted, olaf, as_ana):
    agreements.revoke(olaf, agreement_id=granted.pk, reason="Over.")

    answer = as_ana.post(f"/access/{granted.pk}/login", {"minutes": "60"})

    assert answer.status_code == 422
    assert answer.context["given"] is None


def test_what_it_costs(granted, as_ana, django_assert_num_queries):
    with django_assert_num_queries(6):
        as_ana.get("/access")
