"""Chromium in front of the whole product."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.stack import Stack, running
from tests.marketplace.web.browser import FLAGS


@pytest.fixture(scope="session")
def stack(tmp_path_factory) -> Iterator[Stack]:
    """One running marketplace for all browser tests."""
    with running(tmp_path_factory.mktemp("stack") / "var") as started:
        yield started


@pytest.fixture
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


@pytest.fixture
def sign_in(stack, browser, complaints) -> Callable[..., Page]:
    """Open a window of its own for somebody."""

    def run(
        username: str, *, width: int = 1400, scheme: str = "light", script: bool = True
    ) -> Page:
        context = browser.new_context(
            base_url=stack.url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
        )
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/accounts/login/")
        page.fill("input[name=login]", username)
        page.fill("input[name=password]", stack.password)
        page.click("main button[type=submit]")
        page.wait_for_load_state("networkidle")
        return page

    return run
