"""Looking at the provisioner: what IAM lets it do, and what Lake Formation lets it give."""

from collections.abc import Iterator

from marketplace.connectors.aws import checking, iam
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.checking import Asked
from marketplace.connectors.aws.lakeformation import rights
from marketplace.connectors.aws.lakeformation.config import LakeConfig
from marketplace.connectors.aws.lakeformation.rights import Entry, Right
from marketplace.connectors.aws.statements import Names
from marketplace.connectors.base import ConnectorError, Finding

_LAKE = (
    "lakeformation:BatchGrantPermissions",
    "lakeformation:BatchRevokePermissions",
    "lakeformation:CreateDataCellsFilter",
    "lakeformation:GetDataCellsFilter",
    "lakeformation:GetDataLakeSettings",
    "lakeformation:GetLFTag",
    "lakeformation:ListPermissions",
    "lakeformation:UpdateDataCellsFilter",
)
_TAGS = (
    "lakeformation:AddLFTagsToResource",
    "lakeformation:CreateLFTag",
    "lakeformation:GetResourceLFTags",
    "lakeformation:RemoveLFTagsFromResource",
)
_CREATES = "CREATE_LF_TAG"
_GROUPS = (
    "athena:CreateWorkGroup",
    "athena:GetWorkGroup",
    "athena:ListTagsForResource",
    "athena:TagResource",
    "athena:UpdateWorkGroup",
)


def check(aws: Aws, config: LakeConfig, preview: Names) -> list[Finding]:
    """Name what is missing (error) and what is too much (warning)."""
    table = config.glue_arns(config.databases[0], "x")[-1]
    group = config.arn("athena", f"workgroup/mp_{config.env}_x_w")
    needed = [
        Asked(("glue:GetTable", "glue:GetTables"), table),
        Asked(_LAKE + (_TAGS if config.grants == "tags" else ()), "*"),
        Asked(_GROUPS, group),
    ]
    too_much = [
        Asked(("lakeformation:GetDataAccess", "lakeformation:PutDataLakeSettings"), "*"),
        Asked(("glue:DeleteTable", "glue:UpdateTable"), table),
        Asked(("athena:StartQueryExecution",), group),
    ]
    found = checking.check(aws, needed, too_much)
    if any(one.level == "error" for one in found):
        return found
    try:
        found += _lake(aws, config)
        if iam.role(aws, preview.role) is None:
            text = "The role for previews is missing: prepare()."
            found.append(Finding("error", "not-prepared", text))
    except ConnectorError as error:
        found.append(Finding("error", "unreachable", error.message))
    return found


def _lake(aws: Aws, config: LakeConfig) -> Iterator[Finding]:
    """Ask Lake Formation what the provisioner may give, and whether it may give everything."""
    settings = aws.ask("lakeformation", "get_data_lake_settings", {"CatalogId": config.account})
    admins = settings.value["DataLakeSettings"].get("DataLakeAdmins") or []
    if config.provisioner in {one["DataLakePrincipalIdentifier"] for one in admins}:
        text = "It is an administrator of the data lake, and need not be."
        yield Finding("warning", "is-lake-administrator", text)
        return
    if config.grants == "tags" and _CREATES not in _on_catalogue(aws, config):
        text = f"Lake Formation does not let it make LF-tags ({_CREATES} on the catalogue)."
        yield Finding("error", "may-not-make-lf-tags", text)
    for database in config.databases:
        for right, resource in _needed(config, database):
            if right not in _own(aws, config, resource):
                what = f"{right.permission} on {database}" + (
                    ", all tables" if right.kind == "table" else ""
                )
                text = f"Lake Formation does not let it give {what}."
                yield Finding("error", f"may-not-give-{right.permission.lower()}", text)


def _needed(config: LakeConfig, database: str) -> Iterator[tuple[Right, Entry]]:
    catalogue = {"CatalogId": config.account}
    seen = {"Database": catalogue | {"Name": database}}
    yield Right("database", database, "", "", "DESCRIBE", grantable=True), seen
    every = {"Table": catalogue | {"DatabaseName": database, "TableWildcard": {}}}
    yield Right("table", database, "*", "", "SELECT", grantable=True), every


def _own(aws: Aws, config: LakeConfig, resource: Entry) -> set[Right]:
    return {right for _, right in rights.held(_listed(aws, config, resource))}


def _on_catalogue(aws: Aws, config: LakeConfig) -> set[str]:
    """Name what it may do on the catalogue itself."""
    listed = _listed(aws, config, {"Catalog": {}})
    return {permission for one in listed for permission in one.get("Permissions") or ()}


def _listed(aws: Aws, config: LakeConfig, resource: Entry) -> list[Entry]:
    asked = {
        "CatalogId": config.account,
        "Principal": {"DataLakePrincipalIdentifier": config.provisioner},
        "Resource": resource,
    }
    return aws.all("lakeformation", "list_permissions", "PrincipalResourcePermissions", asked)
