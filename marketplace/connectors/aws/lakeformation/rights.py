"""Rights of Lake Formation taken apart, so that sets of them can be compared.

Lake Formation lists what somebody holds as entries of several permissions on several columns, put
together as it likes. A `Right` is the least of it: one permission on one thing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Literal

from marketplace.connectors.aws.config import AwsConfig
from marketplace.connectors.aws.lakeformation.config import LakeConfig
from marketplace.connectors.base import PortVariant

type Kind = Literal["database", "table", "column", "filter", "tags", "tagged databases", "other"]
_BY_TAG: Final[Mapping[str, Kind]] = {"TABLE": "tags", "DATABASE": "tagged databases"}
type Entry = dict[str, Any]
READS = frozenset({"SELECT", "ALL", "SUPER_USER"})


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One permission on one thing. `what` is empty, a column, a filter, a tag's key, or JSON."""

    kind: Kind
    database: str
    table: str
    what: str
    permission: str
    grantable: bool = False

    @property
    def reads(self) -> bool:
        """Whether it lets data be read."""
        return self.permission in READS


def wanted(config: LakeConfig, handle: str, variant: PortVariant) -> frozenset[Right]:
    """Say what a member of a variant has to hold: all of it, and no other on the same table."""
    database, table = config.place(variant.base_schema, variant.base_table)
    seen = Right("database", database, "", "", "DESCRIBE")
    how = config.how(variant)
    if how == "filter":
        return frozenset({seen, Right("filter", database, table, handle, "SELECT")})
    if how == "tags":
        return frozenset({seen, Right("tags", "", "", handle, "SELECT")})
    if how == "table":
        return frozenset({seen, Right("table", database, table, "", "SELECT")})
    named = (Right("column", database, table, one, "SELECT") for one in variant.columns)
    return frozenset({seen, *named})


def concerns(right: Right, database: str, table: str, handle: str) -> bool:
    """Whether a right lets one table be reached: on it, on all tables, or by the handle's tag."""
    if right.kind in _BY_TAG.values():
        return right.what == handle
    return right.database == database and right.table in {table, "*"}


def held(entries: Iterable[Entry]) -> Iterator[tuple[str, Right]]:
    """Take a listing apart: who holds what."""
    for one in entries:
        who = one["Principal"]["DataLakePrincipalIdentifier"]
        grantable = set(one.get("PermissionsWithGrantOption") or ())
        for permission in {*(one.get("Permissions") or ()), *grantable}:
            for kind, database, table, what in _things(one["Resource"]):
                yield who, Right(kind, database, table, what, permission, permission in grantable)


def _things(resource: Entry) -> Iterator[tuple[Kind, str, str, str]]:
    named = [(key, one) for key, one in resource.items() if one]
    kind, given = named[0] if len(named) == 1 else ("", {})
    if kind == "Database":
        yield "database", given["Name"], "", ""
    elif kind == "Table":
        yield "table", given["DatabaseName"], given.get("Name") or "*", ""
    elif kind == "TableWithColumns" and given.get("ColumnNames"):
        for column in given["ColumnNames"]:
            yield "column", given["DatabaseName"], given["Name"], column
    elif kind == "TableWithColumns":
        excluded = (given.get("ColumnWildcard") or {}).get("ExcludedColumnNames") or []
        yield "other", given["DatabaseName"], given["Name"], json.dumps(sorted(excluded))
    elif kind == "DataCellsFilter":
        yield "filter", given["DatabaseName"], given["TableName"], given["Name"]
    elif kind == "LFTagPolicy" and len(given.get("Expression") or []) == 1:
        yield _BY_TAG[given["ResourceType"]], "", "", given["Expression"][0]["TagKey"]
    else:
        yield "other", "", "", json.dumps(resource, sort_keys=True)


def entries(config: LakeConfig, principal: str, rights: Iterable[Right]) -> list[Entry]:
    """Put rights of one principal together as entries of a batch, in order; ids are left out."""

    def together(one: Right) -> tuple[str, ...]:
        what = "" if one.kind == "column" else one.what
        return (one.kind, one.database, one.table, what, one.permission, str(one.grantable))

    found = []
    for _, group in groupby(sorted(rights, key=lambda one: (*together(one), one.what)), together):
        same = list(group)
        entry = {
            "Principal": {"DataLakePrincipalIdentifier": principal},
            "Resource": _resource(config, same),
            "Permissions": [same[0].permission],
        }
        if same[0].grantable:
            entry["PermissionsWithGrantOption"] = [same[0].permission]
        found.append(entry)
    return found


def _resource(config: LakeConfig, same: list[Right]) -> Entry:
    one, catalogue = same[0], {"CatalogId": config.account}
    where = {"DatabaseName": one.database, "Name": one.table}
    if one.kind == "database":
        return {"Database": catalogue | {"Name": one.database}}
    if one.kind == "table" and one.table == "*":
        return {"Table": catalogue | {"DatabaseName": one.database, "TableWildcard": {}}}
    if one.kind == "table":
        return {"Table": catalogue | where}
    if one.kind == "column":
        return {"TableWithColumns": catalogue | where | {"ColumnNames": [r.what for r in same]}}
    if one.kind == "filter":
        return {"DataCellsFilter": filter_key(config, one.database, one.table, one.what)}
    if one.kind == "tags":
        return {"LFTagPolicy": catalogue | tag_policy(one.what)}
    if one.kind == "tagged databases":
        return {"LFTagPolicy": catalogue | tag_policy(one.what, "DATABASE")}
    if not one.database:
        read: Entry = json.loads(one.what)
        return read
    excluded = {"ColumnWildcard": {"ExcludedColumnNames": json.loads(one.what)}}
    return {"TableWithColumns": catalogue | where | excluded}


def filter_key(config: AwsConfig, database: str, table: str, name: str) -> Entry:
    """Name a data cells filter."""
    return {
        "TableCatalogId": config.account,
        "DatabaseName": database,
        "TableName": table,
        "Name": name,
    }


def tag_policy(key: str, kind: str = "TABLE") -> Entry:
    """Name all tables and columns, or all databases, that carry the handle's LF-tag."""
    return {"ResourceType": kind, "Expression": [{"TagKey": key, "TagValues": [READ]}]}


READ = "read"
"""The one value of the LF-tags that are ours."""
