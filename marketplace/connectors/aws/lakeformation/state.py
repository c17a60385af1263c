"""What Glue and Lake Formation say now: the table, who holds what on it, the handle's own objects.

Nothing is written here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marketplace.connectors.aws.calls import REFUSALS, Aws
from marketplace.connectors.aws.lakeformation import rights
from marketplace.connectors.aws.lakeformation.rights import Entry, Right
from marketplace.connectors.base import Column, NeedsHuman

GONE: Final = frozenset({"EntityNotFoundException"})
IAM_ALLOWED: Final = "IAM_ALLOWED_PRINCIPALS"
"""Lake Formation's word for everybody whom IAM lets: where it stands, nothing else counts."""

type Held = Mapping[str, frozenset[Right]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the catalogue, its partition columns last."""

    columns: tuple[Column, ...]
    comments: Mapping[str, str]
    kind: str
    comment: str

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(one.name for one in self.columns)


def table(aws: Aws, database: str, name: str) -> Table | None:
    """Read a table, None when there is none. Raises NeedsHuman when it may not be seen."""
    asked = {"DatabaseName": database, "Name": name}
    answer = aws.ask("glue", "get_table", asked, expected=GONE | REFUSALS)
    if answer.code in REFUSALS:
        raise NeedsHuman(f"the provisioner may not see the table {database}.{name}")
    if not answer:
        return None
    told = answer.value["Table"]
    described = (told.get("StorageDescriptor") or {}).get("Columns") or []
    listed = [*described, *(told.get("PartitionKeys") or [])]
    return Table(
        columns=tuple(Column(one["Name"], one.get("Type", "")) for one in listed),
        comments={one["Name"]: one.get("Comment", "") for one in listed},
        kind="view" if told.get("TableType") == "VIRTUAL_VIEW" else "table",
        comment=told.get("Description", ""),
    )


def held(aws: Aws, database: str, name: str, handle: str) -> Held:
    """Read who holds what that lets one table be reached, and on its database; by principal.

    A table that is gone leaves what was given on its database.
    """
    found: dict[str, set[Right]] = defaultdict(set)
    for resource in _resources(aws, database, name, handle):
        asked = {"CatalogId": aws.config.account, "Resource": resource}
        key = "PrincipalResourcePermissions"
        listed = aws.all("lakeformation", "list_permissions", key, asked, expected=GONE)
        for who, right in rights.held(listed):
            found[who].add(right)
    return {who: frozenset(some) for who, some in found.items()}


def _resources(aws: Aws, database: str, name: str, handle: str) -> Iterator[Entry]:
    """Name what has to be listed."""
    catalogue = {"CatalogId": aws.config.account}
    where = catalogue | {"DatabaseName": database}
    yield {"Table": where | {"Name": name}}
    yield {"Table": where | {"TableWildcard": {}}}
    yield {"Database": catalogue | {"Name": database}}
    if cells_filter(aws, database, name, handle) is not None:
        yield {"DataCellsFilter": rights.filter_key(aws.config, database, name, handle)}
    if has_tag(aws, handle):
        for kind in ("TABLE", "DATABASE"):
            yield {"LFTagPolicy": catalogue | rights.tag_policy(handle, kind)}


def cells_filter(aws: Aws, database: str, name: str, handle: str) -> dict[str, Any] | None:
    """Read the handle's data cells filter, None when there is none."""
    asked = rights.filter_key(aws.config, database, name, handle)
    answer = aws.ask("lakeformation", "get_data_cells_filter", asked, expected=GONE)
    return dict(answer.value["DataCellsFilter"]) if answer else None


def has_tag(aws: Aws, handle: str) -> bool:
    """Whether the handle's LF-tag exists."""
    asked = {"CatalogId": aws.config.account, "TagKey": handle}
    answer = aws.ask("lakeformation", "get_lf_tag", asked, expected=GONE)
    return bool(answer) and rights.READ in (answer.value.get("TagValues") or [])


def tagged(aws: Aws, place: tuple[str, str], columns: tuple[str, ...], handle: str) -> set[str]:
    """Name the columns that carry the handle's LF-tag; `*` when it hangs on more than columns."""
    where = {"CatalogId": aws.config.account, "DatabaseName": place[0], "Name": place[1]}
    asked = {
        "CatalogId": aws.config.account,
        "Resource": {"TableWithColumns": where | {"ColumnNames": list(columns)}},
        "ShowAssignedLFTags": True,
    }
    told = aws.ask("lakeformation", "get_resource_lf_tags", asked).value
    wide = [*(told.get("LFTagsOnTable") or []), *(told.get("LFTagOnDatabase") or [])]
    found = {
        one["Name"]
        for one in told.get("LFTagsOnColumns") or []
        if any(tag["TagKey"] == handle for tag in one["LFTags"])
    }
    return found | {"*" for tag in wide if tag["TagKey"] == handle}


def described(told: dict[str, Any]) -> dict[str, Any]:
    """Keep of a filter what we write: where it is, its columns, its rows."""
    kept = ("TableCatalogId", "DatabaseName", "TableName", "Name", "ColumnNames")
    rows = {"FilterExpression": (told.get("RowFilter") or {}).get("FilterExpression")}
    return {key: told.get(key) for key in kept} | {"RowFilter": rows}
