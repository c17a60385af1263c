"""The main journey without a script: every step is a link or a form."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def ask(page: Page, product: str, port: str) -> None:
    """Ask for a port for analytics, on the drawer's own page."""
    page.goto(f"/products/{product}/request?port={port}")
    page.locator("input[name=purpose][value=analytics]").check(force=True)
    page.locator("main button[type=submit]").last.click()
    page.wait_for_url("**/requests/**")


def until_ready(page: Page) -> None:
    """Load the request's page again and again, as its own button does, until access is proven."""
    ready = page.get_by_role("heading", name="Ready: access was proven")
    end = time.monotonic() + PATIENCE / 1000
    while not ready.count():
        assert time.monotonic() < end, page.locator("main").inner_text()
        page.reload()
    expect(ready).to_be_visible()


def test_lena_finds_reads_asks_and_queries(sign_in):
    page = sign_in("lena", script=False)
    page.goto("/")
    page.fill("#q", "aircraft")
    page.press("#q", "Enter")
    page.get_by_role("checkbox", name="Fleet").check()
    page.get_by_role("button", name="Apply filters").click()
    page.wait_for_url("**domain=fleet**")
    page.get_by_role("link", name="Aircraft", exact=True).first.click()
    for tab in ("Schema & sample", "Lineage", "Quality", "Connect", "Access & terms", "Changes"):
        page.locator("nav.tabs").get_by_role("link", name=tab, exact=True).click()
        expect(page.locator("nav.tabs [aria-current=page]")).to_have_text(tab)
    ask(page, "fleet.aircraft", "curated")
    until_ready(page)

    page.get_by_role("link", name="Run in the lab").click()
    page.get_by_role("button", name="Run").first.click()
    expect(page.locator(".runfacts")).to_contain_text("row")


def test_mira_asks_olaf_approves_and_she_gives_it_back(sign_in):
    mira = sign_in("mira", script=False)
    ask(mira, "flight-operations.flight-delays", "full")
    number = mira.url.rsplit("/", 1)[-1]

    olaf = sign_in("olaf", script=False)
    olaf.goto("/owner/reviews")
    olaf.locator(f"a[href$='{number}']").first.click()
    expect(olaf.get_by_text("CREATE VIEW").or_(olaf.get_by_text("GRANT")).first).to_be_visible()
    olaf.get_by_role("button", name="Approve as Olaf").click()
    until_ready(mira)

    mira.goto("/access")
    mira.get_by_role("link", name="Give back Flight delays full").click()
    mira.locator("main button[type=submit]").last.click()
    mira.wait_for_url("**/requests/**")
    expect(mira.get_by_text("has ended").or_(mira.get_by_text("Ending")).first).to_be_visible()


def test_sid_is_welcomed_says_why_he_is_here_and_runs_a_query(sign_in):
    page = sign_in("sid", script=False)
    page.goto("/welcome")

    page.get_by_role("button", name="Find and use data").click()
    expect(page.get_by_role("button", name="Find and use data")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator("[data-row]")).to_have_count(3)
    page.get_by_role("button", name="Run it").click()
    expect(page.locator("#tried .runfacts")).to_contain_text("invented rows")
    page.get_by_role("button", name="To home").click()
    page.wait_for_url("**/home")
