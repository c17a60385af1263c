"""Every page, one by one: accessible in both themes, narrow without sideways scrolling, small.

The list is tests/browser/pages.py, what has to hold is tests/browser/visit.py.
"""

from collections.abc import Iterator, Sequence

import pytest
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from tests.browser.pages import ELSEWHERE, NO_PAGES, PAGES

NO_GET = 405
CASES = [(who, page) for who, pages in PAGES.items() for page in pages]


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "wanted"), CASES, ids=[f"{page.name} ({who or 'nobody'})" for who, page in CASES]
)
def test_a_page_has_no_fault(window, who, wanted):
    assert window(who).faults(wanted) == {}


def test_every_page_is_in_the_list():
    listed = {page.view for _, page in CASES} | set(NO_PAGES)
    others = [one for one in _addresses() if one.name not in listed]

    # What is left takes no GET: it is decorated so that it answers 405 before it does anything.
    answers = {one.name: one.callback(RequestFactory().get("/")).status_code for one in others}
    assert {name: status for name, status in answers.items() if status != NO_GET} == {}


def test_no_line_of_the_list_is_left_over():
    named = {one.name for one in _addresses()} | {""}

    assert {page.view for _, page in CASES} - named == set()
    assert set(NO_PAGES) - named == set()
    assert set(ELSEWHERE) - {str(one.pattern) for one in get_resolver().url_patterns} == set()


def _addresses() -> list[URLPattern]:
    """Give every address of the portal and of the accounts, whatever it answers."""
    roots = [one for one in get_resolver().url_patterns if str(one.pattern) not in ELSEWHERE]
    return list(_leaves(roots))


def _leaves(roots: Sequence[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for one in roots:
        if isinstance(one, URLResolver):
            yield from _leaves(one.url_patterns)
        elif one.name:  # those of accounts without a name lead to where the page stands today
            yield one
