"""Observability results of Bitol (OORS 0.8, RFC-0018): a draft, so what is unknown is passed by.

Checks of the contract become observations; results that relate to ``slaProperties/...`` say how a
promise was kept on that day.
"""

import re
from datetime import datetime
from typing import Any, Final

from catalog.observations.base import (
    DIMENSIONS,
    SOURCE,
    STATUSES,
    LevelDay,
    Observation,
    Place,
    Report,
    fitting,
    level_state,
    measured,
)

FORMAT: Final = "oors"
_WORDS: Final = {word: word for word in STATUSES}
_COLUMN: Final = re.compile(r"properties/([^/]+)")


def is_ours(document: dict[str, Any]) -> bool:
    """Tell whether a document says that it is one of OORS."""
    return document.get("kind") == "ObservabilityResults"


def read(root: Place) -> Report:
    """Read the results."""
    observed = root["observedAt"].moment()
    contract = _contract(root["contract"])
    about = root["source"]
    source = (about["vendor"].text() or about["process"].text() or "OORS")[:SOURCE]
    observations, levels = [], []
    for result in root["results"].each(required=True):
        at = result["observedAt"].moment(required=False) or observed
        if at is None:
            continue
        about_what = result["relatesTo"].text(most=500)
        if about_what.startswith("slaProperties/"):
            levels.append(_level(result, about_what.partition("/")[2], at, source))
        else:
            observations.append(_observation(result, contract, about_what, at, source))
    return Report(FORMAT, tuple(observations), tuple(levels), contract=contract)


def _contract(place: Place) -> str:
    """The contract's id: as a text, or under ``id``."""
    return place.text() if isinstance(place.value, str) else place["id"].text()


def _observation(
    result: Place, contract: str, about: str, at: datetime, source: str
) -> Observation:
    key, measure = result["id"].text(required=True, most=500), result["measure"]
    column = _COLUMN.search(about)
    dimension = result["dimension"].text().lower()
    return Observation(
        check_key=fitting("/".join(filter(None, (contract, key)))),
        name=result["name"].text() or key[:200],
        status=result["status"].word(_WORDS),
        observed_at=at,
        source=source,
        dimension=dimension if dimension in DIMENSIONS else "",
        measured=measured(
            column=column[1] if column else "",
            severity=result["severity"].text(),
            value=measure["value"].number(),
            threshold=measure["threshold"].number(),
            rows=measure["rowCount"].number(),
            failed=measure["failedRowCount"].number(),
        ),
    )


def _level(result: Place, name: str, at: datetime, source: str) -> LevelDay:
    measure = result["measure"]
    threshold = measure["threshold"].number()
    return LevelDay(
        property=name[:60],
        day=at.date(),
        state=level_state(result["status"].word(_WORDS)),
        source=source,
        value=measure["value"].number(),
        objective="" if threshold is None else f"{threshold:g}",
        unit=measure["unit"].text(most=20),
    )
