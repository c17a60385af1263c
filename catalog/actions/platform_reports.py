"""What an outside provisioner or a person reports on an order: signed, and on the newest only."""

import json
from collections.abc import Mapping
from typing import Any, Final

from catalog.events import PlatformReported, PlatformReportTried
from catalog.models import PlatformConnection
from catalog.permissions import may_connect_platforms
from catalog.queries import connector_of
from marketplace.channels.signing import BadSignature, verify
from marketplace.connectors.base import Conflict
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, FieldProblem, Invalid, NotFound
from marketplace.kernel.events.log import record

_LARGEST: Final = 16_384
_OUTCOMES: Final = ("done", "failed", "refused", "cancelled")


class StaleOrder(DomainError):
    """The report is on an order that is not the newest one; nothing was taken from it."""

    code = "stale-order"
    title = "This is not the newest order."


class UnsignedReport(DomainError):
    """The report is not signed with the platform's secret, is altered, or is too old."""

    code = "unsigned-report"
    title = "The report is not signed as it should be."
    status = 401


def take_report(*, key: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Take a signed report (Standard Webhooks) on the newest order of a platform.

    The body is JSON: `handle`, `generation`, `outcome` (done, failed, refused, cancelled), `by`,
    and maybe `words`.
    Raises NotFound, UnsignedReport, Invalid, StaleOrder; only a good report changes anything.
    """
    connector = _reporting(key)
    secret = getattr(connector, "callback_secret", None)
    if not secret:
        raise NotFound
    if len(body) > _LARGEST:
        raise UnsignedReport
    try:
        verify(secret, headers, body, now=now().timestamp())
    except BadSignature as error:
        raise UnsignedReport(f"{str(error).capitalize()}.") from None
    facts = _facts(body)
    _take(SYSTEM, key=key, connector=connector, facts=facts)
    return facts


def report_order(
    actor: Actor, *, key: str, handle: str, generation: int, outcome: str, words: str = ""
) -> dict[str, Any]:
    """Report on an order as a person: the operator who carried it out, by name."""
    given = {
        "handle": handle,
        "generation": generation,
        "outcome": outcome,
        "by": actor.subject,
        "words": words,
    }
    facts = checked(given)
    permit_report(actor, key=key, facts=facts)
    _take(actor, key=key, connector=_reporting(key), facts=facts)
    return facts


@action
def permit_report(actor: Actor, *, key: str, facts: dict[str, Any]) -> None:
    """Note what a person says of an order, after asking whether they may; then it is taken."""
    require(actor, may_connect_platforms)
    record(PlatformReportTried(subject=f"platform/{key}", **facts))


def take_checked(*, key: str, facts: dict[str, Any]) -> None:
    """Take what somebody who was asked for their permission says of an order. Raises StaleOrder."""
    _take(SYSTEM, key=key, connector=_reporting(key), facts=facts)


def _reporting(key: str) -> Any:
    row = PlatformConnection.objects.filter(key=key).first()
    connector = connector_of(row) if row is not None else None
    if not hasattr(connector, "report"):
        raise NotFound
    return connector


def _facts(body: bytes) -> dict[str, Any]:
    """Read a report. Raises Invalid, naming what is wrong."""
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Invalid(FieldProblem("", "malformed", "The report must be a JSON object."))
    return checked(given)


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """Check each field of a report. Raises Invalid, naming every place that is wrong."""
    rules: dict[str, tuple[bool, str]] = {
        "handle": (_is_text(given.get("handle"), 1, 63), "The name of the order's handle."),
        "generation": (
            type(given.get("generation")) is int and given["generation"] > 0,
            "The order's number, from 1.",
        ),
        "outcome": (
            given.get("outcome") in _OUTCOMES,
            "Choose done, failed, refused or cancelled.",
        ),
        "by": (_is_text(given.get("by"), 1, 120), "Who carried it out."),
        "words": (_is_text(given.get("words", ""), 0, 1000), "At most 1,000 characters."),
    }
    wrong = [
        FieldProblem(f"/{name}", "invalid", words)
        for name, (fits, words) in rules.items()
        if not fits
    ]
    wrong += [
        FieldProblem(f"/{name}", "unknown", "There is no such field.")
        for name in sorted(given.keys() - rules.keys())
    ]
    if wrong:
        raise Invalid(*wrong)
    return {"words": "", **given}


def _is_text(value: Any, shortest: int, longest: int) -> bool:
    return isinstance(value, str) and shortest <= len(value) <= longest and "\x00" not in value


def _take(actor: Actor, *, key: str, connector: Any, facts: dict[str, Any]) -> None:
    """Tell the connector first: its folder decides which order is the newest."""
    try:
        connector.report(
            facts["handle"],
            facts["generation"],
            facts["outcome"],
            by=facts["by"],
            words=facts["words"],
        )
    except Conflict as error:
        raise StaleOrder(f"{error.message[:1].upper()}{error.message[1:]}.") from None
    _record(actor, key=key, facts=facts)


@action
def _record(actor: Actor, *, key: str, facts: dict[str, Any]) -> None:
    require(actor, may_connect_platforms)
    record(PlatformReported(subject=f"platform/{key}", **facts))
