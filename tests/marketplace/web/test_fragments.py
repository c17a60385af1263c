import pytest
from django.test import RequestFactory

from marketplace.kernel.web.fragments import drawer_frame, part_of, wants_fragment

PART = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#browse"}


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, False),
        (PART, True),
        ({**PART, "HX-Request-Type": "full"}, False),
        ({**PART, "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_only_the_script_is_answered_with_a_part(headers, wanted):
    request = RequestFactory().get("/", headers=headers)

    assert wants_fragment(request) is wanted
    assert part_of(request, "market.html", "browse") == (
        "market.html#browse" if wanted else "market.html"
    )


def test_a_part_can_be_asked_for_by_its_target():
    request = RequestFactory().get("/", headers=PART)

    assert wants_fragment(request, "browse")
    assert not wants_fragment(request, "drawer")


def test_a_drawer_is_a_page_for_those_without_the_script():
    assert drawer_frame(RequestFactory().get("/")) == "drawer_page.html"
    assert drawer_frame(RequestFactory().get("/", headers=PART)) == "components/drawer_frame.html"
