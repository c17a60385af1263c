"""A month of history for the demo, so that no strip and no curve is empty.

Nothing here was observed: each value is drawn from a hash of what it belongs to and its day,
carries `SOURCE`, and is the same in every run. What was really measured comes from `demo.checks`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from demo.checks import QualityResult, status_of
from demo.story import Agreement

SOURCE = "demo history (synthetic)"
DAYS = 30
_NIGHTLY = time(3, 20, tzinfo=UTC)
_FIRST_WEEKEND_DAY = 5


@dataclass(frozen=True, slots=True)
class ServiceLevelDay:
    """How one promise of one contract was kept on one day.

    `property` is availability (percent, at least `objective`) or latency (hours, at most
    `objective`); `state` is met, at_risk (three quarters of the room used up) or breached.
    """

    contract_id: str
    product: str
    property: str
    unit: str
    day: date
    objective: float
    value: float
    state: str
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class UsageDay:
    """Queries on one port on one day, and how many different consumers sent them."""

    product: str
    port: str
    version: str
    day: date
    queries: int
    consumers: int
    source: str = SOURCE


def quality_history(
    results: Iterable[QualityResult], *, today: date, days: int = DAYS
) -> list[QualityResult]:
    """Return results of the `days` days before `today`, made up from today's real ones.

    Most days repeat what was measured today; on about one day in fifty a rule did worse. Rules
    that could not be run today have no history.
    """
    return [
        _quality_of(result, day)
        for result in results
        if result.measured is not None
        for day in _days_before(today, days)
    ]


def service_levels(
    contracts: Iterable[Mapping[str, Any]], *, today: date, days: int = DAYS
) -> list[ServiceLevelDay]:
    """Return how availability and latency of each contract were kept on the days before `today`."""
    return [
        _service_level(contract, level, day)
        for contract in contracts
        for level in contract["slaProperties"]
        if level["property"] in {"availability", "latency"}
        for day in _days_before(today, days)
    ]


def usage(agreements: Iterable[Agreement], *, today: date, days: int = DAYS) -> list[UsageDay]:
    """Return use per port and day, from those only who have an agreement; quieter at weekends."""
    queries: dict[tuple[str, str, str, date], list[int]] = defaultdict(list)
    for agreement in agreements:
        habit = 3 + 40 * _draw("habit", agreement.consumer, agreement.product, agreement.port) ** 2
        for day in _days_before(today, days):
            share = _draw("queries", agreement.consumer, agreement.product, agreement.port, day)
            quiet = 0.15 if day.weekday() >= _FIRST_WEEKEND_DAY else 1.0
            number = round(habit * quiet * (0.4 + 1.2 * share))
            queries[agreement.product, agreement.port, agreement.version, day].append(number)
    return [
        UsageDay(product, port, version, day, sum(sent), sum(number > 0 for number in sent))
        for (product, port, version, day), sent in queries.items()
    ]


def _quality_of(today: QualityResult, day: date) -> QualityResult:
    measured = today.measured or 0.0
    trouble = _draw("trouble", today.contract_id, today.rule_id, day)
    if trouble < 1 / 50:
        size = _draw("size", today.contract_id, today.rule_id, day)
        measured = _worse(today, measured, size)
    return replace(
        today,
        measured=measured,
        status=status_of(today.expectation, measured, today.severity),
        detail=f"measured {measured:g}, expected {today.expectation.words()}",
        observed_at=datetime.combine(day, _NIGHTLY),
        source=SOURCE,
    )


def _worse(result: QualityResult, measured: float, size: float) -> float:
    """Return a worse value: rows missing from the table, or some more of them at fault."""
    if result.expectation.operator in {"between", ">", ">="}:
        return float(round(measured * (1 - 0.2 * size)))
    if result.unit == "percent":
        return round(measured + 5 * size, 4)
    return measured + 1 + round(0.002 * size * result.checked_rows)


def _service_level(
    contract: Mapping[str, Any], level: Mapping[str, Any], day: date
) -> ServiceLevelDay:
    name, objective = level["property"], float(level["value"])
    key = (contract["id"], name, day)
    used = 0.55 * _draw("used", *key)  # share of the allowed room that was used up
    trouble = _draw("trouble", *key)
    if trouble < 1 / 60:
        used = 1.1 + 2 * _draw("size", *key)
    elif trouble < 1 / 20:
        used = 0.76 + 0.2 * _draw("size", *key)
    if name == "availability":
        value = round(100 - used * (100 - objective), 3)
    else:
        value = round(used * objective, 2)
    state = "breached" if used > 1 else "at_risk" if used > 3 / 4 else "met"
    return ServiceLevelDay(
        contract["id"], contract["dataProduct"], name, level["unit"], day, objective, value, state
    )


def _days_before(today: date, days: int) -> list[date]:
    return [today - timedelta(days=back) for back in range(days, 0, -1)]


def _draw(*key: object) -> float:
    """Return a number from 0 to below 1 that depends on the key alone."""
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48
