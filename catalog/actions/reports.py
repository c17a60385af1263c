"""Take a report that a tool wrote: its checks, the days of promises, and how fresh the data is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalog.actions.breaches import watch_checks
from catalog.actions.quality import keep_levels, refreshed, tell_days, told
from catalog.models import DataProduct, OutputPort, QualityResult
from catalog.observations.base import Observation, Report, Unreadable
from catalog.observations.reading import read
from catalog.permissions import may_report
from catalog.queries.products import product_or_404
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.events.log import record


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report: its format, results that were its product's, new ones, days."""

    format: str
    results: int
    new: int
    passed_over: int
    days: int
    refreshed_at: datetime | None


@action
def take_report(actor: Actor, *, key: str, document: Any, kind: str = "", port: str = "") -> Taken:
    """Take a report of checks for one product: whole, or not at all.

    ``document`` is JSON of dbt (run_results), OpenLineage (an event), OORS or datacontract-cli;
    ``kind`` names which, when it cannot tell by itself. Results that name datasets of others
    are passed over and counted; ``port`` is where results belong that name none. The same report
    twice counts once.
    """
    product = product_or_404(actor, key)
    require(actor, may_report, product)
    try:
        report = read(document, kind)
    except Unreadable as wrong:
        places = [FieldProblem(one.pointer, one.code, one.detail) for one in wrong.problems]
        raise Invalid(*places) from None
    ports = list(product.ports.select_related("contract__contract").order_by("-rank", "pk"))
    _refuse_foreign_contract(product, report)
    home = _port_named(ports, port)
    rows, passed_over = _rows(product, report, ports, home)
    renewed = _renewed(report, ports)
    if not rows and not report.levels and renewed is None:
        words = "Nothing in it is about this product: no dataset it names is one of its ports."
        raise Invalid(FieldProblem("", "another-product", words))
    new = keep_results(product, rows)
    if report.levels:
        keep_levels(product, report.levels)
    if renewed is not None:
        refreshed(product, renewed)
    failed = sum(row.status in ("fail", "error") for row in rows)
    record(told(product, len(rows) + len(report.levels), failed, report.format))
    days = len({one.day for one in report.levels})
    return Taken(report.format, len(rows), new, passed_over, days, renewed)


def keep_results(product: DataProduct, rows: Sequence[QualityResult]) -> int:
    """Write results, and the days they make; give how many were new."""
    before = product.quality.count()
    QualityResult.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    tell_days(product, {row.observed_at.astimezone(UTC).date() for row in rows})
    watch_checks(product, {row.check_key for row in rows})
    return product.quality.count() - before


def named_port(ports: Iterable[OutputPort], datasets: Iterable[str]) -> OutputPort | None:
    """Give the port whose relation one of the texts names; quotes do not matter."""
    texts = [_plain(text) for text in datasets]
    for port in ports:
        relations = {_plain(port.resource), _plain(port.relation)} - {""}
        if any(_names(text, relation) for text in texts for relation in relations):
            return port
    return None


def result_of(product: DataProduct, one: Observation, port: OutputPort | None) -> QualityResult:
    """Give an observation as it is kept."""
    return QualityResult(
        product=product,
        port=port,
        check_key=one.check_key,
        name=one.name,
        dimension=one.dimension,
        status=one.status,
        measured=dict(one.measured),
        source=one.source or "not said",
        observed_at=one.observed_at,
    )


def _rows(
    product: DataProduct, report: Report, ports: Sequence[OutputPort], home: OutputPort | None
) -> tuple[list[QualityResult], int]:
    """Give the results that are this product's, and how many were not."""
    tested = _port_of_contract(ports, report.contract) or home
    rows, passed_over = [], 0
    for one in report.observations:
        port = named_port(ports, one.datasets)
        if port is None and one.datasets:
            passed_over += 1
            continue
        rows.append(result_of(product, one, port or tested))
    return rows, passed_over


def _refuse_foreign_contract(product: DataProduct, report: Report) -> None:
    known = product.contracts.values_list("key", flat=True)
    if report.contract and report.contract not in set(known):
        words = f"{report.contract} is no contract of {product.key}."
        raise Invalid(FieldProblem("/contract", "another-contract", words))


def _port_named(ports: Sequence[OutputPort], name: str) -> OutputPort | None:
    found = next((one for one in ports if one.name == name), None)
    if name and found is None:
        raise Invalid(FieldProblem("/port", "unknown-port", "No such port."))
    return found


def _port_of_contract(ports: Sequence[OutputPort], key: str) -> OutputPort | None:
    found = [one for one in ports if key and one.contract and one.contract.contract.key == key]
    return found[0] if len({one.name for one in found}) == 1 else None


def _renewed(report: Report, ports: Sequence[OutputPort]) -> datetime | None:
    ours = [one.at for one in report.renewals if named_port(ports, [one.dataset])]
    return max(ours, default=None)


def _plain(text: str) -> str:
    return text.translate(_QUOTES).lower()


def _names(text: str, relation: str) -> bool:
    """Tell whether a relation stands in a text as a whole word, not as part of a longer name."""
    at = text.find(relation)
    while at >= 0:
        end = at + len(relation)
        before = text[at - 1] if at else " "
        after = text[end] if end < len(text) else " "
        if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
            return True
        at = text.find(relation, at + 1)
    return False


_QUOTES = str.maketrans("", "", '"`[]')
