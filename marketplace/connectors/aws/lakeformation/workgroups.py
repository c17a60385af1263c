"""Athena's work groups: one per consumer, in which its queries run, are bounded and are paid."""

from typing import Any, Final

from marketplace.connectors.aws import strict
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.statements import OURS
from marketplace.connectors.base import Conflict, NeedsHuman

_MB: Final = 1_000_000
_UNFIT: Final = frozenset({"InvalidRequestException"})
"""Athena's word for a work group that is not there, and for one that is there already."""


def settings(scan_limit_mb: int) -> dict[str, Any]:
    """Say what a work group is bound to; results stay with Athena, so nobody writes to a bucket."""
    return {
        "EnforceWorkGroupConfiguration": True,
        "BytesScannedCutoffPerQuery": scan_limit_mb * _MB,
        "ManagedQueryResultsConfiguration": {"Enabled": True},
        "PublishCloudWatchMetricsEnabled": True,
    }


def stands(aws: Aws, name: str, wanted: dict[str, Any]) -> bool:
    """Whether a work group exists, is open and is bound to these settings."""
    found = _read(aws, name)
    if found is None or found.get("State") != "ENABLED":
        return False
    return _agrees(found.get("Configuration") or {}, wanted)


def make(aws: Aws, name: str, wanted: dict[str, Any], tags: dict[str, str]) -> str:
    """Make a work group, or bind it again. Raises NeedsHuman when it is another's."""
    if _read(aws, name) is None:
        made = {"Name": name, "Configuration": wanted, "Tags": strict.tags(tags)}
        if aws.ask("athena", "create_work_group", made, expected=_UNFIT):
            return "work group made"
    if _read(aws, name) is None:
        raise Conflict(f"the work group {name} was neither there nor could it be made")
    if not _is_ours(aws, name):
        raise NeedsHuman(f"the work group {name} exists and is not ours")
    if not stands(aws, name, wanted):
        updates = dict(wanted)
        managed = updates.pop("ManagedQueryResultsConfiguration")
        updates["ManagedQueryResultsConfigurationUpdates"] = managed
        asked = {"WorkGroup": name, "State": "ENABLED", "ConfigurationUpdates": updates}
        aws.ask("athena", "update_work_group", asked)
    return "work group as wanted"


def _read(aws: Aws, name: str) -> dict[str, Any] | None:
    answer = aws.ask("athena", "get_work_group", {"WorkGroup": name}, expected=_UNFIT)
    found: dict[str, Any] | None = answer.value.get("WorkGroup")
    return found or None


def _agrees(found: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(
        _agrees(found.get(key) or {}, value) if isinstance(value, dict) else found.get(key) == value
        for key, value in wanted.items()
    )


def _is_ours(aws: Aws, name: str) -> bool:
    config = aws.config
    place = f"arn:{config.partition}:athena:{config.region}:{config.account}"
    asked = {"ResourceARN": f"{place}:workgroup/{name}"}
    answer = aws.ask("athena", "list_tags_for_resource", asked, expected=_UNFIT)
    tags = {one["Key"]: one["Value"] for one in answer.value.get("Tags") or []}
    return tags.get(OURS) == config.instance
