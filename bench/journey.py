"""The five-minute journey in Chromium: search, product, request, proof, lab, first rows.

The browser tests walk it too and hold its clicks; its seconds are measured here.
"""

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.chromium import chromium
from bench.figures import Bar, Row
from bench.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Page

PERSON: Final = "lena"
MOST_CLICKS: Final = 6
MOST_SECONDS: Final = 300
_PATIENCE_MS: Final = 120_000
_COUNT: Final = """addEventListener("pointerdown", () => {
  sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks") ?? 0) + 1);
}, true);"""


@dataclass(frozen=True, slots=True)
class Journey:
    """How long a newcomer to a product needed for the first rows, and how often they clicked."""

    seconds: float
    clicks: int


def walk(page: "Page") -> Journey:
    """Go from the market to first rows of a product that the person cannot read yet."""
    page.set_default_timeout(_PATIENCE_MS)
    page.add_init_script(_COUNT)
    page.goto("/")
    began = time.monotonic()
    page.keyboard.press("/")
    page.keyboard.type("airline reference")
    page.wait_for_url("**q=airline**")
    page.get_by_role("link", name="Airline reference").first.click()
    page.get_by_role("heading", level=1, name="Airline reference").wait_for()
    page.keyboard.press("r")
    drawer = page.locator("dialog#drawer[open]")
    purpose = drawer.locator("input[name=purpose][value=analytics]")
    if not purpose.is_checked():
        drawer.locator("label", has=page.locator("input[value=analytics]")).first.click()
    drawer.get_by_role("button", name=re.compile("Get access now")).click()
    page.wait_for_url("**/requests/**")
    page.get_by_role("link", name="Run in the lab").click()
    page.get_by_role("button", name=re.compile("^Run")).click()
    page.locator(".runfacts", has_text="row").wait_for()
    seconds = time.monotonic() - began
    return Journey(seconds, int(page.evaluate("sessionStorage.getItem('clicks')")))


def journey() -> list[Row]:
    """Walk it on a stack of its own with the demo mesh."""
    with Stack(demo=True) as stack, chromium() as browser:
        page = browser.new_page(base_url=f"http://127.0.0.1:{stack.port}")
        page.goto("/accounts/login/")
        page.fill("input[name=login]", PERSON)
        page.fill("input[name=password]", stack.secret("demo-password"))
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        found = walk(page)
    bars = [
        Bar("seconds", found.seconds, MOST_SECONDS, unit="s"),
        Bar("clicks", found.clicks, MOST_CLICKS, unit="clicks"),
    ]
    return [Row("P6", "five-minute journey, search to first rows", bars=bars)]
