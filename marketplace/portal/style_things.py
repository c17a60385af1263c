"""Example products, ports, verdicts and proofs of the style guide: invented."""

from datetime import UTC, datetime
from typing import Any

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
SCORES = [98, 96, 91, 100, 84, 94]
LOW = [62, 55, 40, 71, 30, None]
DAYS = ["met"] * 17 + ["breached", "met", "at_risk"] + ["met"] * 9 + ["unknown"]
TREND = [12, 14, 13, 17, 19, 18, 22, 26, 25, 31]
BUCKETS = [3, 8, 14, 21, 18, 11, 7, 4, 2, 1]


def products() -> list[dict[str, Any]]:
    """Give rows of a list, one for each state of access."""
    base = {
        "href": "#part-row",
        "purpose": "One row per flight with its delay at departure and arrival, and its causes.",
        "hue_class": "d3",
        "scores": SCORES,
        "grade": "A",
        "domain_label": "Flight operations",
        "certification": "gold",
        "state": "active",
        "ports": [{"interface": "sql", "label": "PostgreSQL"}, {"interface": "file", "label": ""}],
        "classification": "internal",
        "tags": [],
        "freshness": "6 min",
        "days": DAYS,
        "service": "96.5 % in 30 days",
        "trend": TREND,
        "consumers": 31,
        "consumers_delta": 6,
    }
    instant = {"state": "instant", "href": "#part-row", "note": "instant"}
    review = {"state": "review", "href": "#part-row", "note": "usually 2 h"}
    granted = {"state": "granted", "href": "#part-row", "note": "granted to growth"}
    pending = {"state": "pending", "href": "#part-row", "note": "since yesterday"}
    return [
        {**base, "name": "Flight delays (example)", "access": instant},
        {
            **base,
            "name": "Bookings (example)",
            "hue_class": "d2",
            "grade": "C",
            "scores": LOW,
            "certification": "none",
            "classification": "restricted",
            "tags": ["pii"],
            "domain_label": "Customer",
            "matched_column": "delay_minutes",
            "access": review,
        },
        {**base, "name": "Airports (example)", "hue_class": "d5", "access": granted},
        {
            **base,
            "name": "Old delays (example)",
            "state": "deprecated",
            "days": [],
            "trend": [],
            "freshness": "",
            "access": pending,
        },
    ]


def ports() -> list[dict[str, Any]]:
    """Give output ports."""
    return [
        {
            "name": "curated",
            "version": "1",
            "interface": "sql",
            "platform": "warehouse",
            "description": "19 columns, no personal data",
            "columns": 19,
            "classification": "internal",
            "access": {"tone": "ok", "icon": "zap", "label": "Instant"},
            "href": "#part-ports",
            "action": "Get access",
        },
        {
            "name": "full",
            "version": "2",
            "interface": "sql",
            "platform": "warehouse",
            "description": "All columns, with the passenger key",
            "columns": 24,
            "classification": "restricted",
            "tags": ["pii"],
            "access": {"tone": "warn", "icon": "users", "label": "Needs review"},
        },
        {
            "name": "events",
            "version": "1",
            "interface": "stream",
            "platform": "broker",
            "description": "Every status change as an event",
            "state": "deprecated",
            "access": {"tone": "calm", "icon": "", "label": "Owner"},
        },
    ]


def verdicts() -> list[dict[str, Any]]:
    """Give one verdict of each outcome."""
    purpose = {
        "state": "ok",
        "title": "Purpose is allowed by the contract",
        "detail": "Analytics is on the list of purposes",
    }
    personal = {
        "state": "wait",
        "title": "Personal data in 2 columns",
        "detail": "passenger_key, email: the data protection officer co-signs",
        "rule": "gdpr.personal-data",
    }
    banned = {
        "state": "no",
        "title": "Purpose is not allowed",
        "detail": "Marketing is not on the list of purposes",
        "rule": "purpose.allowed",
    }
    hint = {"state": "info", "title": "Access ends by itself", "detail": "after 180 days"}
    return [
        {
            "outcome": "allow",
            "headline": "You will have access in under a minute",
            "checks": [purpose, hint],
        },
        {
            "outcome": "review",
            "headline": "2 people will review this",
            "checks": [purpose, personal],
            "reviewers": [
                {"name": "Olaf Owner", "role": "owner", "wait": "usually 2 h 10 min"},
                {"name": "Dana Officer", "role": "data protection", "wait": "usually 5 h"},
            ],
        },
        {
            "outcome": "deny",
            "headline": "A policy does not allow this",
            "note": "Choose another purpose, or the port without personal data.",
            "checks": [banned],
        },
        {"outcome": "unknown", "headline": "Choose a port to see what will happen"},
    ]


def probes() -> list[dict[str, Any]]:
    """Give probes of each level of evidence."""
    return [
        {
            "title": "Reads flight_delays.curated_v1",
            "detail": "as growth_reader: 1 row",
            "ok": True,
            "level": "proven",
            "at": AT,
        },
        {
            "title": "Is refused customer.bookings",
            "detail": "as growth_reader: permission denied",
            "ok": True,
            "level": "simulated",
            "at": AT,
        },
        {
            "title": "Still reads after the revoke",
            "detail": "as growth_reader: 1 row, should be refused",
            "ok": False,
            "level": "reported",
            "at": AT,
        },
    ]


def notices() -> list[dict[str, Any]]:
    """Give notices."""
    return [
        {
            "icon": "megaphone",
            "title": "Flight delays 2 drops a column you read",
            "href": "#part-notices",
            "text": "is_late goes on 1 March. Two of your queries use it.",
            "at": AT,
            "unread": True,
            "impact": "MAJOR",
            "state": "pending",
            "deadline": AT,
            "product": "Flight delays",
        },
        {
            "icon": "check",
            "title": "Your access is ready",
            "text": "Proven by a connection as your role.",
            "at": AT,
            "unread": False,
            "product": "Airports",
        },
    ]


def columns() -> list[dict[str, Any]]:
    """Give columns with profiles."""
    return [
        {
            "name": "flight_id",
            "type": "bigint",
            "description": "Stable number of the flight",
            "key": True,
            "buckets": [1] * 10,
            "empty": 0,
            "distinct": 1,
        },
        {
            "name": "passenger_key",
            "type": "text",
            "description": "Pseudonym, joins Bookings",
            "classification": "restricted",
            "tags": ["pii"],
            "joins": "Bookings",
            "buckets": BUCKETS,
            "empty": 0.021,
            "distinct": 0.61,
        },
        {"name": "note", "type": "text", "description": "", "empty": None, "distinct": None},
    ]
