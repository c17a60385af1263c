"""The main journey with nothing but keys: find, open, ask, wait for the proof, query."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.keys import listening, press, search

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what says this."""
    focused = """() => document.activeElement === document.body ? ""
      : (document.activeElement.ariaLabel ?? "") + " " + document.activeElement.innerText"""
    listening(page)
    for _ in range(120):
        if name in page.evaluate(focused):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name}")


def test_ana_gets_rows_without_touching_the_mouse(sign_in, complaints):
    page = sign_in("ana")
    page.goto("/")
    search(page, "route network")
    expect(page.locator("[data-row]").first).to_contain_text("Route network")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("[data-row].cur")).to_contain_text("Route network")
    page.keyboard.press("Enter")
    page.wait_for_url("**/products/flight-operations.route-network")

    press(page, "2")
    expect(page.locator("nav.tabs [aria-current=page]")).to_contain_text("Schema")
    press(page, "r")
    drawer = page.locator("dialog#drawer[open]")
    expect(drawer.locator(".verdict")).to_contain_text("You will have access")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/requests/**")
    expect(page.get_by_role("heading", name="Ready: access was proven")).to_be_visible(
        timeout=PATIENCE
    )
    tab_to(page, "Run in the lab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lab?**")
    expect(page.locator("sql-editor .cm-content")).to_be_focused()
    page.keyboard.press("Control+Enter")

    expect(page.locator(".runfacts")).to_contain_text("row", timeout=PATIENCE)
    assert complaints == []


def test_ana_walks_results_follows_and_puts_a_notice_off(sign_in, complaints):
    page = sign_in("ana")
    page.goto("/?q=weather")
    names = listening(page).locator("[data-row] h2 a")
    first, second = (names.nth(at).inner_text() for at in (0, 1))
    page.keyboard.press("j")
    page.keyboard.press("w")
    expect(page.locator("#toast")).to_have_text(f"You will hear of {first}")
    page.keyboard.press("Enter")
    head = page.get_by_role("heading", level=1)
    expect(head).to_contain_text(first)
    expect(page.locator("[data-key~=w]")).to_have_attribute("aria-pressed", "true")
    press(page, "]")
    expect(head).to_contain_text(second)
    press(page, "[")
    expect(head).to_contain_text(first)
    press(page, "[")
    expect(page.locator("#toast")).to_have_text("This is the first result")

    page.goto("/inbox")
    number = listening(page).locator(".notice").count()
    off = page.locator(".inboxgroup", has=page.get_by_role("heading", name="Put off"))
    here = page.locator(".notice", has=page.locator("[data-key=h]")).first
    title = here.locator("h3 a").inner_text()
    at = page.locator(".notice h3 a").all_inner_texts().index(title)
    for _ in range(at + 1):
        page.keyboard.press("j")
    page.keyboard.press("h")
    expect(off).to_contain_text(title)
    assert page.locator(".notice").count() == number
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("It is back.")).to_be_visible()
    expect(off).to_have_count(0)
    assert complaints == []


def test_a_drawer_keeps_the_focus_and_gives_it_back(sign_in):
    page = sign_in("ana")
    page.goto("/products/flight-operations.flight-delays")
    tab_to(page, "Request access")
    page.keyboard.press("Enter")
    expect(page.locator("dialog#drawer[open]")).to_contain_text("Which port")
    for _ in range(40):
        page.keyboard.press("Tab")
        inside = "document.activeElement.closest('dialog#drawer') || !document.hasFocus()"
        assert page.evaluate(f"document.activeElement === document.body || !!({inside})")
    page.keyboard.press("Escape")

    expect(page.locator("dialog#drawer[open]")).to_have_count(0)
    assert "Request access" in page.evaluate("document.activeElement.innerText")
