"""Tables for their owners: what Glue says of them, and some rows by the role for previews."""

import time

from marketplace.connectors.aws import previewing
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.lakeformation import athena, probing, state
from marketplace.connectors.aws.lakeformation.config import LakeConfig
from marketplace.connectors.aws.statements import Names
from marketplace.connectors.base import (
    ColumnInfo,
    ColumnProfile,
    Limits,
    NeedsHuman,
    Permanent,
    PortVariant,
    Rows,
    Schema,
)
from marketplace.connectors.brokers import messages

_TIMEOUT_MS = 60_000


def describe(aws: Aws, config: LakeConfig, schema: str, name: str) -> Schema:
    """Read a table's columns from Glue, partition columns last. Raises Permanent without one."""
    table = state.table(aws, *config.place(schema, name))
    if table is None:
        raise Permanent(f"there is no table {schema}.{name}")
    columns = tuple(
        ColumnInfo(
            one.name,
            one.type,
            nullable=True,
            primary_key=False,
            comment=table.comments.get(one.name, ""),
        )
        for one in table.columns
    )
    return Schema(schema, name, table.kind, columns, table.comment, None)


def relations(aws: Aws, config: LakeConfig, schema: str) -> tuple[str, ...]:
    """List the tables of one of the connection's databases; none of another."""
    if schema not in config.databases:
        return ()
    asked = {"DatabaseName": schema}
    return tuple(sorted(one["Name"] for one in aws.all("glue", "get_tables", "TableList", asked)))


def sample(
    aws: Aws, config: LakeConfig, preview: Names, target: PortVariant | tuple[str, str], limit: int
) -> Rows:
    """Read the first rows of a variant's columns, or of all columns of a table."""
    schema, name = base_of(target)
    place = config.place(schema, name)
    columns = (
        target.columns
        if isinstance(target, PortVariant)
        else tuple(one.name for one in describe(aws, config, schema, name).columns)
    )
    session = previewing.session(aws, preview, config.reads(*place))
    variant = PortVariant("preview", "", "preview", name, schema, name, columns)
    sql = f"{probing.select(variant, columns)} LIMIT {limit + 1}"
    began, limits = time.perf_counter(), Limits(rows=limit, timeout_ms=_TIMEOUT_MS)
    try:
        found = athena.run(session, group_of(preview), schema, sql, limits)
    except athena.Failed as failed:
        raise NeedsHuman(f"the role for previews was not let: {failed.words}") from None
    elapsed = (time.perf_counter() - began) * 1000
    return Rows(found.columns, found.rows, found.truncated, elapsed)


def profile(
    aws: Aws, config: LakeConfig, preview: Names, target: PortVariant | tuple[str, str], limit: int
) -> tuple[ColumnProfile, ...]:
    """Profile the first rows."""
    return messages.profile(sample(aws, config, preview, target, limit))


def group_of(preview: Names) -> str:
    """Name the work group of previews."""
    return f"{preview.login.removesuffix('_c')}_w"


def base_of(target: PortVariant | tuple[str, str]) -> tuple[str, str]:
    """Give the base relation of a target."""
    if isinstance(target, PortVariant):
        return target.base_schema, target.base_table
    return target
