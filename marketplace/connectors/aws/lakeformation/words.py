"""The steps of a plan: IAM's, with the calls of Lake Formation, Glue and Athena between them."""

from typing import Final

from marketplace.connectors.aws.config import to_tag
from marketplace.connectors.aws.lakeformation import filters, rights, workgroups
from marketplace.connectors.aws.lakeformation.config import WORK_GROUP, LakeConfig
from marketplace.connectors.aws.statements import (
    AwsWords,
    Call,
    reader_policy,
    tags_of,
    written,
)
from marketplace.connectors.base import Member, Observed, Plan, PortDesired, PortVariant, Principal
from marketplace.connectors.brokers import planning

_MASKED: Final = "Lake Formation masks no values: publish a table that holds what may be seen"
_BLOCKING: Final = {
    "base-missing": "the table does not exist",
    "column-missing": "the table lacks a column",
    "column-hidden": "the whole table is granted, and the port leaves out a column",
    "tag-wide": "the LF-tag of the handle hangs on the whole table or its database",
    "open-to-iam": "IAMAllowedPrincipals stands on the table: whoever IAM lets reads all of it",
    "handle-not-ours": "a policy of the handle's name exists and is not ours",
}


class LakeWords(AwsWords):
    """Writes each step."""

    def __init__(self, config: LakeConfig) -> None:
        super().__init__(config, config.reading)
        self._lake = config

    def role_tags(self, handle: str, principal: Principal) -> dict[str, str]:
        """Add to a role's tags the work group that its policies let it ask in."""
        return tags_of(self._lake, handle) | {WORK_GROUP: self._lake.work_group_of(principal)}

    def publish(self, variant: PortVariant) -> str:
        """Make the reader policy, and what Lake Formation knows of the handle."""
        handle = self._lake.handle_of(variant)
        document = self._lake.reader(variant)
        made = reader_policy(self._lake, handle, variant.digest, document)
        return written(made, *self._handle(handle, variant))

    def _handle(self, handle: str, variant: PortVariant) -> list[Call]:
        database, table = self._lake.place(variant.base_schema, variant.base_table)
        how = self._lake.how(variant)
        if how == "filter":
            return [{"do": "filter", "filter": cells(self._lake, handle, variant)}]
        if how == "tags":
            place = {"database": database, "table": table, "columns": list(variant.columns)}
            return [{"do": "tag", "key": handle, **place}]
        return []

    def join(self, variant: PortVariant, member: Member) -> str:
        """Make the work group, grant the role what the port publishes, attach the policy."""
        names, who = self.names(variant, member.principal), member.principal
        wanted = rights.wanted(self._lake, names.handle, variant)
        return written(
            {
                "do": "workgroup",
                "name": self._lake.work_group_of(who),
                "settings": workgroups.settings(self._lake.scan_limit_mb),
                "tags": {
                    "emporion": self._lake.instance,
                    "emporion:kind": who.kind,
                    "emporion:key": to_tag(who.key),
                },
            },
            self._on_table("grant", variant, names.role)
            | {"entries": rights.entries(self._lake, names.role, wanted)},
            {"do": "attach", "role": names.role, "policy": names.reader},
        )

    def leave(self, variant: PortVariant, principal: Principal) -> str:
        """Revoke all that the role holds here, then delete it and its mark."""
        names = self.names(variant, principal)
        return written(
            self._on_table("ungrant", variant, names.role),
            {"do": "forget", "role": names.role, "mark": names.mark},
        )

    def _on_table(self, verb: str, variant: PortVariant, role: str) -> Call:
        place = {"database": variant.base_schema, "table": variant.base_table}
        return {"do": verb, "role": role, "handle": self._lake.handle_of(variant), **place}

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Work out the least change. Pure."""
        variant = desired.variant
        whole = planning.Whole(_MASKED if variant.masks else "", _BLOCKING)
        return planning.plan(self._lake.handle_of(variant), self, desired, observed, whole)


def cells(config: LakeConfig, handle: str, variant: PortVariant) -> dict[str, object]:
    """Write the data cells filter of a variant: its columns, and which rows."""
    where = rights.filter_key(
        config, *config.place(variant.base_schema, variant.base_table), handle
    )
    return where | {
        "ColumnNames": list(variant.columns),
        "RowFilter": {"FilterExpression": filters.expression(variant.row_filters)},
    }
