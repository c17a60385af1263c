"""A data lake for a test, with flight delays in it, and its administrator."""

from typing import Any

from marketplace.connectors.aws.lakeformation import LakeConfig, LakeFormationConnector
from marketplace.connectors.base import PortVariant, Principal
from tests.connectors.aws.asking import ACCOUNT, REGION
from tests.connectors.aws.server import OWN, AwsLevers
from tests.connectors.contract import ROWS

GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}"
COLUMNS = [("id", "int"), ("carrier", "string"), ("minutes", "int"), ("note", "string")]
TAGGING = [
    "lakeformation:AddLFTagsToResource",
    "lakeformation:CreateLFTag",
    "lakeformation:GetResourceLFTags",
    "lakeformation:RemoveLFTagsFromResource",
]


class LakeLevers(AwsLevers):
    kind = "lakeformation"
    narrowings = 2
    keeping_calls = ("lakeformation:BatchRevokePermissions", *AwsLevers.keeping_calls)
    more = [
        {
            "Effect": "Allow",
            "Action": ["glue:GetTable", "glue:GetTables"],
            "Resource": [f"{GLUE}:catalog", f"{GLUE}:database/raw", f"{GLUE}:table/raw/*"],
        },
        {
            "Effect": "Allow",
            "Action": [
                "lakeformation:BatchGrantPermissions",
                "lakeformation:BatchRevokePermissions",
                "lakeformation:CreateDataCellsFilter",
                "lakeformation:GetDataCellsFilter",
                "lakeformation:GetDataLakeSettings",
                "lakeformation:GetLFTag",
                "lakeformation:ListPermissions",
                "lakeformation:UpdateDataCellsFilter",
                *TAGGING,
            ],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": [
                "athena:CreateWorkGroup",
                "athena:GetWorkGroup",
                "athena:ListTagsForResource",
                "athena:TagResource",
                "athena:UpdateWorkGroup",
            ],
            "Resource": f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/mp_*",
        },
    ]
    boundary = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["lakeformation:GetDataAccess", "glue:Get*", "athena:*"],
                "Resource": "*",
            }
        ],
    }

    def __init__(self, double: Any) -> None:
        super().__init__(double)
        self.batches()

    def furnish(self) -> None:
        self.dba("create_database", "glue", DatabaseInput={"Name": "raw"})
        for name in ("delays", "delays-hr"):
            self.table(name, COLUMNS)
        self.double.lever("rows", {"raw.delays": ROWS, "raw.delays-hr": ROWS})
        me = f"{OWN}:user/emporion"
        self.gives(me, {"Database": {"Name": "raw"}}, "DESCRIBE")
        every = {"Table": {"DatabaseName": "raw", "TableWildcard": {}}}
        self.gives(me, every, "SELECT")

    def table(self, name: str, columns: list[tuple[str, str]]) -> None:
        listed = [{"Name": one, "Type": kind} for one, kind in columns]
        made = {"Name": name, "StorageDescriptor": {"Columns": listed}, "Description": "Delays"}
        self.dba("create_table", "glue", DatabaseName="raw", TableInput=made)

    def gives(self, who: str, resource: dict[str, Any], permission: str) -> None:
        """Grant something in Lake Formation, with the option to give it on to the provisioner."""
        entry: dict[str, Any] = {
            "Id": "0",
            "Principal": {"DataLakePrincipalIdentifier": who},
            "Resource": resource,
            "Permissions": [permission],
        }
        if who.endswith("user/emporion"):
            entry["PermissionsWithGrantOption"] = [permission]
        told = self.dba("batch_grant_permissions", "lakeformation", Entries=[entry])
        assert told["Failures"] == []

    def configured(self, **changes: Any) -> LakeConfig:
        return LakeConfig(**self.facts() | {"databases": ("raw",)} | changes)

    def by_tags(self) -> LakeFormationConnector:
        """A connector that grants by LF-tags, which the provisioner may make."""
        self.gives(f"{OWN}:user/emporion", {"Catalog": {}}, "CREATE_LF_TAG")
        return self.connected(self.configured(grants="tags"))

    def connected(self, config: LakeConfig) -> LakeFormationConnector:
        return LakeFormationConnector(config)

    # --- the Platform of the contract, where it is another than for IAM alone ------------------

    def fingerprint(self) -> object:
        return super().fingerprint(), self.double.lever("lake")

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        """Revoke what makes a member read, in Lake Formation."""
        role = self.names(principal).role
        where = {"TableCatalogId": ACCOUNT, "DatabaseName": "raw", "TableName": "delays"}
        entry = {
            "Id": "0",
            "Principal": {"DataLakePrincipalIdentifier": role},
            "Resource": {"DataCellsFilter": where | {"Name": variant.handle("test")}},
            "Permissions": ["SELECT"],
        }
        told = self.dba("batch_revoke_permissions", "lakeformation", Entries=[entry])
        assert told["Failures"] == []

    def alters_view(self, variant: PortVariant) -> None:
        """Open the handle's filter to all rows."""
        where = {"TableCatalogId": ACCOUNT, "DatabaseName": "raw", "TableName": "delays"}
        wide = {"ColumnNames": [name for name, _ in COLUMNS]}
        rows = {"RowFilter": {"FilterExpression": "true"}}
        data = where | {"Name": variant.handle("test")} | wide | rows
        self.dba("update_data_cells_filter", "lakeformation", TableData=data)

    def lets_in(self, variant: PortVariant) -> str:
        bob = f"{OWN}:user/bob"
        self.gives(bob, {"Table": {"DatabaseName": "raw", "Name": "delays"}}, "SELECT")
        return "bob"

    def lies(self) -> None:
        self.double.lever("lies", ["lakeformation:BatchGrantPermissions"])

    # --- batches that fail in part --------------------------------------------------------------

    def refuses_part(self, code: str, times: int) -> None:
        self.double.lever("part", {"code": code, "times": times})

    def passing(self) -> str:
        return "ConcurrentModificationException"

    def lasting(self) -> str:
        return "AccessDeniedException"

    def batches(self) -> list[list[str]]:
        """What each batch since the last question was made of."""
        found: list[list[str]] = self.double.lever("batches")
        return found
