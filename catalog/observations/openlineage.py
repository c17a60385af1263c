"""Data quality in OpenLineage events: the facets dataQualityAssertions and testRun.

A run that completed says that its outputs were written anew, too; so does ``lastUpdated`` of the
facet dataQualityMetrics. See openlineage.io/docs/spec/facets.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from catalog.observations.base import (
    SOURCE,
    Observation,
    Place,
    Renewal,
    Report,
    fitting,
    measured,
)

FORMAT: Final = "openlineage"
_TESTED: Final = {"pass": "pass", "fail": "fail", "skip": "skip", "error": "error", "warn": "warn"}
_SIDES: Final = (("inputs", "inputFacets"), ("outputs", "outputFacets"))
_DIMENSIONS: Final = (
    ("not_null", "completeness"),
    ("notnull", "completeness"),
    ("unique", "uniqueness"),
    ("accepted", "conformity"),
    ("relationships", "consistency"),
)


def is_ours(document: dict[str, Any]) -> bool:
    """Tell whether a document says that it is an OpenLineage event."""
    return "eventTime" in document and "schemaURL" in document


def read(root: Place) -> Report:
    """Read what an event says of the quality of its datasets."""
    at = root["eventTime"].moment()
    job = root["job"]
    source = f"openlineage {job['name'].text()}".strip()[:SOURCE]
    if at is None:
        return Report(FORMAT)
    observations, renewals, names = [], [], []
    complete = root["eventType"].value == "COMPLETE"
    for side, dataset, facets in _datasets(root):
        name = dataset["name"].text(required=True, most=300)
        names.append(name)
        for facet in facets:
            observations += _assertions(facet["dataQualityAssertions"], name, at, source)
            moved = facet["dataQualityMetrics"]["lastUpdated"].moment(required=False)
            if moved is not None:
                renewals.append(Renewal(name, moved))
        if side == "outputs" and complete:
            renewals.append(Renewal(name, at))
    tests = root["run"]["facets"]["testRun"]["tests"]
    observations += [_test(one, tuple(names), at, source) for one in tests.each()]
    return Report(FORMAT, tuple(observations), renewals=tuple(renewals))


def _datasets(root: Place) -> Iterator[tuple[str, Place, tuple[Place, ...]]]:
    if root["dataset"].value is not None:
        yield "dataset", root["dataset"], (root["dataset"]["facets"],)
    for side, own in _SIDES:
        for dataset in root[side].each():
            yield side, dataset, (dataset["facets"], dataset[own])


def _assertions(facet: Place, dataset: str, at: datetime, source: str) -> list[Observation]:
    found = []
    for one in facet["assertions"].each():
        word, column = one["assertion"].text(required=True), one["column"].text()
        success = one["success"]
        if not isinstance(success.value, bool):
            success.wrong("not-a-flag", "true or false.")
        severity = one["severity"].text().lower()
        failed = "warn" if severity.startswith("warn") else "fail"
        found.append(
            Observation(
                check_key=fitting("/".join(filter(None, (dataset, column, word)))),
                name=f"{word} {column}".strip()[:200],
                status="pass" if success.value else failed,
                observed_at=at,
                source=source,
                dimension=_dimension(word),
                measured=measured(
                    column=column,
                    severity=severity,
                    value=one["actual"].value if _plain(one["actual"].value) else None,
                    threshold=one["expected"].value if _plain(one["expected"].value) else None,
                ),
                datasets=(dataset,),
            )
        )
    return found


def _test(one: Place, datasets: tuple[str, ...], at: datetime, source: str) -> Observation:
    name = one["name"].text(required=True)
    status = one["status"].word(_TESTED)
    severity = one["severity"].text().lower()
    if status == "fail" and severity.startswith("warn"):
        status = "warn"
    expected, actual = one["expected"].value, one["actual"].value
    return Observation(
        check_key=fitting(f"test/{name}"),
        name=name,
        status=status,
        observed_at=at,
        source=source,
        dimension=_dimension(one["type"].text() or name),
        measured=measured(
            severity=severity,
            value=actual if _plain(actual) else None,
            threshold=expected if _plain(expected) else None,
            detail=one["description"].text(most=2000),
        ),
        datasets=datasets,
    )


def _dimension(word: str) -> str:
    return next((found for start, found in _DIMENSIONS if word.lower().startswith(start)), "")


def _plain(value: Any) -> bool:
    """Only short values are kept: a figure, or a word or two."""
    if isinstance(value, str):
        return len(value) <= 120 and value.isprintable()  # noqa: PLR2004 - fits a cell
    return isinstance(value, int | float) and not isinstance(value, bool)
