"""dbt's run_results.json (schemas.getdbt.com/dbt/run-results), versions 4 and newer.

Tests become observations; models, seeds and snapshots that were built say that their relation was
written anew. What a test looked at is named only in its compiled SQL.
"""

import re
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

FORMAT: Final = "dbt"
_SCHEMA: Final = re.compile(r"/run-results/v(\d+)\.json$")
_OLDEST: Final = 4
_SQL: Final = 20_000
_STATUS: Final = {
    "pass": "pass",
    "success": "pass",
    "fail": "fail",
    "warn": "warn",
    "error": "error",
    "runtime error": "error",
    "partial success": "warn",
    "skipped": "skip",
    "no-op": "skip",
}
_TESTS: Final = ("test", "unit_test")
_BUILDS: Final = ("model", "seed", "snapshot")
_DIMENSIONS: Final = (
    ("not_null", "completeness"),
    ("unique", "uniqueness"),
    ("accepted_values", "conformity"),
    ("relationships", "consistency"),
)


def is_ours(document: dict[str, Any]) -> bool:
    """Tell whether a document says that it is dbt's."""
    about = document.get("metadata")
    return isinstance(about, dict) and "dbt_schema_version" in about


def read(root: Place) -> Report:
    """Read the results of a run."""
    about = root["metadata"]
    schema = about["dbt_schema_version"]
    found = _SCHEMA.search(schema.text(required=True))
    if found is None or int(found[1]) < _OLDEST:
        schema.wrong("unknown-version", f"run-results of version {_OLDEST} or newer.")
    generated = about["generated_at"].moment()
    source = f"dbt {about['dbt_version'].text()}".strip()[:SOURCE]
    observations, renewals = [], []
    for result in root["results"].each(required=True):
        key = result["unique_id"].text(required=True, most=500)
        kind, _, rest = key.partition(".")
        status = result["status"].word(_STATUS)
        at = _ended(result) or generated
        relation = result["relation_name"].text(most=500)
        if at is None:
            continue
        if kind in _TESTS:
            observations.append(_observation(result, rest, at, status=status, source=source))
        elif kind in _BUILDS and status == "pass" and relation:
            renewals.append(Renewal(relation, at))
    return Report(FORMAT, tuple(observations), renewals=tuple(renewals))


def _observation(result: Place, key: str, at: datetime, *, status: str, source: str) -> Observation:
    """``key`` is ``project.test_name.hash`` for generic tests, ``project.test_name`` for others."""
    name = key.split(".")[1] if "." in key else key
    compiled = result["compiled_code"].text(most=_SQL) or result["compiled_sql"].text(most=_SQL)
    relation = result["relation_name"].text(most=500)
    return Observation(
        check_key=fitting(f"dbt/{key}"),
        name=name[:200],
        status=status,
        observed_at=at,
        source=source,
        dimension=next((word for start, word in _DIMENSIONS if name.startswith(start)), ""),
        measured=measured(
            failed=result["failures"].number(), detail=result["message"].text(most=2000)
        ),
        datasets=tuple(text for text in (compiled, relation) if text),
    )


def _ended(result: Place) -> datetime | None:
    """When a node was done: the end of its last step."""
    ends = [step["completed_at"].moment(required=False) for step in result["timing"].each()]
    return max((end for end in ends if end is not None), default=None)
