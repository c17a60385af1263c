"""The story by hand: search, ask, proof, rows, review, change, revoke, audit, in Chromium."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE
from tests.browser.keys import press, search
from tests.journeys.story import PEOPLE, Caller, walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHANGES = Path(__file__).parents[2] / "demo" / "changes"
DELAYS = "flight-operations.flight-delays"


def test_from_search_to_first_rows_by_mouse_and_keyboard(sign_in, complaints):
    page = sign_in("lena")
    page.goto("/")
    search(page, "delay and weather")
    page.get_by_role("link", name="Delay and weather").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Delay and weather")

    press(page, "r")
    drawer = page.locator("dialog#drawer[open]")
    expect(drawer).to_contain_text("Request access")
    drawer.locator("input[name=purpose][value=analytics]").check(force=True)
    expect(drawer.locator(".verdict")).to_contain_text("You will have access")
    drawer.get_by_role("button", name=re.compile("Get access now")).click()
    page.wait_for_url("**/requests/**")

    expect(page.get_by_role("heading", name="Ready: access was proven")).to_be_visible(
        timeout=PATIENCE
    )
    expect(page.get_by_text("SQLSTATE 42501").first).to_be_visible()
    page.get_by_role("link", name="Run in the lab").click()
    page.get_by_role("button", name=re.compile("^Run")).click()
    expect(page.locator("table tbody tr").first).to_be_visible()
    assert complaints == []


def test_the_owner_reads_the_exact_statements_and_decides(sign_in, complaints):
    ana = sign_in("ana")
    ana.goto("/products/customer.bookings/request?port=full")
    ana.locator("input[name=purpose][value=analytics]").check(force=True)
    expect(ana.locator(".verdict")).to_contain_text("people review this")
    ana.fill("textarea", "Churn by cabin")
    ana.get_by_role("button", name=re.compile("Send request")).click()
    ana.wait_for_url("**/requests/**")
    address = ana.url.rsplit("/", 1)[-1]

    petra = sign_in("petra")
    petra.goto(f"/owner/reviews/{address}")
    expect(petra.get_by_text("Churn by cabin").first).to_be_visible()
    expect(petra.get_by_text("CREATE VIEW").first).to_be_visible()
    petra.get_by_role("button", name=re.compile("Approve as Petra")).click()
    dana = sign_in("dana")
    dana.goto(f"/owner/reviews/{address}")
    dana.get_by_role("button", name=re.compile("Approve as Dana")).click()

    expect(ana.get_by_role("heading", name="Ready: access was proven")).to_be_visible(
        timeout=PATIENCE
    )
    ana.goto("/inbox")
    expect(ana.get_by_text("Bookings: port full is ready").first).to_be_visible()

    petra.goto("/owner/products/customer.bookings/consumers")
    expect(petra.get_by_text("Growth").first).to_be_visible()
    gus = sign_in("gus")
    gus.goto("/governance/audit")
    expect(gus.locator("table").get_by_text("access.agreement.activated").first).to_be_visible()
    assert complaints == []


def test_the_whole_story_over_http(stack):
    callers = {name: Caller(stack.url, stack.token(name)) for name in PEOPLE}
    _forget_bookings(callers["ana"])

    walk(callers, (CHANGES / "flight-delays-curated-2.0.0.yaml").read_text())

    agreements = callers["ana"].get("/access-agreements")["results"]
    held = {one["product"] for one in agreements if one["state"] == "active"}
    assert DELAYS in held
    assert "customer.bookings" not in held


def _forget_bookings(ana: Caller) -> None:
    """Give back what another test may have got, so that the story begins at its beginning."""
    for agreement in ana.get("/access-agreements")["results"]:
        if agreement["product"] in ("customer.bookings", DELAYS) and agreement["state"] == "active":
            ana.post(f"/access-agreements/{agreement['id']}/terminate", {})
            ana.until(f"/access-agreements/{agreement['id']}", "terminated")
