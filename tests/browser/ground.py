"""What pages show besides the demo mesh: an ask, a review, a switch, drift, an incident, a webhook.

Nothing here touches what the stories of other tests begin with: Ana's and Lena's team growth has
neither Flight delays nor Bookings.
"""

import time

import psycopg

from deploy.embedded.state import State
from tests.browser.stack import Stack
from tests.journeys.story import Caller

DELAYS = "flight-operations.flight-delays"
_PATIENCE = 120.0
_UTILISATION = "fleet.fleet-utilisation"
_NOBODYS_GRANT = "GRANT SELECT ON flight_operations_products.route_network_curated TO PUBLIC"


def lay(stack: Stack) -> None:
    """Do what people of a busy marketplace have done, by the API; the drift by hand."""
    with psycopg.connect(State(stack.var).environment()["EMPORION_WAREHOUSE_ADMIN_DSN"]) as admin:
        admin.execute(_NOBODYS_GRANT)
    callers = {
        who: Caller(stack.url, stack.token(who)) for who in ("ana", "finn", "olaf", "gus", "pia")
    }
    ana, finn, olaf, gus = (callers[who] for who in ("ana", "finn", "olaf", "gus"))
    _ask_for_data(ana, olaf)
    _ask_for_access(finn, olaf)
    ana.post("/saved-searches", {"name": "What is late", "params": "q=late", "alert": True})
    gus.post(
        "/suspensions",
        {"scope": "product", "key": _UTILISATION, "reason": "Figures of May are being checked."},
    )
    gus.post(
        "/suspensions",
        {
            "scope": "classification",
            "key": "restricted",
            "reason": "A rehearsal of the yearly drill.",
            "second_person": True,
        },
    )
    finn.post(
        "/products/finance.revenue-by-route/incidents",
        {
            "title": "Revenue of last night is late",
            "text": "The load stopped half way; it is repeated at noon.",
            "severity": "minor",
        },
    )
    olaf.post("/webhooks", {"url": f"{stack.url}/health/live", "description": "Duty desk"})
    _see_the_drift(callers["pia"])


def _ask_for_data(ana: Caller, olaf: Caller) -> None:
    """Leave one ask open and one promised."""
    ana.post(
        "/asks",
        {
            "title": "Passenger complaints by route",
            "text": "To see whether late flights are what people complain about.",
            "columns": ["route", "complaint_reason"],
        },
    )
    promised = ana.post("/asks", {"title": "Crew duty hours by day", "domain": "flight-operations"})
    status, _ = olaf.ask("PUT", f"/asks/{promised['id']}/vote")
    assert status == 200
    olaf.post(f"/asks/{promised['id']}/claim", {"team": "flight-operations"})


def _ask_for_access(finn: Caller, olaf: Caller) -> None:
    """Leave a request in Olaf's review, with a word in its conversation."""
    wish = {
        "product": DELAYS,
        "port": "full",
        "consumer": {"kind": "team", "id": "finance"},
        "purpose": "analytics",
        "purpose_text": "What delays of single aircraft cost.",
        "duration_days": 90,
    }
    asked = finn.post("/access-requests", wish)
    assert asked["state"] == "in_review", asked
    olaf.post(f"/access-requests/{asked['id']}/comments", {"text": "Is the tail number needed?"})


def _see_the_drift(pia: Caller) -> None:
    """Have the platform looked at until the right that nobody agreed to is found."""
    pia.post("/platforms/warehouse/census", expect=(200, 201, 202))
    end = time.monotonic() + _PATIENCE
    while not pia.get("/drift")["results"]:
        assert time.monotonic() < end, "the drift was not found"
        time.sleep(0.2)
