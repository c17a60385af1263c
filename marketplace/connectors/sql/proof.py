"""The proof of SQL platforms: what the attempts as the consumer showed, and what follows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from marketplace.connectors.base import Probe, ProbeDetail


@dataclass(frozen=True, slots=True)
class Findings:
    """What was tried and how it ended, at the platform's own time."""

    readable: bool
    entitled: bool
    control_refused: bool
    details: tuple[ProbeDetail, ...]
    at: datetime


def of_attempts(
    entitled: ProbeDetail, view: ProbeDetail, control: ProbeDetail, base: ProbeDetail, at: datetime
) -> Findings:
    """Take the four attempts together. A base relation that is gone is refused well enough."""
    return Findings(
        readable=view.outcome == "allowed",
        entitled=entitled.outcome == "allowed",
        control_refused=control.outcome == "refused" and base.outcome in {"refused", "missing"},
        details=(entitled, view, control, base),
        at=at,
    )


def of_no_login(login: str, code: str, at: datetime) -> Findings:
    """Without a login there is no access to try: the catalogue itself is the evidence."""
    detail = ProbeDetail("login", f"connect as {login}", code, "refused")
    return Findings(readable=False, entitled=False, control_refused=True, details=(detail,), at=at)


def judged(
    found: Findings, expected: Literal["access", "no_access"], connector: str, version: str
) -> Probe:
    """Judge what was found against what is expected.

    Access is there when the view may be read *and* the entitlement stands; it is proven gone when
    either is missing. Both times the objects nobody was promised must be refused with a right.
    """
    positive = found.readable and found.entitled
    return Probe(
        level="proven",
        positive=positive,
        negative=found.control_refused,
        expected=expected,
        ok=found.control_refused and positive == (expected == "access"),
        details=found.details,
        at=found.at,
        connector=connector,
        connector_version=version,
    )
