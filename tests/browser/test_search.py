"""Nothing a quick typist writes into the search is missed, however late the script comes."""

import pytest
from playwright.sync_api import Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 60_000
LATE_TIMERS = """const timer = window.setTimeout;
window.setTimeout = (run, wait, ...rest) => timer(run, wait ?? 600000, ...rest);"""


def test_what_lena_types_at_once_is_searched(sign_in, complaints):
    page = sign_in("lena")
    page.set_default_timeout(PATIENCE)
    page.add_init_script(LATE_TIMERS)
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("airline reference")

    page.wait_for_url("**q=airline**")
    expect(page.get_by_role("link", name="Airline reference").first).to_be_visible()
    assert complaints == []


def test_what_lena_typed_before_the_script_came_is_searched(sign_in, complaints):
    page = sign_in("lena")
    page.set_default_timeout(PATIENCE)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/dist/app*.js", hold)
    page.goto("/", wait_until="commit")
    box = page.locator("[data-search]")
    box.fill("airline reference")
    page.wait_for_function("document.readyState === 'interactive'")
    assert "q=airline" not in page.url
    for route in held:
        route.continue_()

    page.wait_for_url("**q=airline**")
    expect(box).to_have_value("airline reference")
    assert complaints == []
