"""Take what was measured: results of checks, days of service levels, and how fresh the data is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, Final

from catalog.actions.breaches import watch_checks, watch_days, watch_levels
from catalog.actions.cards import write_cards
from catalog.events import QualityReported
from catalog.models import DataProduct, QualityResult, ServiceLevelDay, ServiceLevelWindow
from catalog.observations.base import DIMENSIONS, STATUSES, LevelDay
from catalog.permissions import may_report
from catalog.queries.products import product_or_404
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.events.log import record

STATES: Final = ("met", "at_risk", "breached", "unknown")
_LIMIT: Final = 5_000
_WORSE: Final = ("unknown", "met", "at_risk", "breached")
_CHECKS: Final = "from checks"
_DERIVED: Final = f"{_CHECKS}: "
_TEXTS: Final = {"check_key": 160, "name": 200, "source": 80}


@action
def report_results(
    actor: Actor,
    *,
    key: str,
    results: list[dict[str, Any]],
    refreshed_at: datetime | None = None,
) -> int:
    """Keep results of a product's checks; give how many were new. The same twice counts once.

    A result is ``{check_key, name, dimension, status, measured, observed_at, source, port?}``
    (status and dimension in the words of OORS and ODCS). ``refreshed_at`` says when the data was
    last renewed. Days that nobody reported a service level for are told from their checks.
    """
    product = product_or_404(actor, key)
    require(actor, may_report, product)
    ports = {port.name: port for port in product.ports.order_by("rank")}
    rows = [_result(product, ports, index, one) for index, one in enumerate(_some(results))]
    before = product.quality.count()
    QualityResult.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    new = product.quality.count() - before
    tell_days(product, {row.observed_at.astimezone(UTC).date() for row in rows})
    watch_checks(product, {row.check_key for row in rows})
    if refreshed_at is not None:
        refreshed(product, refreshed_at)
    failed = sum(row.status in ("fail", "error") for row in rows)
    sources = sorted({row.source for row in rows})
    record(told(product, len(rows), failed, ", ".join(sources)))
    return new


@action
def report_windows(actor: Actor, *, key: str, windows: list[dict[str, Any]]) -> int:
    """Keep how days stood against the promises: ``{day, state, basis}``; a later word replaces."""
    product = product_or_404(actor, key)
    require(actor, may_report, product)
    rows = [_window(product, index, one) for index, one in enumerate(_some(windows))]
    _keep_windows({row.day: row for row in rows}.values())
    watch_days(product)
    breached = sum(row.state == "breached" for row in rows)
    record(told(product, len(rows), breached, "service levels"))
    return len(rows)


@action
def report_levels(actor: Actor, *, key: str, levels: Sequence[LevelDay]) -> int:
    """Keep how single promises were kept on single days; a later word about one replaces it.

    The product's own day becomes as bad as the worst promise of that day.
    """
    product = product_or_404(actor, key)
    require(actor, may_report, product)
    rows = list(_some(list(levels)))
    keep_levels(product, rows)
    breached = sum(row.state == "breached" for row in rows)
    record(told(product, len(rows), breached, ", ".join(sorted({row.source for row in rows}))))
    return len(rows)


def keep_levels(product: DataProduct, levels: Sequence[LevelDay]) -> None:
    """Write days of promises, and what they make of the product's days."""
    worst: dict[tuple[str, date], LevelDay] = {}
    for one in levels:
        kept = worst.get((one.property, one.day))
        if kept is None or _WORSE.index(one.state) >= _WORSE.index(kept.state):
            worst[one.property, one.day] = one
    ServiceLevelDay.objects.bulk_create(
        [ServiceLevelDay(product=product, **asdict(one)) for one in worst.values()],
        update_conflicts=True,
        unique_fields=["product", "property", "day"],
        update_fields=["state", "value", "objective", "unit", "source"],
    )
    watch_levels(product, {one.property for one in levels})
    days = {one.day for one in levels}
    by_day: dict[date, ServiceLevelDay] = {}
    for row in ServiceLevelDay.objects.filter(product=product, day__in=days).order_by("property"):
        kept_row = by_day.get(row.day)
        if kept_row is None or _WORSE.index(row.state) > _WORSE.index(kept_row.state):
            by_day[row.day] = row
    _keep_windows(
        ServiceLevelWindow(
            product=product, day=day, state=row.state, basis=f"{row.words()}; {row.source}"[:200]
        )
        for day, row in by_day.items()
    )


def _some[T](items: list[T]) -> list[T]:
    if not 0 < len(items) <= _LIMIT:
        raise Invalid(FieldProblem("", "wrong-number", f"Send 1 to {_LIMIT} at once."))
    return items


def _result(
    product: DataProduct, ports: Mapping[str, Any], index: int, one: dict[str, Any]
) -> QualityResult:
    problems = [
        FieldProblem(f"/{index}/{name}", "wrong-text", f"A text of 1 to {most} characters.")
        for name, most in _TEXTS.items()
        if not isinstance(one.get(name), str) or not 0 < len(one[name]) <= most
    ]
    if one.get("status") not in STATUSES:
        problems.append(_one_of(index, "status", STATUSES))
    if one.get("dimension") and one["dimension"] not in DIMENSIONS:
        problems.append(_one_of(index, "dimension", DIMENSIONS))
    if one.get("port") and one["port"] not in ports:
        problems.append(FieldProblem(f"/{index}/port", "unknown-port", "No such port."))
    observed: Any = one.get("observed_at")
    if not isinstance(observed, datetime) or observed.tzinfo is None:
        problems.append(
            FieldProblem(f"/{index}/observed_at", "no-moment", "A date and time with its zone.")
        )
    if problems:
        raise Invalid(*problems)
    return QualityResult(
        product=product,
        port=ports.get(one.get("port") or ""),
        check_key=one["check_key"],
        name=one["name"],
        dimension=one.get("dimension") or "",
        status=one["status"],
        measured=one.get("measured") or {},
        source=one["source"],
        observed_at=observed,
    )


def _window(product: DataProduct, index: int, one: dict[str, Any]) -> ServiceLevelWindow:
    problems = []
    if not isinstance(one.get("day"), date):
        problems.append(FieldProblem(f"/{index}/day", "no-day", "A day such as 2026-01-31."))
    if one.get("state") not in STATES:
        problems.append(_one_of(index, "state", STATES))
    if not isinstance(one.get("basis"), str) or not one["basis"].strip():
        problems.append(FieldProblem(f"/{index}/basis", "required", "Say what it rests on."))
    if problems:
        raise Invalid(*problems)
    return ServiceLevelWindow(
        product=product, day=one["day"], state=one["state"], basis=one["basis"][:200]
    )


def _one_of(index: int, name: str, words: tuple[str, ...]) -> FieldProblem:
    return FieldProblem(f"/{index}/{name}", "unknown", f"One of {', '.join(words)}.")


def tell_days(product: DataProduct, days: set[date]) -> None:
    """Tell days from their checks: breached by a failure, at risk by a warning, else met."""
    known = dict(product.windows.filter(day__in=days).values_list("day", "basis"))
    open_days = [day for day in days if known.get(day, _DERIVED).startswith(_DERIVED)]
    rows = []
    for day in open_days:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        statuses = product.quality.filter(observed_at__gte=start, observed_at__date=day)
        counts = Counter(statuses.values_list("status", flat=True))
        rows.append(
            ServiceLevelWindow(
                product=product,
                day=day,
                state=_state(counts),
                basis=_DERIVED + ", ".join(_counted(n, word) for word, n in sorted(counts.items())),
            )
        )
    _keep_windows(rows)


def _counted(n: int, word: str) -> str:
    """Say how many checks came to one result."""
    said = {"pass": f"{n} pass", "fail": f"{n} fail", "warn": f"{n} warn", "error": f"{n} error"}
    return said.get(word, f"{n} {word}")


def _state(counts: Counter[str]) -> str:
    if counts["fail"]:
        return "breached"
    if counts["warn"] or counts["error"]:
        return "at_risk"
    return "met" if counts["pass"] else "unknown"


def _keep_windows(rows: Iterable[ServiceLevelWindow]) -> None:
    ServiceLevelWindow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["product", "day"],
        update_fields=["state", "basis"],
    )


def refreshed(product: DataProduct, moment: datetime) -> None:
    """Keep when the data was last written anew; it only moves forward."""
    locked = DataProduct.objects.select_for_update(of=["self"], no_key=True).select_related(
        "domain", "owner_team"
    )
    row = locked.get(pk=product.pk)
    if row.refreshed_at is None or moment > row.refreshed_at:
        row.refreshed_at = moment
        write_cards(row)


def told(product: DataProduct, results: int, failed: int, source: str) -> QualityReported:
    """Make the event that says what came in."""
    return QualityReported(
        subject=f"product/{product.key}",
        product=product.key,
        teams=(product.owner_team.slug,),
        results=results,
        failed=failed,
        source=source,
    )
