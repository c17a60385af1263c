"""Which part of the catalogue, how it is granted, and what may be asked of AWS to read it."""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from marketplace.connectors.aws import documents
from marketplace.connectors.aws.config import AwsConfig
from marketplace.connectors.aws.documents import Document
from marketplace.connectors.aws.statements import Reading
from marketplace.connectors.base import BadIdentifier, Ident, Permanent, PortVariant, Principal
from marketplace.connectors.identifiers import role_name
from marketplace.connectors.labels import gettext_noop

GLUE: Final = ("glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable")
ATHENA: Final = (
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetQueryResultsStream",
    "athena:GetWorkGroup",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
)
ACTIONS: Final = ("lakeformation:GetDataAccess", *GLUE, *ATHENA)
CONTROL: Final = "emporion_control"
"""A database that nobody is promised; it need not exist: IAM refuses before Glue looks."""
WORK_GROUP: Final = "emporion-workgroup"
"""The tag of a role that names the one work group it may ask in."""
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}\Z")
_LEAST_MB: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeConfig(AwsConfig):
    """Tables of some Glue databases, in one account and region."""

    databases: tuple[str, ...] = field(
        metadata={"help": gettext_noop("The Glue databases whose tables may become ports.")}
    )
    grants: Literal["columns", "table", "tags"] = field(
        default="columns",
        metadata={
            "help": gettext_noop(
                "How a port without a row filter is granted: its columns by name, "
                "the whole table, or an LF-tag of its own on its columns."
            )
        },
    )
    scan_limit_mb: int = field(
        default=10_000,
        metadata={"help": gettext_noop("The most that one query of a consumer may scan.")},
    )

    def __post_init__(self) -> None:
        AwsConfig.__post_init__(self)
        object.__setattr__(self, "databases", tuple(self.databases))
        if not self.databases or not all(_NAME.match(one) for one in self.databases):
            raise ValueError("databases must be names of Glue databases, at least one")
        if CONTROL in self.databases:
            raise ValueError(f"the database {CONTROL} must not be among the databases")
        if self.grants not in {"columns", "table", "tags"}:
            raise ValueError("grants must be columns, table or tags")
        if self.scan_limit_mb < _LEAST_MB:
            raise ValueError(f"scan_limit_mb must be {_LEAST_MB} or more, as Athena says")

    def place(self, schema: str, table: str) -> tuple[str, str]:
        """Check a base relation. Raises BadIdentifier, and Permanent for another database."""
        for one in (schema, table):
            Ident(one)
            if not _NAME.match(one):
                raise BadIdentifier(f"{one!r} cannot be a name in Glue that Athena reads")
        if schema not in self.databases:
            raise Permanent(f"the database {schema} is none of this connection's")
        return schema, table

    def work_group_of(self, principal: Principal) -> str:
        """Name the work group in which a consumer's queries run, and are paid."""
        return role_name(self.env, "w", principal.kind, principal.key)

    def arn(self, service: str, what: str) -> str:
        """Give the ARN of something in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{what}"

    def glue_arns(self, database: str, table: str) -> tuple[str, str, str]:
        """Name what IAM asks about for one table: the catalogue, the database, the table."""
        return (
            self.arn("glue", "catalog"),
            self.arn("glue", f"database/{database}"),
            self.arn("glue", f"table/{database}/{table}"),
        )

    def how(self, variant: PortVariant) -> Literal["columns", "table", "tags", "filter"]:
        """Choose how a variant is granted: restricted rows need a data cells filter."""
        return "filter" if variant.row_filters else self.grants

    def reader(self, variant: PortVariant) -> Document:
        """Write what a variant lets read, as IAM sees it; Lake Formation narrows it further."""
        return self.reads(*self.place(variant.base_schema, variant.base_table))

    def reads(self, database: str, table: str) -> Document:
        """Let one table be read, in the work group that the role's own tag names."""
        return self._reads(self.glue_arns(database, table))

    def reads_all(self) -> Document:
        """Let all tables of the connection's databases be read."""
        arns = {arn for one in self.databases for arn in self.glue_arns(one, "*")}
        return self._reads(tuple(sorted(arns)))

    def _reads(self, arns: tuple[str, ...]) -> Document:
        own = self.arn("athena", f"workgroup/${{aws:PrincipalTag/{WORK_GROUP}}}")
        return documents.policy(
            documents.allow("Data", ("lakeformation:GetDataAccess",), ("*",)),
            documents.allow("Read", GLUE, arns),
            documents.allow("Ask", ATHENA, (own,)),
        )

    @property
    def reading(self) -> Reading:
        """What consumers of this catalogue may do."""
        return Reading(ACTIONS, self.reader)
