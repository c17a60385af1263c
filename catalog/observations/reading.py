"""Which format a document is in, and what it says."""

from types import ModuleType
from typing import Any, Final

from catalog.observations import datacontract_cli, dbt, oors, openlineage
from catalog.observations.base import MOST, Place, Problem, Report, Unreadable

FORMATS: Final[dict[str, ModuleType]] = {
    one.FORMAT: one for one in (dbt, openlineage, oors, datacontract_cli)
}


def read(document: Any, name: str = "") -> Report:
    """Read a report in the format ``name``, else in the one that it shows itself to be.

    Raises Unreadable with every wrong place; a report that says nothing is refused, too.
    """
    if not isinstance(document, dict):
        raise Unreadable([Problem("", "not-an-object", "A report is a JSON object.")])
    known = FORMATS.get(name) if name else _recognised(document)
    if known is None:
        words = f"No format that is known: {', '.join(FORMATS)}."
        raise Unreadable([Problem("", "unknown-format", words)])
    problems: list[Problem] = []
    report: Report = known.read(Place(document, problems))
    if problems:
        raise Unreadable(problems)
    number = len(report.observations) + len(report.levels)
    if number > MOST:
        raise Unreadable([Problem("", "wrong-number", f"At most {MOST} results at once.")])
    if not number and not report.renewals:
        raise Unreadable([Problem("", "no-results", "There is no result of a check in it.")])
    return report


def _recognised(document: dict[str, Any]) -> ModuleType | None:
    return next((one for one in FORMATS.values() if one.is_ours(document)), None)
