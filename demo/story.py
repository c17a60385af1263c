"""What happened before the visitor arrives: agreements, open requests, follows, a change.

Plain data. The loader plays it through the same actions that people use, so the grants are real
ones. Team growth has neither Flight delays nor Bookings yet: asking for them is the visitor's
story.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from demo.descriptors import CHANGES


@dataclass(frozen=True, slots=True)
class Agreement:
    """A team (`consumer`) that reads a port.

    `approved_by` names who decided, where policy asks for a review.
    """

    consumer: str
    product: str
    port: str
    purpose: str
    purpose_text: str
    requested_by: str
    duration_days: int
    approved_by: str | None = None
    version: str = "1"


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that waits for its reviewers, so that no review queue is empty."""

    consumer: str
    product: str
    port: str
    purpose: str
    purpose_text: str
    requested_by: str
    duration_days: int
    version: str = "1"


@dataclass(frozen=True, slots=True)
class Follow:
    """A person who wants notices about a product, without reading its data."""

    username: str
    product: str


@dataclass(frozen=True, slots=True)
class Change:
    """A next version of a contract and how far its consumers are.

    `answers` are (team, user name, acknowledgement) of those who answered; the others are pending.
    """

    product: str
    port: str
    contract_id: str
    version: str
    file: Path
    title: str
    reason: str
    proposed_by: str
    notice_days: int
    answers: tuple[tuple[str, str, str], ...] = ()


_DELAYS = "flight-operations.flight-delays"
_PUNCTUALITY = "flight-operations.on-time-performance"
_ROUTES = "flight-operations.route-network"

AGREEMENTS = (
    Agreement(
        "finance", _DELAYS, "curated", "reporting", "Monthly report to the board", "finn", 365
    ),
    Agreement(
        "airports-and-weather",
        _DELAYS,
        "curated",
        "analytics",
        "How much of the delay goes with the weather",
        "mira",
        365,
    ),
    Agreement(
        "customer",
        _DELAYS,
        "curated",
        "operations",
        "Tell travellers what to expect on their route",
        "petra",
        180,
    ),
    Agreement(
        "fleet",
        _DELAYS,
        "full",
        "operations",
        "Rotations of single aircraft for maintenance planning",
        "theo",
        180,
        approved_by="olaf",
    ),
    Agreement(
        "growth",
        _PUNCTUALITY,
        "curated",
        "analytics",
        "Does punctuality bring travellers back?",
        "lena",
        180,
    ),
    Agreement(
        "finance", _PUNCTUALITY, "curated", "reporting", "Page two of the report", "rosa", 365
    ),
    Agreement(
        "growth",
        "airports-and-weather.airports",
        "curated",
        "analytics",
        "Names and positions for maps",
        "ana",
        365,
    ),
    Agreement(
        "growth",
        "customer.customer-profiles",
        "curated",
        "marketing",
        "Size of audiences by age and country",
        "ana",
        180,
    ),
    Agreement(
        "flight-operations",
        "airports-and-weather.weather-hourly",
        "curated",
        "operations",
        "Weather beside the daily summary",
        "olaf",
        365,
    ),
    Agreement(
        "flight-operations",
        "fleet.fleet-utilisation",
        "curated",
        "operations",
        "Spare aircraft in the summer timetable",
        "kofi",
        180,
    ),
    Agreement("fleet", _ROUTES, "curated", "analytics", "Distances for seat miles", "ines", 365),
    Agreement(
        "finance", _ROUTES, "curated", "reporting", "Revenue per mile of each route", "finn", 365
    ),
    Agreement(
        "finance",
        "customer.bookings",
        "curated",
        "reporting",
        "Revenue by route and cabin",
        "finn",
        365,
    ),
    Agreement(
        "customer",
        "flight-operations.airline-reference",
        "curated",
        "operations",
        "Names of carriers on vouchers",
        "hugo",
        365,
    ),
)

OPEN_REQUESTS = (
    OpenRequest(
        "growth",
        "customer.loyalty-accounts",
        "curated",
        "marketing",
        "Would members near the silver tier fly once more?",
        "lena",
        90,
    ),
    OpenRequest(
        "fleet",
        "finance.revenue-by-route",
        "curated",
        "analytics",
        "Which routes deserve the larger aircraft",
        "theo",
        120,
    ),
)

FOLLOWS = (
    Follow("ana", _DELAYS),
    Follow("lena", "customer.bookings"),
    Follow("mira", _PUNCTUALITY),
    Follow("dana", "customer.bookings"),
    Follow("dana", "customer.customer-profiles"),
    Follow("gus", "customer.bookings"),
    Follow("rosa", _DELAYS),
    Follow("sid", "airports-and-weather.airports"),
)

# In progress when the visitor arrives: growth has yet to answer.
CHANGE_IN_PROGRESS = Change(
    product=_PUNCTUALITY,
    port="curated",
    contract_id="on-time-performance-curated",
    version="2.0.0",
    file=CHANGES / "on-time-performance-curated-2.0.0.yaml",
    title="On-time performance 2.0 without the mean delay",
    reason=(
        "A few very late flights move the mean so much that reports contradicted each other. "
        "Median and 90th percentile stay and say more."
    ),
    proposed_by="olaf",
    notice_days=30,
    answers=(("finance", "rosa", "acknowledged"),),
)

# For the visitor, as Olaf: publish it and see who is told.
CHANGE_STORY = Change(
    product=_DELAYS,
    port="curated",
    contract_id="flight-delays-curated",
    version="2.0.0",
    file=CHANGES / "flight-delays-curated-2.0.0.yaml",
    title="Flight delays 2.0 without the distance",
    reason="Route network publishes the distance of each route; one place for it is enough.",
    proposed_by="olaf",
    notice_days=30,
)
