"""The story over HTTP, against a running marketplace: search, ask, proof, rows, change, revoke.

Used on a stack started from the working tree and on one started from a clean clone. Only the
standard library speaks here, as anybody's script would.
"""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

DELAYS = "flight-operations.flight-delays"
BOOKINGS = "customer.bookings"
PATIENCE = 120.0
PEOPLE = ("ana", "olaf", "petra", "dana", "gus")


@dataclass(frozen=True)
class Caller:
    """Somebody with a token."""

    base: str
    token: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Send one request below /api/v1; give status and JSON, whatever the status."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.base}/api/v1{path}",
            data=data,
            method=method,
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                **headers,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def get(self, path: str) -> Any:
        """Give the JSON of an address that has to answer 200."""
        status, body = self.ask("GET", path)
        assert status == 200, (path, status, body)
        return body

    def post(self, path: str, body: Any = None, expect: tuple[int, ...] = (200, 201)) -> Any:
        """Post, and give the JSON of the expected answer."""
        status, answer = self.ask("POST", path, body if body is not None else {})
        assert status in expect, (path, status, answer)
        return answer

    def until(self, path: str, state: str) -> Any:
        """Ask until the thing is in a state."""
        end = time.monotonic() + PATIENCE
        while (thing := self.get(path))["state"] != state:
            assert time.monotonic() < end, thing
            time.sleep(0.05)
        return thing


def walk(callers: dict[str, Caller], change: str) -> None:
    """Walk the eight steps. ``change`` is the next version of Flight delays, as YAML."""
    ana, olaf, petra = callers["ana"], callers["olaf"], callers["petra"]
    dana, gus = callers["dana"], callers["gus"]
    found = ana.get("/products?q=delay&facets=domain,interface")
    assert DELAYS in [product["key"] for product in found["results"]]
    assert ana.get(f"/products/{DELAYS}")["name"] == "Flight delays"

    wish = {
        "product": DELAYS,
        "port": "curated",
        "consumer": {"kind": "team", "id": "growth"},
        "purpose": "analytics",
        "purpose_text": "Weekly delay report",
        "duration_days": 90,
    }
    told = ana.post("/access-requests/evaluate", wish)
    assert told["verdict"]["outcome"] == "allow"
    asked = ana.post("/access-requests", wish)
    assert asked["state"] == "approved"
    agreement = asked["agreement"]["id"]
    ana.until(f"/access-agreements/{agreement}", "active")
    relation = ana.get(f"/products/{DELAYS}/ports/curated/snippets")["relation"]
    query = f"SELECT carrier, count(*) FROM {relation} GROUP BY 1 ORDER BY 2 DESC"
    rows = ana.post("/lab/runs", {"agreement": agreement, "sql": query})
    assert rows["row_count"] > 5
    assert [column["name"] for column in rows["columns"]] == ["carrier", "count"]

    full = ana.post("/access-requests", {**wish, "product": BOOKINGS, "port": "full"})
    assert full["state"] == "in_review"
    refused, _ = ana.ask("POST", f"/access-requests/{full['id']}/approve", {})
    assert refused == 403
    petra.post(f"/access-requests/{full['id']}/approve")
    dana.post(f"/access-requests/{full['id']}/approve")
    booked = ana.get(f"/access-requests/{full['id']}")["agreement"]["id"]
    ana.until(f"/access-agreements/{booked}", "active")
    grants = {grant["agreement"]: grant["state"] for grant in ana.get("/grants")["results"]}
    assert (grants[agreement], grants[booked]) == ("verified", "verified")

    edges = ana.get(f"/lineage?node=product/{DELAYS}")["edges"]
    assert {"from": f"product/{DELAYS}", "to": "team/growth", "kind": "granted"} in [
        {name: edge[name] for name in ("from", "to", "kind")} for edge in edges
    ]

    proposed = olaf.post("/changes", {"text": change, "note": "Not needed."})
    assert (proposed["impact"], proposed["state"]) == ("MAJOR", "draft")
    olaf.post(f"/changes/{proposed['id']}/propose")
    end = time.monotonic() + PATIENCE
    while not (
        mine := [
            n
            for n in ana.get("/notices")["results"]
            if n["type"] == "BREAKING_CHANGE" and n.get("change") == proposed["id"]
        ]
    ):
        assert time.monotonic() < end
        time.sleep(0.05)
    early, problem = olaf.ask("POST", f"/changes/{proposed['id']}/release", {})
    assert (early, problem["code"]) == (409, "consumers-not-ready")
    ana.post(f"/notices/{mine[0]['id']}/acknowledge")

    petra.post(f"/access-agreements/{booked}/revoke", {"reason": "The project ended."})
    ana.until(f"/access-agreements/{booked}", "revoked")
    status, problem = ana.ask("POST", "/lab/runs", {"agreement": booked, "sql": "SELECT 1"})
    assert (status, problem["code"]) == (403, "access-ended")

    names = set()
    page = gus.get("/audit?page_size=200")
    for _ in range(5):
        names |= {event["name"] for event in page["results"]}
        if not page["next"]:
            break
        page = gus.get(page["next"].partition("/api/v1")[2])
    assert names >= {
        "access.request.submitted",
        "access.request.approved",
        "access.grant.verified",
        "access.agreement.activated",
        "change.proposed",
        "change.acknowledged",
        "access.agreement.revoked",
    }
    assert gus.get("/audit/verify")["ok"] is True
