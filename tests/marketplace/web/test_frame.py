"""The frame of every page: who sees what in the head, and pages that stand alone."""

import re

import pytest
from django.template import engines
from django.urls import NoReverseMatch

from marketplace.kernel.errors import FieldProblem, Invalid, NotAllowed
from tests.marketplace.web.conftest import CHROME, SID


def test_ana_finds_every_place_in_the_head(show):
    page = show("base.html", nav="access")

    for name in ("market", "lab", "access", "owner", "governance-audit", "inbox", "settings"):
        assert f'href="/at/{name}"' in page
    assert re.search(r'href="/at/access"[^>]* aria-current="page"', page)
    assert "Inbox, 2 unread" in page
    assert '4<span class="vh"> waiting</span>' in page


def test_ana_without_roles_sees_no_console(show):
    page = show("base.html", chrome={**CHROME, "is_owner": False, "is_governance": False})

    assert "Owner console" not in page
    assert "Governance" not in page


def test_sid_sees_the_way_in_and_nothing_else(show):
    page = show("base.html", user=SID)

    assert 'href="/at/account_login"' in page
    assert "My access" not in page
    assert 'id="palette"' not in page


def test_signing_out_is_a_form_that_posts(show):
    page = show("base.html", csrf_token="token-of-the-page")

    assert re.search(r'<form method="post" action="/at/account_logout">', page)
    assert 'name="csrfmiddlewaretoken" value="token-of-the-page"' in page


@pytest.mark.parametrize(("theme", "there"), [("dark", True), ("light", True), ("x", False)])
def test_the_theme_of_the_cookie_is_written_by_the_server(show, theme, there):
    page = show("base.html", chrome={**CHROME, "theme": theme})

    assert (f'data-theme="{theme}"' in page) is there


def test_the_marketplace_does_not_load_the_sheet_of_the_consoles(show):
    assert "console.css" not in show("base.html", nav="market")
    assert "console.css" in show("base.html", nav="inbox")


def test_a_refusal_says_title_words_places_and_code(show):
    problem = Invalid(FieldProblem("/purpose", "choice", "Marketing is <not> on the list."))

    page = show("errors/problem.html", problem=problem)

    assert "<h1>Some of this cannot be accepted.</h1>" in page
    assert "<code>/purpose</code> Marketing is &lt;not&gt; on the list." in page
    assert "<code>invalid</code>" in page


def test_a_refusal_whose_words_are_its_title_says_them_once(show):
    page = show("errors/problem.html", problem=NotAllowed())

    assert page.count("You may not do this.") == 2  # the tab's title and the head


@pytest.mark.parametrize("status", ["400", "403", "404"])
def test_the_pages_for_refusals_without_words_render(show, status):
    assert "To the marketplace" in show(f"{status}.html")


def test_the_page_of_a_crash_needs_no_context_and_no_address(settings):
    settings.ROOT_URLCONF = "tests.marketplace.web.nowhere"  # every address would fail

    page = engines["django"].get_template("500.html").render()

    assert "Something went wrong on our side." in page


def test_a_page_that_needs_addresses_fails_without_them(show, settings):
    settings.ROOT_URLCONF = "tests.marketplace.web.nowhere"

    with pytest.raises(NoReverseMatch):
        show("base.html")


@pytest.mark.parametrize("name", ["drawer_frame.html", "../drawer_page.html"])
def test_a_drawer_is_a_fragment_or_a_page_of_its_own(show, name):
    text = show(
        f"components/{name}".replace("components/../", ""), eyebrow="Request", title="Flights"
    )

    assert "Flights" in text
    assert ("<!doctype html>" in text) is ("page" in name)
