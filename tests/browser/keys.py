"""Keys pressed when the page listens: a key that comes before the page's script is lost."""

from playwright.sync_api import Page, expect

_LISTENS = "() => window.htmx && document.readyState === 'complete'"


def listening(page: Page) -> Page:
    """Wait until the page's script has run."""
    page.wait_for_function(_LISTENS)
    return page


def press(page: Page, key: str) -> None:
    """Press one key on a page that listens."""
    listening(page).keyboard.press(key)


def search(page: Page, words: str) -> None:
    """Search the market by keyboard, until its rows are those of the words."""
    press(page, "/")
    field = page.locator("[data-search]").first
    expect(field).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type(words)
    expect(field).to_have_value(words)
    page.wait_for_url(lambda url: f"q={words.split(maxsplit=1)[0]}" in url)
