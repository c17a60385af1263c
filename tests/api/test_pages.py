"""The API's pages in Chromium: they draw the whole document, and the console stays silent."""

import pytest

from tests.marketplace.web.browser import browsing, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    ("page", "words"),
    [("/api/docs", "Ask for a port"), ("/api/try", "access-requests")],
)
def test_a_page_draws_the_document(tmp_path, page, words):
    complaints: list[str] = []
    with serving() as address, browsing(tmp_path, width=1400, scheme="light") as context:
        tab = context.new_page()
        tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))

        tab.goto(f"{address}{page}")
        tab.get_by_text(words).first.wait_for(state="attached", timeout=60_000)

    # Redoc wants its maker's mark from its maker's server; our policy does not let it ask.
    assert [one for one in complaints if "logo-mini.svg" not in one] == []
