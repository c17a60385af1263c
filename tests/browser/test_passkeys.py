"""Passkeys in a real browser: a virtual authenticator of Chromium makes one and signs in."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(stack, browser, complaints):
    """A window with a built-in authenticator, at the name that passkeys are made for."""
    context = browser.new_context(base_url=stack.url.replace("127.0.0.1", "localhost"))
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    chromium = context.new_cdp_session(page)
    chromium.send("WebAuthn.enable")
    made = chromium.send("WebAuthn.addVirtualAuthenticator", {"options": _KEY})
    page.authenticator = (chromium, made["authenticatorId"])
    yield page
    context.close()


def arrive(page: Page, path: str) -> None:
    """Wait until the window shows that path; the address before named it too, as what is next."""
    page.wait_for_url(lambda url: urlsplit(url).path == path)


def by_password(page: Page, stack, back: str) -> None:
    """Sign Mira in with the form, as without a script."""
    page.goto(f"/accounts/login/?next={back}")
    page.fill("input[name=login]", "mira")
    page.fill("input[name=password]", stack.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    arrive(page, back)


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "logout" not in url)


def test_mira_adds_a_passkey_signs_in_with_it_and_removes_it(page, stack, complaints):
    by_password(page, stack, "/settings/passkeys")
    page.fill("#passkey-name", "Mira's laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("Added. You can sign in with it")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Mira's laptop")).to_contain_text("never")
    sign_out(page)

    page.goto("/accounts/login/?next=/settings/passkeys")
    page.get_by_role("button", name="Sign in with a passkey").click()
    arrive(page, "/settings/passkeys")
    row = page.get_by_role("row").filter(has_text="Mira's laptop")
    expect(row).not_to_contain_text("never")

    page.goto("/accounts/reauthenticate/?next=/access")
    page.get_by_role("button", name="Confirm with a passkey").click()
    arrive(page, "/access")

    page.goto("/settings/passkeys")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove Mira's laptop").click()
    expect(page.get_by_text("You have no passkey.")).to_be_visible()
    sign_out(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey was not accepted")).to_be_visible()
    assert complaints == []


def test_whom_the_device_does_not_know_is_told_in_place(page, stack):
    page.goto("/accounts/login/")

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_text("Nothing was signed.")).to_be_visible()
    assert page.url.endswith("/accounts/login/")


def test_at_a_bare_address_the_page_offers_the_password_alone(stack, browser):
    context = browser.new_context(base_url=stack.url)
    page = context.new_page()

    page.goto("/accounts/login/")

    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    context.close()
