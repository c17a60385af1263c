"""How a product keeps its promises: checks, objectives, and the days of each."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Q
from django.db.models.functions import Now, TruncDate

from catalog.models import (
    DataProduct,
    QualityBreach,
    QualityResult,
    ServiceLevelDay,
    ServiceLevelWindow,
)

DAYS: Final = 30
_WORST: Final = {"fail": 0, "error": 1, "warn": 2}  # what comes first in the list of checks
_CHECK_STATES: Final = {"pass": "met", "warn": "at_risk", "fail": "breached"}


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check: its newest result, and its state on each day it ran, oldest first."""

    last: QualityResult
    days: tuple[str, ...]

    @property
    def measured(self) -> str:
        """What was measured, in the words of who did, else its figures."""
        facts = self.last.measured
        if facts.get("detail"):
            return str(facts["detail"])
        return ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)

    @property
    def scope(self) -> str:
        """What the check looks at: its port, else its contract, else the product."""
        if self.last.port is not None:
            return f"port {self.last.port.name}"
        return self.last.check_key.partition("/")[0] if "/" in self.last.check_key else "product"


@dataclass(frozen=True, slots=True)
class Objective:
    """One promise with its days, oldest first: ``strip`` has a state for each day, or unknown.

    ``measured`` of the days have a value, ``kept`` of these kept it; ``last`` is the newest.
    """

    property: str
    objective: str
    unit: str
    element: str
    strip: tuple[str, ...]
    measured: int
    kept: int
    last: ServiceLevelDay | None

    def label(self) -> str:
        """Name the promise in words: contracts write `timeToRepair`."""
        return _in_words(self.property)


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that is broken, or was: its row, what it is called, and whether it is mended."""

    row: QualityBreach
    name: str
    mended: bool


def breaches_of(product: DataProduct, days: int = DAYS) -> list[Breach]:
    """Give what is broken now, longest first, then what was mended in the last days, newest first.

    A service level is named in words; a check has the name that its reporter gave it.
    """
    recent = Q(mended_at__isnull=True) | Q(mended_at__gt=Now() - timedelta(days=days))
    rows = QualityBreach.objects.filter(recent, product=product).select_related("port")
    found = [
        Breach(row, _in_words(row.name) if row.kind == "level" else row.name, bool(row.mended_at))
        for row in rows.order_by("since", "pk")
    ]
    mended = [one for one in reversed(found) if one.mended]
    return [one for one in found if not one.mended] + mended


def checks_of(product: DataProduct, days: int = DAYS) -> list[CheckLine]:
    """Give each check of a product with its results of the last days; what failed first."""
    rows = (
        QualityResult.objects.filter(
            product=product, observed_at__gt=Now() - timedelta(days=days + 1)
        )
        .select_related("port")
        .order_by("check_key", "observed_at")
    )
    by_check: dict[str, list[QualityResult]] = defaultdict(list)
    for row in rows:
        by_check[row.check_key].append(row)
    lines = [
        CheckLine(results[-1], tuple(_CHECK_STATES.get(row.status, "unknown") for row in results))
        for results in by_check.values()
    ]
    return sorted(lines, key=lambda line: (_WORST.get(line.last.status, 3), line.last.name))


def met_days(product: DataProduct, days: int = DAYS) -> list[ServiceLevelWindow]:
    """Give the measured days of the last ones with their basis, oldest first."""
    rows = product.windows.filter(day__gt=TruncDate(Now()) - timedelta(days=days))
    return list(rows.order_by("day"))


def strip_of(windows: list[ServiceLevelWindow], days: int, today: date) -> list[str]:
    """Give a state for each of the last days, oldest first; a day nobody measured is unknown."""
    known = {one.day: one.state for one in windows}
    return [known.get(day, "unknown") for day in _last(days, today)]


def objectives_of(product: DataProduct, today: date, days: int = DAYS) -> list[Objective]:
    """Give what the contracts promise with how it was kept; measured promises without one, too."""
    by_property: dict[str, dict[date, ServiceLevelDay]] = defaultdict(dict)
    for row in product.level_days.filter(day__gt=today - timedelta(days=days)):
        by_property[row.property][row.day] = row
    promised = [
        (one.property, one.objective, one.unit, one.element) for one in product.service_levels.all()
    ]
    named = {one[0] for one in promised}
    for name, known in by_property.items():
        if name not in named:
            newest = known[max(known)]
            promised.append((name, newest.objective, newest.unit, ""))
    return [_objective(one, by_property.get(one[0], {}), _last(days, today)) for one in promised]


def _objective(
    promise: tuple[str, str, str, str], known: dict[date, ServiceLevelDay], days: list[date]
) -> Objective:
    measured = [row for row in known.values() if row.state != "unknown"]
    return Objective(
        *promise,
        strip=tuple(known[day].state if day in known else "unknown" for day in days),
        measured=len(measured),
        kept=sum(row.state != "breached" for row in measured),
        last=known[max(known)] if known else None,
    )


def _in_words(name: str) -> str:
    """Say a name of a contract as words: `timeToRepair` is "Time to repair"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _last(days: int, today: date) -> list[date]:
    return [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
