"""The style guide in Chromium under the product's own content security policy."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.marketplace.web import urls
from tests.marketplace.web.browser import AXE, RULES, browsing, serving
from tests.marketplace.web.conftest import template_options

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 120_000  # a browser's own start and a dialog's end are slow on a machine with other work


@pytest.fixture
def address(settings, frame_urls) -> Iterator[str]:
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.TEMPLATES = [template_options("tests.marketplace.web.conftest.person_and_chrome")]
    settings.MIDDLEWARE = ["django.middleware.csp.ContentSecurityPolicyMiddleware"]
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    with serving() as base:
        yield base


@pytest.fixture
def open_page(address, tmp_path):
    """Open the style guide and collect what the console complains about."""
    stack = []

    def go(path="/style", *, width=1400, scheme="light", script=True) -> tuple[Page, list[str]]:
        manager = browsing(tmp_path / f"{len(stack)}", width=width, scheme=scheme, script=script)
        context = manager.__enter__()
        stack.append(manager)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}{path}", wait_until="networkidle")
        if script:
            page.wait_for_function("() => window.htmx")  # keys are heard from here on
        return page, complaints

    yield go
    for manager in stack:
        manager.__exit__(None, None, None)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_axe_finds_nothing_and_the_console_is_silent(open_page, width, scheme):
    page, complaints = open_page(width=width, scheme=scheme)
    page.wait_for_selector(".lg-n")

    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules})"
        ".then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.target.join(' '))]))",
        RULES,
    )

    assert found == []
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_ana_works_by_keyboard(open_page):
    page, complaints = open_page()
    row = "[...document.querySelectorAll('[data-row]')].findIndex(r => r.matches('.cur'))"

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate(row) == 0

    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden(timeout=PATIENCE)

    page.keyboard.press("Control+k")
    with page.expect_response(lambda answer: "q=fl" in answer.url):
        page.keyboard.type("fl")
    # What answers to "f" or to the opening may still be on its way, and would undo the choice.
    page.wait_for_load_state("networkidle")
    page.wait_for_selector("#palres .pi mark")
    page.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-swapping')")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palres .pi.on")).to_have_count(1, timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden(timeout=PATIENCE)

    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert "theme=dark" in page.evaluate("document.cookie")
    assert complaints == []


def test_the_open_tab_is_in_view_and_keys_and_dates_are_those_of_the_reader(open_page):
    page, _ = open_page(width=320)
    bar = page.locator(".tabs").first
    assert bar.evaluate("e => e.scrollLeft") == 0

    bar.evaluate(
        "e => { e.querySelector('[aria-current]').removeAttribute('aria-current');"
        " e.lastElementChild.setAttribute('aria-current', 'page');"
        " document.dispatchEvent(new Event('htmx:after:swap')); }"
    )

    inside = "e => e.lastElementChild.getBoundingClientRect().right <= innerWidth"
    assert bar.evaluate(inside)
    assert page.locator("header.top kbd[data-mod]").text_content() == "Ctrl K"
    days = page.locator("time[data-time=date]").all_text_contents()
    assert days
    assert all(day[0].isdigit() for day in days)


def test_ana_walks_the_lineage_by_keyboard(open_page):
    page, complaints = open_page()
    page.wait_for_selector(".lg-n.foc")
    here = "document.activeElement.dataset.id"

    page.evaluate("document.querySelector('.lg-n.foc').focus()")
    assert page.evaluate(here) == "flight-delays"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(here) in {"growth", "revenue", "punctuality"}
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(here) == "flight-delays"
    page.keyboard.press("i")
    assert page.locator("[data-lin=impact]").get_attribute("aria-pressed") == "true"
    assert "2 products" in page.locator(".lpanel .impact").inner_text()

    page.locator("[data-lin=list]").click()
    assert page.locator(".llist li").count() == 9
    assert complaints == []


def test_on_a_phone_the_lineage_stands_whole_and_moves_by_buttons_and_keys(open_page):
    page, complaints = open_page(width=390)
    page.wait_for_selector(".lg-n.foc")
    inside = """() => { const room = document.querySelector(".lcanvas").getBoundingClientRect();
      return [...document.querySelectorAll(".lg-n")].every(node => {
        const box = node.getBoundingClientRect();
        return box.left >= room.left && box.right <= room.right
          && box.bottom <= room.bottom; }); }"""
    place = "e => e.getAttribute('transform')"
    drawn = page.locator(".lcanvas > svg > g")

    assert page.locator(".lg-n").count() == 7  # one hop to each side
    assert page.evaluate(inside)
    sizes = page.locator(".lg-n text").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 9  # px: readable
    assert page.locator("[data-lin]").evaluate_all(
        "all => all.every(e => e.getBoundingClientRect().right <= innerWidth)"
    )

    before = drawn.evaluate(place)
    page.locator("[data-lin=right]").click()
    moved = drawn.evaluate(place)
    page.evaluate("document.querySelector('.lg-n.foc').focus()")
    page.keyboard.press("Shift+ArrowLeft")
    assert before == drawn.evaluate(place) != moved
    page.locator("[data-lin='dn+']").click()
    page.locator("[data-lin=fit]").click()
    assert page.locator(".lg-n").count() == 8
    assert page.evaluate(inside)
    page.keyboard.press("ArrowRight")
    page.locator("[data-lin=list]").click()
    assert page.locator(".llist li").count() == 9
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert complaints == []


def test_a_file_that_is_shown_once_is_saved_under_our_policy(open_page):
    page, complaints = open_page()

    with page.expect_download() as saved:
        page.get_by_role("link", name="Save").first.click()

    assert saved.value.suggested_filename == "client.properties"
    assert Path(saved.value.path()).read_text() == "user=example\npassword=not-a-secret"
    assert complaints == []


def test_single_keys_can_be_switched_off(open_page):
    page, _ = open_page()
    page.keyboard.press("?")
    page.locator("#keys-off").check()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden(timeout=PATIENCE)

    page.keyboard.press("t")

    assert page.evaluate("document.documentElement.dataset.theme") is None


def test_without_a_script_the_page_is_whole(open_page):
    page, _ = open_page(script=False)

    assert page.locator(".row").count() == 4
    assert page.locator(".jsonly:visible").count() == 0
    assert page.get_by_text("The same as a list, nearest first.").is_visible()
    page.locator("summary.me").click()
    assert page.get_by_role("button", name="Sign out").is_visible()


def test_a_state_follows_the_server_until_it_is_settled(open_page, monkeypatch):
    monkeypatch.setattr(urls, "STEPS", iter(["being granted", "being proven", "ready"]))

    page, complaints = open_page("/parts")

    page.wait_for_selector("#state p:text('ready')")
    assert page.locator("#live").inner_text() == "ready"
    assert page.locator("[data-live]").count() == 0
    assert next(urls.STEPS, "nothing more was asked") == "nothing more was asked"
    assert complaints == []


def test_a_drawer_opens_in_place_and_gives_the_focus_back(open_page, monkeypatch):
    monkeypatch.setattr(urls, "STEPS", iter(["ready"]))
    page, complaints = open_page("/parts")

    page.locator("#ask").click()
    page.locator("#drawer h2").wait_for()
    assert page.url.endswith("/parts")
    assert page.locator("#drawer").get_attribute("aria-label") == "Flight delays"
    assert page.locator("#drawer input").is_visible()
    page.locator("#drawer [data-close-drawer]").click()

    assert not page.locator("#drawer").is_visible()
    assert page.evaluate("document.activeElement.id") == "ask"
    assert complaints == []


def test_a_drawer_that_cannot_be_had_is_a_link_again(open_page, monkeypatch):
    monkeypatch.setattr(urls, "STEPS", iter(["ready"]))
    page, _ = open_page("/parts")

    page.locator("#lost").click()
    page.wait_for_url("**/gone")

    assert page.url.endswith("/gone")
    assert not page.locator("#drawer").is_visible()


def test_without_a_script_a_drawer_is_a_page(open_page):
    page, _ = open_page("/parts", script=False)

    page.locator("#ask").click()

    assert page.locator("main h1").inner_text() == "Flight delays"
    assert page.locator("main input").is_visible()


def test_on_paper_it_is_dark_on_light_and_without_what_one_clicks(open_page):
    page, _ = open_page(scheme="light")
    ink = page.evaluate("getComputedStyle(document.body).color")
    page.emulate_media(media="print", color_scheme="dark")

    assert page.evaluate("getComputedStyle(document.body).color") == ink
    assert page.locator("main").is_visible()
    for clicked in (".top", ".foot", ".facets", ".pager", ".copy"):
        assert page.locator(f"{clicked}:visible").count() == 0, clicked


def test_the_fonts_move_nothing_when_they_arrive(open_page):
    page, _ = open_page()

    shift = page.evaluate(
        "new Promise(done => new PerformanceObserver(list => done(list.getEntries()"
        ".filter(e => !e.hadRecentInput).reduce((sum, e) => sum + e.value, 0)))"
        ".observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 500))"
    )

    assert shift <= 0.05
