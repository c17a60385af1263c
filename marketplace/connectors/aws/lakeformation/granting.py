"""The calls of a plan that are Lake Formation's and Athena's own; each is safe to repeat.

What a role holds on a port's table is made exactly what is wanted, smaller first: rights that are
too many are revoked before those that lack are granted.
"""

from collections.abc import Mapping
from typing import Any, Final

from marketplace.connectors.aws.applying import There, Verb
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.lakeformation import batches, rights, state, workgroups
from marketplace.connectors.aws.lakeformation.config import LakeConfig
from marketplace.connectors.aws.lakeformation.rights import Right
from marketplace.connectors.base import Conflict

_THERE: Final = frozenset({"AlreadyExistsException"})


def verbs(config: LakeConfig, there: There) -> Mapping[str, Verb]:
    """Give what a step may do here beside IAM's verbs."""
    return {
        "filter": _filter,
        "tag": _tag,
        "workgroup": _workgroup,
        "grant": lambda aws, call: _grant(aws, config, there, call),
        "ungrant": lambda aws, call: _ungrant(aws, config, call),
    }


def _filter(aws: Aws, call: dict[str, Any]) -> str:
    """Make the handle's filter, or change it: columns and rows change in one call."""
    wanted = call["filter"]
    place = wanted["DatabaseName"], wanted["TableName"], wanted["Name"]
    stands = state.cells_filter(aws, *place)
    if stands is None:
        made = {"TableData": wanted}
        if aws.ask("lakeformation", "create_data_cells_filter", made, expected=_THERE):
            return "filter made"
        stands = state.cells_filter(aws, *place)
    if stands is None or state.described(stands) != wanted:
        aws.ask("lakeformation", "update_data_cells_filter", {"TableData": wanted})
    return "filter as wanted"


def _tag(aws: Aws, call: dict[str, Any]) -> str:
    """Hang the handle's LF-tag on its columns, off the others first."""
    key, place = call["key"], (call["database"], call["table"])
    catalogue = {"CatalogId": aws.config.account}
    if not state.has_tag(aws, key):
        made = catalogue | {"TagKey": key, "TagValues": [rights.READ]}
        aws.ask("lakeformation", "create_lf_tag", made, expected=_THERE)
    table = state.table(aws, *place)
    if table is None:
        raise Conflict(f"the table {'.'.join(place)} is gone")
    stands, wanted = state.tagged(aws, place, table.names, key), set(call["columns"])
    for operation, columns in (
        ("remove_lf_tags_from_resource", stands - wanted - {"*"}),
        ("add_lf_tags_to_resource", wanted - stands),
    ):
        if not columns:
            continue
        where = catalogue | {"DatabaseName": place[0], "Name": place[1]}
        asked = catalogue | {
            "Resource": {"TableWithColumns": where | {"ColumnNames": sorted(columns)}},
            "LFTags": [catalogue | {"TagKey": key, "TagValues": [rights.READ]}],
        }
        failures = aws.ask("lakeformation", operation, asked).value.get("Failures")
        if failures:
            error = failures[0].get("Error") or {}
            code, verb = str(error.get("ErrorCode", "")), operation.partition("_")[0]
            words = f"{code}: {error.get('ErrorMessage')}"
            text = f"Lake Formation did not {verb} the LF-tag of {', '.join(sorted(columns))}"
            raise batches.told([code], f"{text}: {words}")
    return "tagged"


def _workgroup(aws: Aws, call: dict[str, Any]) -> str:
    return workgroups.make(aws, call["name"], call["settings"], call["tags"])


def _grant(aws: Aws, config: LakeConfig, there: There, call: dict[str, Any]) -> str:
    role = there(call["role"]).arn
    place = call["database"], call["table"], call["handle"]
    wanted = {right for _, right in rights.held(call["entries"])}
    holds = state.held(aws, *place).get(role, frozenset())
    too_many = {one for one in holds - wanted if rights.concerns(one, *place)}
    done = []
    if too_many:
        done.append(batches.send(aws, "revoke", rights.entries(config, role, too_many)))
    if wanted - holds:
        done.append(batches.send(aws, "grant", rights.entries(config, role, wanted - holds)))
    return ", ".join(done) or "granted already"


def _ungrant(aws: Aws, config: LakeConfig, call: dict[str, Any]) -> str:
    """Revoke what a role holds on the table and its database, whether or not it still exists.

    Where the table is gone, Lake Formation still keeps what was given on the database.
    """
    role, place = call["role"], (call["database"], call["table"])
    holds: frozenset[Right] = state.held(aws, *place, call["handle"]).get(role, frozenset())
    if not holds:
        return "nothing to revoke"
    return batches.send(aws, "revoke", rights.entries(config, role, holds))


def let_preview(aws: Aws, config: LakeConfig, role: str) -> None:
    """Let the role for previews read every table of the connection's databases."""
    wanted = set[Right]()
    for database in config.databases:
        wanted.add(Right("database", database, "", "", "DESCRIBE"))
        wanted.add(Right("table", database, "*", "", "SELECT"))
    batches.send(aws, "grant", rights.entries(config, role, wanted))
