"""Chromium in front of the whole product: one stack and one browser for all these tests."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser import ground
from tests.browser.stack import Stack, running
from tests.browser.visit import Window
from tests.marketplace.web.browser import FLAGS

PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
# Pictures are taken when they are asked for (make screenshots).
collect_ignore = [] if os.environ.get("EMPORION_SCREENSHOTS") == "1" else ["test_screenshots.py"]


@pytest.fixture(scope="package")
def stack(tmp_path_factory) -> Iterator[Stack]:
    """One running marketplace with a little history for all browser tests."""
    with running(tmp_path_factory.mktemp("stack") / "var") as started:
        ground.lay(started)
        yield started


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, with Debian's binary."""
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the console of any page complained about."""
    return []


@pytest.fixture(scope="package")
def state_of(stack, browser) -> Callable[[str], Any]:
    """Sign somebody in by hand, once; give what their browser keeps of it."""
    kept: dict[str, Any] = {}

    def run(username: str) -> Any:
        if username not in kept:
            context = browser.new_context(base_url=stack.url)
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            page.goto("/accounts/login/")
            page.fill("input[name=login]", username)
            page.fill("input[name=password]", stack.password)
            page.click("main button[type=submit]")
            page.wait_for_url(lambda url: "/accounts/login" not in url)
            kept[username] = context.storage_state()
            context.close()
        return kept[username]

    return run


@pytest.fixture
def sign_in(stack, browser, state_of, complaints) -> Iterator[Callable[..., Page]]:
    """Open a window of its own for somebody; all are closed after the test."""
    opened: list[BrowserContext] = []

    def run(
        username: str,
        *,
        width: int = 1400,
        scheme: str = "light",
        script: bool = True,
        language: str = "en-US",
    ) -> Page:
        context = browser.new_context(
            base_url=stack.url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            locale=language,
            storage_state=state_of(username),
        )
        opened.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield run
    for context in opened:
        context.close()


@pytest.fixture(scope="package")
def window(stack, browser, state_of) -> Iterator[Callable[[str], Window]]:
    """Give one window per person, kept for all pages that this person opens."""
    opened: dict[str, Window] = {}

    def run(username: str) -> Window:
        if username not in opened:
            context = browser.new_context(
                base_url=stack.url,
                reduced_motion="reduce",
                storage_state=state_of(username) if username else None,
            )
            context.set_default_timeout(PATIENCE)
            opened[username] = Window(context.new_page())
        return opened[username]

    yield run
    for one in opened.values():
        one.page.context.close()
