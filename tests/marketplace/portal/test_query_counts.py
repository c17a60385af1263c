"""How many statements each page of the portal sends, so that none grows unseen.

A page is asked for twice, and the second time is counted: what a first visit writes down (that a
thing was seen) and what a process keeps is not of the page. That a list costs the same for few rows
as for many is tested beside each list.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from catalog.actions.changes import propose_change
from catalog.models import Ask
from governance.models import PolicyDecision
from subscriptions.models import KillSwitch, WebhookEndpoint
from tests.browser.pages import PAGES
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OK = 200
_ACCOUNTS = ("account_", "socialaccount_")  # allauth's own pages
_WORDS = ("ask", "request", "agreement", "change", "hook", "switch", "verdict")
PRODUCT, OWNED = f"/products/{FLIGHTS}", f"/owner/products/{FLIGHTS}"
# Who opens what, and the statements of it. `{words}` stand for things of the ground.
COUNTS: dict[str, dict[str, int]] = {
    "ana": {
        "/": 9,
        "/?q=flights": 9,
        "/home": 14,
        "/welcome": 15,
        "/asks": 7,
        "/asks/{ask}": 9,
        "/asks/new": 5,
        "/domains": 6,
        "/domains/flight-operations": 10,
        "/searches/new?q=late": 4,
        "/show-as/products?q=late": 4,
        f"{PRODUCT}/peek": 11,
        PRODUCT: 24,
        f"{PRODUCT}/schema": 17,
        f"{PRODUCT}/lineage": 21,
        f"{PRODUCT}/quality": 19,
        f"{PRODUCT}/connect": 15,
        f"{PRODUCT}/access": 18,
        f"{PRODUCT}/changes": 15,
        f"{PRODUCT}/why": 15,
        f"{PRODUCT}/request": 18,
        "/requests/{request}": 12,
        "/agreements/{agreement}": 8,
        "/access": 6,
        "/access/{agreement}/end": 7,
        "/access/{agreement}/renew": 8,
        "/access/{agreement}/login": 7,
        "/lab": 10,
        "/queries": 6,
        "/inbox": 7,
        "/settings": 6,
        "/settings/notifications": 7,
        "/settings/logins": 5,
        "/settings/passkeys": 6,
        "/settings/sessions": 5,
        "/settings/searches": 5,
        "/settings/tokens": 5,
        "/settings/webhooks": 5,
        "/settings/webhooks/{hook}": 6,
        f"/lineage?node=product/{FLIGHTS}": 12,
        "/changes/{change}": 12,
        "/docs/errors": 4,
        "/docs/errors/denied-by-policy": 4,
        "/status": 12,
        "/styleguide": 4,
    },
    "olaf": {
        "/owner": 21,
        "/owner/reviews": 7,
        f"{OWNED}/consumers": 11,
        "/owner/apply": 5,
        f"{OWNED}/edit": 7,
        f"{OWNED}/insights": 13,
        f"{OWNED}/levels": 8,
        "/owner/new": 9,
        "/welcome/import": 6,
        f"{OWNED}/changes/new": 8,
        "/orders": 6,
        "/drift": 6,
    },
    "petra": {
        "/owner/reviews": 31,
        "/owner/reviews/{request}": 32,
    },
    "gus": {
        "/governance": 14,
        "/governance/policies": 6,
        "/governance/policies/emporion-base": 7,
        "/governance/policies/new": 5,
        "/governance/verdicts": 8,
        "/governance/verdicts/{verdict}": 9,
        "/governance/audit": 6,
        "/suspensions": 6,
        "/suspensions/{switch}": 8,
    },
    "pia": {
        "/operator": 29,
        "/operator/people": 7,
        "/operator/people/ana": 62,
        "/operator/logins": 5,
        "/operator/platforms": 10,
        "/operator/platforms/warehouse": 11,
        "/operator/platforms/warehouse/edit": 5,
        "/operator/platforms/new?kind=postgres": 4,
        "/operator/platforms/warehouse/plan": 9,
        "/operator/platforms/warehouse/harvest": 8,
        "/orders": 5,
        "/drift": 5,
        "/dev/outbox": 5,
    },
}


@pytest.fixture
def ground(granted, ask_full, people, browser, work) -> dict[str, str]:
    """A little of everything: access, a request, a change, an ask, a webhook, a switch."""
    asked = ask_full()
    columns = {name: one for name, one in make.FLIGHT_COLUMNS.items() if name != "origin"}
    change = propose_change(
        people["olaf"], text=make.contract(version="2.0.0", columns=columns), note="Out."
    )
    work()
    as_ana = browser("ana")
    as_ana.post("/asks/new", {"title": "Weather", "text": "By hour."})
    as_ana.post("/settings/webhooks", {"url": "https://hooks.example.org/in", "types": ["access."]})
    pulled = {"scope": "product", "key": BOOKINGS, "pull": "1", "reason": "A drill.", "hours": "8"}
    browser("gus").post("/suspensions", pulled)
    work()
    return {
        "ask": Ask.objects.get().pk,
        "request": asked.pk,
        "agreement": granted.pk,
        "change": change.pk,
        "hook": WebhookEndpoint.objects.get().pk,
        "switch": KillSwitch.objects.get().pk,
        "verdict": PolicyDecision.objects.order_by("at")[0].pk,
    }


def test_no_page_sends_more_statements(ground, browser):
    more = {}
    for who, paths in COUNTS.items():
        client = browser(who)
        for path, most in paths.items():
            sent = _statements(client, path.format(**ground))
            if sent > most:
                more[who, path] = f"{sent} instead of {most}"

    assert more == {}


def test_every_page_of_the_portal_is_counted():
    known = {name: f"00000000-0000-7000-8000-00000000000{n}" for n, name in enumerate(_WORDS)}
    counted = {
        resolve(path.format(**known).partition("?")[0]).url_name
        for paths in COUNTS.values()
        for path in paths
    }
    listed = {page.view for pages in PAGES.values() for page in pages if page.status == OK}

    assert {view for view in listed if not view.startswith(_ACCOUNTS)} - counted == set()


def _statements(client, path):
    """Ask twice; count the statements of the second time."""
    first = client.get(path)
    assert first.status_code == OK, (path, first.status_code)
    with CaptureQueriesContext(connection) as sent:
        client.get(path)
    return len(sent)
