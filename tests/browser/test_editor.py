"""The YAML editor in Chromium: problems at their lines, no trap for keys, and without a script."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EDIT = "/owner/products/flight-operations.flight-delays/edit"


@pytest.fixture
def editor(sign_in):
    page = sign_in("olaf")
    page.goto(EDIT)
    expect(page.locator("yaml-editor[data-ready] .cm-content")).to_be_visible()
    expect(page.locator("#judged .scored")).to_be_visible(timeout=60_000)
    return page


def test_a_problem_stands_at_its_line_and_goes_when_it_is_mended(editor, complaints):
    content = editor.locator("yaml-editor .cm-content")
    before = editor.locator("#text").input_value()

    content.click()
    editor.keyboard.press("Control+Home")
    editor.keyboard.press("ArrowDown")
    editor.keyboard.press("End")
    editor.keyboard.type("s")

    problem = editor.locator("#judged [data-line='2']")
    expect(problem).to_be_visible(timeout=60_000)
    expect(editor.locator("yaml-editor .cm-lint-marker-error")).to_have_count(1)
    assert editor.locator("#text").input_value() == before.replace("DataProduct", "DataProducts", 1)

    editor.keyboard.press("Control+End")
    problem.locator("a").click()
    assert editor.evaluate("document.querySelector('#text').selectionStart") == len(
        before.split("\n", 1)[0] + "\n"
    )

    editor.keyboard.press("End")
    editor.keyboard.press("Backspace")
    expect(editor.locator("#judged .scored")).to_be_visible(timeout=60_000)
    expect(editor.locator("yaml-editor .cm-lint-marker-error")).to_have_count(0)
    assert complaints == []


def test_a_word_is_completed_and_tab_is_no_trap(editor):
    content = editor.locator("yaml-editor .cm-content")
    content.click()
    editor.keyboard.press("Control+Home")
    editor.keyboard.type("publicat")
    expect(editor.locator("yaml-editor .cm-tooltip-autocomplete")).to_be_visible()
    editor.wait_for_timeout(120)  # the list takes no key in its first moment
    editor.keyboard.press("Tab")
    assert editor.locator("#text").input_value().startswith("publicationScope")

    editor.keyboard.press("Tab")

    assert editor.evaluate("document.activeElement.tagName") == "BUTTON"


def test_without_a_script_it_is_a_text_that_is_checked(sign_in):
    page = sign_in("olaf", script=False)
    page.goto(EDIT)
    text = page.locator("#text")
    text.fill(text.input_value().replace("kind: DataProduct", "kind: DataProducts", 1))

    page.click("button[name=check]")

    assert page.locator("#judged [data-line='2']").count() == 1
