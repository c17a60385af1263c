"""The JSON of ``datacontract test --output-format json`` (datacontract-cli 0.10 and newer)."""

from datetime import datetime
from typing import Any, Final

from catalog.observations.base import (
    SOURCE,
    LevelDay,
    Observation,
    Place,
    Report,
    fitting,
    level_state,
    measured,
)

FORMAT: Final = "datacontract-cli"
_STATUS: Final = {
    "passed": "pass",
    "warning": "warn",
    "failed": "fail",
    "error": "error",
    "info": "skip",
    "unknown": "unknown",
}
_DIMENSIONS: Final = (
    ("field_required", "completeness"),
    ("field_unique", "uniqueness"),
    ("field_duplicate", "uniqueness"),
    ("field_null", "completeness"),
    ("row_count", "completeness"),
    ("model_is_present", "conformity"),
    ("model_duplicate", "uniqueness"),
    ("field_", "conformity"),
)
_LEVEL: Final = "servicelevel"


def is_ours(document: dict[str, Any]) -> bool:
    """Tell whether a document is a run of this tool: it has no kind of its own."""
    return "runId" in document and "checks" in document


def read(root: Place) -> Report:
    """Read the checks of a run."""
    started = root["timestampStart"].moment(required=False)
    at = root["timestampEnd"].moment(required=started is None) or started
    contract = root["dataContractId"].text()
    observations, levels = [], []
    for check in root["checks"].each(required=True):
        status = check["result"].word(_STATUS, default="unknown")
        if at is None:
            continue
        source = f"datacontract-cli {check['engine'].text()}".strip()[:SOURCE]
        if check["category"].text() == _LEVEL:
            levels.append(_level(check, status, at, source))
        else:
            observations.append(_observation(check, contract, status, at, source))
    return Report(FORMAT, tuple(observations), tuple(levels), contract=contract)


def _observation(
    check: Place, contract: str, status: str, at: datetime, source: str
) -> Observation:
    kind, model, field = check["type"].text(), check["model"].text(), check["field"].text()
    key = check["key"].text(most=500) or "__".join(filter(None, (model, field, kind)))
    if not key:
        check["key"].wrong("required", "A check has a key, or a type with model and field.")
    return Observation(
        check_key=fitting("/".join(filter(None, (contract, key)))),
        name=check["name"].text() or key[:200],
        status=status,
        observed_at=at,
        source=source,
        dimension=next((word for start, word in _DIMENSIONS if kind.startswith(start)), ""),
        measured=measured(column=field, detail=check["reason"].text(most=2000)),
    )


def _level(check: Place, status: str, at: datetime, source: str) -> LevelDay:
    name = check["type"].text().removeprefix(f"{_LEVEL}_") or check["name"].text()
    if not name:
        check["type"].wrong("required", "Say which service level.")
    return LevelDay(name[:60], at.date(), level_state(status), source)
