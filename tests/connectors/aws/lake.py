"""What the double knows of Lake Formation and Athena beyond moto.

moto keeps the tables, the grants, the LF-tags, the work groups and the results. It fails no entry
of a batch, keeps no data cells filter, lists grants by few resources, enforces nothing and runs no
query. Here entries are judged one by one, listings are whole, and a query is run by DuckDB on what
the asking principal may see: its columns, its rows, as Lake Formation documents them.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
from moto.athena.models import QueryResults, athena_backends
from moto.glue.exceptions import EntityNotFoundException
from moto.glue.models import glue_backends
from moto.lakeformation.models import Permission, PermissionCatalog, lakeformation_backends

from tests.connectors.aws.asking import ACCOUNT, REGION, Asked

TYPES = {"int": "INTEGER", "bigint": "BIGINT", "string": "VARCHAR", "date": "DATE"}
TOLD = {"INTEGER": "integer", "BIGINT": "bigint", "HUGEINT": "bigint", "VARCHAR": "varchar"}
READING = {"SELECT", "ALL"}
EVERYBODY = "IAM_ALLOWED_PRINCIPALS"


class Refusal(Exception):
    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class Lake:
    """Answers for Lake Formation and Athena what moto does not."""

    def __init__(self, may: Callable[[str, str, str], bool], roles: Callable[[], set[str]]) -> None:
        self.may, self.roles = may, roles
        self.reset()

    def reset(self) -> None:
        self.rows: dict[str, list[list[Any]]] = {}
        self.filters: dict[str, dict[str, Any]] = {}
        self.failed: dict[str, str] = {}
        self.batches: list[list[str]] = []
        self.part: dict[str, Any] = {"times": 0, "code": ""}
        self.waits = False

    @property
    def formation(self) -> Any:
        return lakeformation_backends[ACCOUNT][REGION]

    @property
    def grants(self) -> set[Permission]:
        held: PermissionCatalog = self.formation.grants.setdefault(ACCOUNT, PermissionCatalog())
        return held.permissions

    @property
    def athena(self) -> Any:
        return athena_backends[ACCOUNT][REGION]

    def dump(self) -> object:
        """All that can be changed here."""
        return [
            sorted(json.dumps(one.to_external_form(), sort_keys=True) for one in self.grants),
            sorted(json.dumps(one, sort_keys=True) for one in self.filters.values()),
            sorted(
                (name, json.dumps(one.configuration))
                for name, one in self.athena.work_groups.items()
            ),
            sorted(str(one) for one in self.formation.lf_columns_tags.items()),
            sorted(self.formation.list_lf_tags(ACCOUNT)),
        ]

    def answer(self, asked: Asked, who: str) -> dict[str, Any] | None:
        """Answer one request, or leave it to moto. Raises Refusal."""
        known = {
            "lakeformation:BatchGrantPermissions": self.batch,
            "lakeformation:BatchRevokePermissions": self.batch,
            "lakeformation:ListPermissions": self.listed,
            "lakeformation:AddLFTagsToResource": self.tag,
            "lakeformation:CreateLFTag": self.make_tag,
            "lakeformation:RemoveLFTagsFromResource": self.untag,
            "lakeformation:CreateDataCellsFilter": self.put_filter,
            "lakeformation:UpdateDataCellsFilter": self.put_filter,
            "lakeformation:GetDataCellsFilter": self.get_filter,
            "athena:UpdateWorkGroup": self.update_group,
            "athena:StartQueryExecution": self.start,
            "athena:GetQueryExecution": self.progress,
        }
        return known[asked.action](asked, who) if asked.action in known else None

    # --- grants --------------------------------------------------------------------------------

    def batch(self, asked: Asked, who: str) -> dict[str, Any]:
        entries = asked.values["Entries"]
        if len(entries) > 20:
            raise Refusal("InvalidInputException", "Batch size must be 20 or less")
        self.batches.append([next(iter(one["Resource"])) for one in entries])
        failures = []
        for number, one in enumerate(entries, 1):
            try:
                self.judge(last=number == len(entries))
                self.change(one, who, grants="Grant" in asked.action)
            except Refusal as refusal:
                error = {"ErrorCode": refusal.code, "ErrorMessage": refusal.words}
                failures.append({"RequestEntry": one, "Error": error})
        return {"Failures": failures}

    def judge(self, *, last: bool) -> None:
        """Let the last entry of some batches fail, as a test wants it."""
        if last and self.part["times"]:
            self.part["times"] -= 1
            raise Refusal(self.part["code"], "as the test wants it")

    def change(self, entry: dict[str, Any], who: str, *, grants: bool) -> None:
        principal = entry["Principal"]["DataLakePrincipalIdentifier"]
        if grants and ":role/" in principal and principal not in self.roles():
            raise Refusal("InvalidInputException", f"Invalid principal: {principal}")
        self.exists(entry["Resource"])
        if not self.gives(who, entry["Resource"]):
            raise Refusal("AccessDeniedException", "Insufficient Lake Formation permission(s)")
        change = self.formation.grant_permissions if grants else self.formation.revoke_permissions
        before = len(self.grants)
        for resource in apart(entry["Resource"]):
            change(
                ACCOUNT,
                {"DataLakePrincipalIdentifier": principal},
                resource,
                entry["Permissions"],
                entry.get("PermissionsWithGrantOption") or [],
            )
        if not grants and len(self.grants) == before:
            words = f"No permissions revoked. Grantee does not have: {entry['Permissions']}"
            raise Refusal("InvalidInputException", words)

    def exists(self, resource: dict[str, Any]) -> None:
        ((kind, given),) = resource.items()
        if kind in {"Table", "TableWithColumns"} and given.get("Name"):
            columns = self.columns(given["DatabaseName"], given["Name"])
            if not set(given.get("ColumnNames") or ()) <= set(columns):
                raise Refusal("EntityNotFoundException", "Column not found")
        elif kind == "DataCellsFilter":
            self.filter_of(given)

    def administers(self, who: str) -> bool:
        settings = self.formation.get_data_lake_settings(ACCOUNT)["DataLakeAdmins"]
        return who.endswith("user/root-admin") or {"DataLakePrincipalIdentifier": who} in settings

    def gives(self, who: str, resource: dict[str, Any]) -> bool:
        """Whether somebody may give on: an administrator, or who holds it with the option."""
        if self.administers(who):
            return True
        ((kind, given),) = resource.items()
        if kind == "LFTagPolicy":
            return True  # who makes an LF-tag may give by it
        base = given["Name"] if kind == "Database" else given["DatabaseName"]
        return any(
            one.principal["DataLakePrincipalIdentifier"] == who
            and one.permissions_with_grant_options
            and (one.resource.get("Database", {}).get("Name") == base)
            if kind == "Database"
            else one.principal["DataLakePrincipalIdentifier"] == who
            and one.permissions_with_grant_options
            and one.resource.get("Table", {}).get("DatabaseName") == base
            for one in self.grants
        )

    def listed(self, asked: Asked, who: str) -> dict[str, Any]:
        del who
        wanted = asked.values.get("Principal")
        resource = asked.values["Resource"]
        self.exists(resource)
        found = [
            one.to_external_form()
            for one in self.grants
            if (wanted is None or one.principal == wanted) and concerns(resource, one.resource)
        ]
        return {"PrincipalResourcePermissions": found}

    def make_tag(self, asked: Asked, who: str) -> dict[str, Any] | None:
        """Leave it to moto, for who is an administrator or may make LF-tags."""
        del asked
        if not self.administers(who) and not any(
            one.principal["DataLakePrincipalIdentifier"] == who
            and "CREATE_LF_TAG" in one.permissions
            for one in self.grants
        ):
            words = "Insufficient Lake Formation permission(s): Required Create LF Tag on Catalog"
            raise Refusal("AccessDeniedException", words)
        return None

    def tag(self, asked: Asked, who: str) -> dict[str, Any] | None:
        """Leave it to moto, unless the test wants it to fail with success."""
        del who
        try:
            self.judge(last=True)
        except Refusal as refusal:
            error = {"ErrorCode": refusal.code, "ErrorMessage": refusal.words}
            return {"Failures": [{"LFTag": asked.values["LFTags"][0], "Error": error}]}
        return None

    def untag(self, asked: Asked, who: str) -> dict[str, Any]:
        """Take tags off columns; moto's columns share one list of tags, so one loses all."""
        del who
        given = asked.values["Resource"]["TableWithColumns"]
        gone = {one["TagKey"] for one in asked.values["LFTags"]}
        carried = self.formation.lf_columns_tags
        for column in given["ColumnNames"]:
            key = (ACCOUNT, given["DatabaseName"], given["Name"], column)
            carried[key] = [one for one in carried[key] if one["TagKey"] not in gone]
        return {"Failures": []}

    # --- filters -------------------------------------------------------------------------------

    def put_filter(self, asked: Asked, who: str) -> dict[str, Any]:
        data = asked.values["TableData"]
        columns = self.columns(data["DatabaseName"], data["TableName"])
        if not self.gives(who, {"Table": {"DatabaseName": data["DatabaseName"]}}):
            raise Refusal("AccessDeniedException", "SELECT with grant option is needed")
        stands = key_of(data) in self.filters
        if stands and "Create" in asked.action:
            raise Refusal("AlreadyExistsException", "Data cells filter exists")
        if not stands and "Update" in asked.action:
            raise Refusal("EntityNotFoundException", "Data cells filter does not exist")
        if not set(data["ColumnNames"]) <= set(columns):
            raise Refusal("InvalidInputException", "unknown columns")
        with duckdb.connect(":memory:") as session:
            make(session, "t", columns, [])
            try:
                session.execute(f"SELECT 1 FROM t WHERE {data['RowFilter']['FilterExpression']}")
            except duckdb.Error as error:
                raise Refusal("InvalidInputException", str(error)) from None
        self.filters[key_of(data)] = data
        return {}

    def get_filter(self, asked: Asked, who: str) -> dict[str, Any]:
        del who
        return {"DataCellsFilter": self.filter_of(asked.values)}

    def filter_of(self, given: dict[str, Any]) -> dict[str, Any]:
        if key_of(given) not in self.filters:
            raise Refusal("EntityNotFoundException", "Data cells filter does not exist")
        return self.filters[key_of(given)]

    # --- queries -------------------------------------------------------------------------------

    def columns(self, database: str, table: str) -> dict[str, str]:
        try:
            found = glue_backends[ACCOUNT][REGION].get_table(database, table).as_dict()
        except EntityNotFoundException:
            raise Refusal("EntityNotFoundException", f"{database}.{table} not found") from None
        listed = found["StorageDescriptor"]["Columns"] + found.get("PartitionKeys", [])
        return {one["Name"]: one["Type"] for one in listed}

    def seen(self, who: str, database: str, table: str) -> tuple[list[str], str] | None:
        """What a principal may see of a table: columns, and the rows; None when nothing."""
        names = list(self.columns(database, table))
        whole, kept = set[str](), list[dict[str, Any]]()
        for one in self.grants:
            ours = one.principal["DataLakePrincipalIdentifier"] in {who, EVERYBODY}
            if not ours or not READING & set(one.permissions):
                continue
            ((kind, given),) = one.resource.items()
            there = given.get("DatabaseName") == database
            if kind == "Table" and there and given.get("Name", table) == table:
                whole |= set(names)
            elif kind == "TableWithColumns" and there and given["Name"] == table:
                whole |= set(given["ColumnNames"])
            elif kind == "DataCellsFilter" and there and given["TableName"] == table:
                kept.append(self.filter_of(given))
            elif kind == "LFTagPolicy":
                whole |= set(self.by_tag(given["Expression"], database, table, names))
        if (whole and kept) or len(kept) > 1:
            raise NotImplementedError("cells of several grants put together")
        if kept:
            expression = kept[0]["RowFilter"]["FilterExpression"]
            return [one for one in names if one in kept[0]["ColumnNames"]], expression
        return ([one for one in names if one in whole], "true") if whole else None

    def by_tag(
        self, expression: list[dict[str, Any]], database: str, table: str, names: list[str]
    ) -> Iterator[str]:
        for name in names:
            carried = {
                (tag["TagKey"], value)
                for tag in self.formation.lf_columns_tags.get((ACCOUNT, database, table, name), ())
                for value in tag["TagValues"]
            }
            if all(
                any((one["TagKey"], v) in carried for v in one["TagValues"]) for one in expression
            ):
                yield name

    def start(self, asked: Asked, who: str) -> dict[str, Any]:
        group = asked.values["WorkGroup"]
        if group not in self.athena.work_groups:
            raise Refusal("InvalidRequestException", f"WorkGroup {group} is not found.")
        context = asked.values["QueryExecutionContext"]
        number = self.athena.start_query_execution(
            asked.values["QueryString"], context, {}, group, None
        )
        try:
            self.athena.query_results[number] = self.run(
                asked.values["QueryString"], who, asked.key
            )
        except Refusal as refusal:
            self.failed[number] = refusal.words
        return {"QueryExecutionId": number}

    def run(self, sql: str, who: str, key: str) -> QueryResults:
        with duckdb.connect(":memory:", config={"threads": 1}) as session:
            session.execute("CREATE SCHEMA double")
            for number, (place, rows) in enumerate(self.rows.items()):
                database, table = place.split(".")
                seen = self.seen(who, database, table)
                arn = f"arn:aws:glue:{REGION}:{ACCOUNT}:table/{place.replace('.', '/')}"
                data = self.may(key, "lakeformation:GetDataAccess", "*")
                if seen is None or not data or not self.may(key, "glue:GetTable", arn):
                    continue
                make(session, f"double.t{number}", self.columns(database, table), rows)
                listed = ", ".join(f'"{one}"' for one in seen[0])
                session.execute(f'CREATE SCHEMA IF NOT EXISTS "{database}"')
                session.execute(
                    f'CREATE VIEW "{database}"."{table}" AS '
                    f"SELECT {listed} FROM double.t{number} WHERE {seen[1]}"
                )
            return result_of(session, sql)

    def progress(self, asked: Asked, who: str) -> dict[str, Any] | None:
        del who
        number = asked.values["QueryExecutionId"]
        state = {"State": "FAILED", "StateChangeReason": self.failed.get(number, "")}
        if number not in self.failed and self.waits:
            state = {"State": "RUNNING"}
        elif number not in self.failed:
            return None
        return {"QueryExecution": {"QueryExecutionId": number, "Status": state}}

    def update_group(self, asked: Asked, who: str) -> dict[str, Any]:
        del who
        found = self.athena.work_groups[asked.values["WorkGroup"]]
        changes = dict(asked.values["ConfigurationUpdates"])
        managed = changes.pop("ManagedQueryResultsConfigurationUpdates")
        found.configuration |= changes | {"ManagedQueryResultsConfiguration": managed}
        found.state = asked.values.get("State", found.state)
        return {}


def apart(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Grants on columns are held one by one."""
    ((kind, given),) = resource.items()
    catalogue = {} if kind == "DataCellsFilter" else {"CatalogId": ACCOUNT}
    if kind != "TableWithColumns":
        yield {kind: catalogue | given}
        return
    for column in given["ColumnNames"]:
        yield {kind: catalogue | given | {"ColumnNames": [column]}}


def concerns(wanted: dict[str, Any], held: dict[str, Any]) -> bool:
    """Whether a grant is listed for a resource: a table's come with those on its columns."""
    ((kind, asked),), ((of, given),) = wanted.items(), held.items()
    if kind == "Table" and "Name" in asked and of in {"Table", "TableWithColumns"}:
        return all(asked[one] == given.get(one) for one in ("DatabaseName", "Name"))
    if kind != of:
        return False
    keys = set(asked) - {"CatalogId", "TableCatalogId"}
    return all(asked[one] == given.get(one) for one in keys)


def key_of(given: dict[str, Any]) -> str:
    return "/".join(given[one] for one in ("DatabaseName", "TableName", "Name"))


def make(session: Any, name: str, columns: dict[str, str], rows: list[list[Any]]) -> None:
    listed = ", ".join(f'"{one}" {TYPES[kind]}' for one, kind in columns.items())
    session.execute(f"CREATE TABLE {name} ({listed})")
    for row in rows:
        session.execute(f"INSERT INTO {name} VALUES ({', '.join('?' for _ in row)})", row)


def result_of(session: Any, sql: str) -> QueryResults:
    """Run a query, and write what comes back as Athena does: texts, the names first."""
    try:
        done = session.execute(sql)
    except duckdb.CatalogException as error:
        raise Refusal("FAILED", f"TABLE_NOT_FOUND: line 1:1: {error}") from None
    except duckdb.BinderException as error:
        raise Refusal("FAILED", f"COLUMN_NOT_FOUND: line 1:1: {error}") from None
    except duckdb.Error as error:
        raise Refusal("FAILED", f"SYNTAX_ERROR: line 1:1: {error}") from None
    names = [one[0] for one in done.description]
    types = [TOLD[str(one[1])] for one in done.description]
    rows = [names, *done.fetchall()]
    cells = [
        {"Data": [{} if cell is None else {"VarCharValue": str(cell)} for cell in row]}
        for row in rows
    ]
    told = [{"Name": name, "Type": kind} for name, kind in zip(names, types, strict=True)]
    return QueryResults(cells, told)
