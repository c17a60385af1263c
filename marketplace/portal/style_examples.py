"""Example data of the style guide: invented, and labelled so on the page."""

from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.base import Message

from marketplace.kernel.web import states
from marketplace.portal import style_things as things

TOKENS = (
    *("paper", "surface", "sunk", "lift", "ink", "ink2", "ink3", "line", "line2"),
    *("acc", "acc-soft", "mark", "warn", "warn-soft", "bad", "bad-soft"),
)
SQL = (
    "SELECT carrier, avg(arr_delay) AS delay\nFROM   flight_delays.curated_v1\n"
    "GROUP  BY carrier\nORDER  BY delay DESC;"
)


def lineage() -> dict[str, Any]:
    """Give an example graph in the shape of the lineage API."""
    rows = [
        ("airline-feed", "source", "Airline feed", "", "", "", ""),
        ("weather-service", "source", "Weather service", "", "", "", ""),
        ("flights", "product", "Flights", "Flight operations", "d3", "A", "6 min"),
        ("weather", "product", "Weather", "Airports and weather", "d5", "B", "1 h"),
        ("planes", "product", "Planes", "Fleet", "d0", "C", "1 day"),
        ("flight-delays", "product", "Flight delays", "Flight operations", "d3", "A", "6 min"),
        ("revenue", "product", "Revenue by route", "Finance", "d4", "B", "2 h"),
        ("punctuality", "product", "Punctuality", "Flight operations", "d3", "D", "3 h"),
        ("growth", "consumer", "Growth", "", "", "", ""),
        ("board-pack", "consumer", "Board pack", "", "", "", ""),
    ]
    links = [
        ("airline-feed", "flights", "observed"),
        ("weather-service", "weather", "observed"),
        ("flights", "flight-delays", "declared"),
        ("weather", "flight-delays", "declared"),
        ("planes", "flight-delays", "declared"),
        ("flight-delays", "revenue", "declared"),
        ("flight-delays", "punctuality", "declared"),
        ("flight-delays", "growth", "granted"),
        ("revenue", "board-pack", "granted"),
        ("punctuality", "board-pack", "granted"),
    ]
    nodes = [
        {
            "id": key,
            "kind": kind,
            "kind_label": {"source": "Source system", "consumer": "Team"}.get(kind, "Product"),
            "name": name,
            "domain": domain.lower().replace(" ", "-"),
            "domain_label": domain,
            "hue_class": hue,
            "grade": grade,
            "freshness": fresh,
        }
        for key, kind, name, domain, hue, grade, fresh in rows
    ]
    edges = [{"from": start, "to": end, "kind": kind} for start, end, kind in links]
    return {"nodes": nodes, "edges": edges, "total_nodes": len(nodes)}


def examples() -> dict[str, Any]:
    """Give the context of the style guide, but for its form."""
    return {
        "at": things.AT,
        "scores": things.SCORES,
        "low": things.LOW,
        "days": things.DAYS,
        "trend": things.TREND,
        "buckets": things.BUCKETS,
        "none": None,
        "tokens": TOKENS,
        "handed": [
            {"label": "Token", "value": "mp_example_not_a_secret"},
            {
                "label": "Settings of a client",
                "value": "user=example\npassword=not-a-secret",
                "long": True,
                "file_name": "client.properties",
                "href": "data:application/octet-stream;base64,"
                "dXNlcj1leGFtcGxlCnBhc3N3b3JkPW5vdC1hLXNlY3JldA==",
            },
        ],
        "fix": {"text": "Publish a JSON schema for the files port", "points": 9},
        "people": ["Ana Analyst", "Petra Owner", "Gus Governor", "Pia Operator", "Dana Officer"],
        "crumbs": [{"label": "Marketplace", "href": "#part-tabs"}, {"label": "Flight operations"}],
        "empty_actions": [
            {
                "href": "#part-empty",
                "label": "Ask for this data",
                "icon": "megaphone",
                "primary": True,
            },
            {"href": "#part-empty", "label": "Clear filters"},
        ],
        "notice_actions": [
            {
                "href": "#part-notices",
                "label": "Acknowledge",
                "value": "acknowledged",
                "primary": True,
            },
            {"href": "#part-notices", "label": "I need time", "value": "needs_time"},
        ],
        "hues": [f"d{number}" for number in range(8)],
        "state_kinds": states.KINDS,
        "products": things.products(),
        "ports": things.ports(),
        "verdicts": things.verdicts(),
        "steps": _steps(),
        "changes": _changes(),
        "snippets": [{"title": "SQL", "text": SQL}, {"title": "Python", "text": "import emporion"}],
        "groups": _groups(),
        "facet": _facet(),
        "cards": _cards(),
        "pills": [
            {"value": "analytics", "label": "Analytics", "on": True},
            {"value": "reporting", "label": "Reporting"},
            {"value": "marketing", "label": "Marketing", "disabled": True},
        ],
        "probes": things.probes(),
        "statements": [
            "GRANT emporion_r_flight_delays_curated_v1 TO growth_reader;",
            "-- proven as growth_reader:\nSELECT 1 FROM flight_delays.curated_v1 LIMIT 1;",
        ],
        "notices": things.notices(),
        "columns": things.columns(),
        "result": {
            "columns": [{"name": "carrier", "type": "text"}, {"name": "delay", "type": "numeric"}],
            "rows": [["F9", "21.92"], ["EV", "15.80"], ["AS", None]],
        },
        "vitals": _vitals(),
        "tabs": _tabs(),
        "words": "**Bold**, `code` and a [link](https://example.org).\n\n- one\n- two",
        "told": [
            Message(messages.SUCCESS, "Example: your answer is recorded."),
            Message(messages.WARNING, "Example: this agreement ends in three days."),
            Message(messages.ERROR, "Example: somebody else decided a moment ago."),
        ],
    }


def _steps() -> list[dict[str, Any]]:
    return [
        {"state": "done", "title": "Asked for by Ana", "at": things.AT},
        {
            "state": "done",
            "title": "Approved by Olaf",
            "at": things.AT,
            "detail": "for the delay report",
        },
        {"state": "now", "title": "Being granted on warehouse", "detail": "usually 2 s"},
        {"state": "todo", "title": "Proven as the consumer"},
        {"state": "failed", "title": "A step that failed", "detail": "the platform did not answer"},
    ]


def _changes() -> list[dict[str, str]]:
    return [
        {"kind": "remove", "name": "is_late", "detail": "boolean", "impact": "read by 3 teams"},
        {
            "kind": "change",
            "name": "distance",
            "detail": "integer to numeric",
            "impact": "compatible",
        },
        {"kind": "add", "name": "carbon_kg", "detail": "numeric", "impact": "new, may be empty"},
    ]


def _groups() -> list[dict[str, Any]]:
    go = [{"href": "#part-palette", "label": "Open the lab", "icon": "terminal", "hint": "g l"}]
    found = [
        {
            "href": "#part-palette",
            "label": "Flight delays",
            "scores": things.SCORES,
            "grade": "A",
            "hue_class": "d3",
            "note": "Flight operations",
        }
    ]
    return [{"title": "Actions", "items_list": go}, {"title": "Data products", "items_list": found}]


def _facet() -> dict[str, Any]:
    return {
        "key": "domain",
        "label": "Domain",
        "kind": "checkbox",
        "max": 8,
        "options": [
            {
                "value": "fo",
                "label": "Flight operations",
                "count": 8,
                "on": True,
                "hue_class": "d3",
            },
            {"value": "cu", "label": "Customer", "count": 3, "hue_class": "d2"},
            {"value": "fi", "label": "Finance", "count": 0, "hue_class": "d4"},
        ],
    }


def _cards() -> list[dict[str, Any]]:
    return [
        {
            "value": "curated",
            "title": "curated",
            "text": "19 columns, no personal data",
            "note": "instant",
            "instant": True,
            "on": True,
        },
        {"value": "full", "title": "full", "text": "24 columns", "note": "2 approvals"},
        {
            "value": "raw",
            "title": "raw",
            "text": "not published to your team",
            "note": "closed",
            "disabled": True,
        },
    ]


def _vitals() -> list[dict[str, Any]]:
    return [
        {"label": "Freshness", "value": "6 min", "note": "objective 15 min"},
        {"label": "Service levels, 30 days", "value": "96.5 %", "days": things.DAYS},
        {
            "label": "Consumers",
            "value": "31",
            "note": "teams, +6 in 90 days",
            "trend": things.TREND,
        },
        {"label": "Rows", "value": "336 776", "note": "in 3 ports"},
    ]


def _tabs() -> list[dict[str, Any]]:
    return [
        {"key": "overview", "label": "Overview", "href": "#part-tabs"},
        {"key": "schema", "label": "Schema & sample", "href": "#part-tabs", "count": 19},
        {"key": "lineage", "label": "Lineage", "href": "#part-tabs", "lineage": True},
    ]
