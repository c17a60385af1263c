# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""What we send, as pure functions: SQL with every name and value quoted here, and requests.

A step's text is what approvers see, a line for each call: SQL, or `METHOD path {body}`. The one
thing that is not known before is the application ID of a consumer that is not made yet; in its
place stands `<name of its service principal>`.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from marketplace.connectors.base import Ident, Mask, Member, PortVariant, Principal, RowFilter
from marketplace.connectors.databricks.client import PRINCIPALS
from marketplace.connectors.databricks.config import DatabricksConfig
from marketplace.connectors.grants import FilterValue, Scalar

FOR_EVER: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
ENTITLEMENT: Final = "entitlement"
PUBLISHED: Final = "published"
SALT: Final = "salt"
PROBE: Final = "probe"
MY_ACCESS: Final = "my_access"
CATALOG_ROOT: Final = "/api/2.1/unity-catalog"
CANCEL: Final = "CANCEL the running statements of "
_PLAIN: Final = re.compile(r"[ A-Za-z0-9_.,:@/+*=<>()#&!?~^%-]*\Z")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def name(text: str) -> str:
    """Check and quote one identifier."""
    return "`" + Ident(text).replace("`", "``") + "`"


def qualified(*names: str) -> str:
    """Check and quote `catalog.schema.relation`, or a part of it."""
    return ".".join(name(one) for one in names)


def literal(value: FilterValue) -> str:
    """Write one value: the only way a value gets into a statement of ours.

    A backslash is an escape in Databricks' text, so text that holds anything but plain characters
    is written in hexadecimal.
    """
    if value is None:
        return "NULL"
    if isinstance(value, tuple):
        return f"({', '.join(_scalar(one) for one in value)})"
    return _scalar(value)


def _scalar(value: Scalar) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, float):
        return f"{value!r}D"
    if isinstance(value, datetime):
        return f"TIMESTAMP'{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}'"
    if isinstance(value, date):
        return f"DATE'{value:%Y-%m-%d}'"
    if _PLAIN.match(value):
        return f"'{value}'"
    return f"CAST(X'{value.encode().hex().upper()}' AS STRING)"


def micros(moment: datetime | None) -> str:
    """Write a moment as microseconds since 1970: no session's time zone touches it."""
    return str(((moment or FOR_EVER) - _EPOCH) // timedelta(microseconds=1))


def control(config: DatabricksConfig, relation: str) -> str:
    """Name one of our own tables."""
    return qualified(config.catalog, config.control, relation)


def view(config: DatabricksConfig, variant: PortVariant) -> str:
    """Name the published view."""
    return qualified(config.catalog, *config.place_of(variant))


def base(config: DatabricksConfig, variant: PortVariant) -> str:
    """Name the table behind it."""
    return qualified(config.source, variant.base_schema, variant.base_table)


def column_list(variant: PortVariant) -> str:
    """List the published columns, quoted."""
    return ", ".join(name(column) for column in variant.columns)


def _shown(config: DatabricksConfig, mask: Mask | None, column: str) -> str:
    source = f"t.{name(column)}"
    if mask is None:
        return source
    text = f"CAST({source} AS STRING)"
    if mask.how == "hash":
        salt = f"(SELECT max(s.salt) FROM {control(config, SALT)} AS s)"
        masked = f"CASE WHEN {source} IS NOT NULL THEN sha2(concat({salt}, {text}), 256) END"
    elif mask.how == "null":
        masked = f"CASE WHEN FALSE THEN {source} END"  # keeps the type
    else:
        masked = (
            f"CASE WHEN length({text}) > {2 * mask.keep:d}"
            f" THEN concat('****', right({text}, {mask.keep:d}))"
            f" WHEN {source} IS NOT NULL THEN '****' END"
        )
    return f"{masked} AS {name(column)}"


def condition(one: RowFilter) -> str:
    """Write one row filter on the alias `t`; text is compared by its bytes, whatever collation."""
    column = f"t.{name(one.column)}"
    if one.value is None:
        return f"{column} {one.op.upper()}"
    values = one.value if isinstance(one.value, tuple) else (one.value,)
    if any(isinstance(value, str) for value in values):
        column = f"{column} COLLATE UTF8_BINARY"
    return f"{column} {one.op.upper()} {literal(one.value)}"


def may_read(config: DatabricksConfig) -> str:
    """Write the condition on the alias `e`: the entitlement stands now, for who is asking.

    Groups are written out, because `is_account_group_member` wants a text and no column.
    """
    whens = " ".join(
        f"WHEN '{one}' THEN is_account_group_member('{one}')" for one in config.all_groups
    )
    people = f" OR CASE e.people {whens} ELSE FALSE END" if whens else ""
    return (
        f"e.ends_at > unix_micros(current_timestamp()) AND (e.application = session_user(){people})"
    )


def select(config: DatabricksConfig, variant: PortVariant) -> str:
    """Write the query behind a published view; the entitlement is asked once per statement."""
    entitled = (
        f"EXISTS (SELECT 1 FROM {control(config, ENTITLEMENT)} AS e"
        f" WHERE e.handle = '{config.handle_of(variant)}' AND {may_read(config)})"
    )
    return _restricted(config, variant, entitled)


def select_base(config: DatabricksConfig, variant: PortVariant) -> str:
    """Write what a variant shows of its base table, for those who may read the table itself."""
    return _restricted(config, variant, "TRUE")


def _restricted(config: DatabricksConfig, variant: PortVariant, *conditions: str) -> str:
    shown = ", ".join(_shown(config, variant.mask_of(one), one) for one in variant.columns)
    where = " AND ".join([*conditions, *(condition(one) for one in variant.row_filters)])
    return f"SELECT {shown} FROM {base(config, variant)} AS t WHERE {where}"


def fingerprint(query: str) -> str:
    """What a query says, whatever its spaces: 64 hexadecimal characters."""
    return hashlib.sha256(" ".join(query.split()).encode()).hexdigest()


def create_handle(config: DatabricksConfig, variant: PortVariant) -> str:
    """Write down that this handle is ours, unless it stands there."""
    row = _registered(config, variant, "")
    return _merge(control(config, PUBLISHED), ("handle",), row, changes=False)


def publish(config: DatabricksConfig, variant: PortVariant, old: tuple[str, ...]) -> str:
    """Make or replace the published view.

    Each statement stands by itself, so they are ordered for a crash: what is about to be made is
    registered first; views of this handle elsewhere (`old`, quoted) go before the new one comes.
    ALTER VIEW replaces the text in one moment and keeps the grants; CREATE OR REPLACE drops them.
    """
    place, query = view(config, variant), select(config, variant)
    mark = config.mark_of(variant.port_id, variant.variant) + variant.digest
    return ";\n".join(
        (
            _merge(
                control(config, PUBLISHED),
                ("handle",),
                _registered(config, variant, fingerprint(query)),
            ),
            f"CREATE SCHEMA IF NOT EXISTS {qualified(config.catalog, config.place_of(variant)[0])}",
            *(f"DROP VIEW IF EXISTS {one}" for one in old),
            f"CREATE VIEW IF NOT EXISTS {place} COMMENT '{mark}' AS {query}",
            f"ALTER VIEW {place} AS {query}",
        )
    )


def _registered(config: DatabricksConfig, variant: PortVariant, definition: str) -> dict[str, str]:
    schema, relation = config.place_of(variant)
    mark = config.mark_of(variant.port_id, variant.variant) + variant.digest
    return {
        "handle": f"'{config.handle_of(variant)}'",
        "mark": literal(mark),
        "schema_name": literal(schema),
        "relation_name": literal(relation),
        "definition": literal(definition),
    }


def unpublish(config: DatabricksConfig, variant: PortVariant) -> str:
    """Take the published view away."""
    return f"DROP VIEW IF EXISTS {view(config, variant)}"


def _merge(table: str, keys: Sequence[str], row: dict[str, str], *, changes: bool = True) -> str:
    """Write a row that is made or changed: the same statement can be run again."""
    given = ", ".join(f"{value} AS {column}" for column, value in row.items())
    sets = ", ".join(f"{one} = given.{one}" for one in row if one not in keys)
    matched = f"WHEN MATCHED THEN UPDATE SET {sets}\n" if changes else ""
    return (
        f"MERGE INTO {table} AS kept USING (SELECT {given}) AS given\n"
        f"ON {' AND '.join(f'kept.{one} = given.{one}' for one in keys)}\n{matched}"
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(row)})"
        f" VALUES ({', '.join(f'given.{one}' for one in row)})"
    )


def parts(step: str) -> tuple[str, ...]:
    """Take a step's text apart again. No value or name of ours holds a line break."""
    return tuple(step.split(";\n"))


def request(method: str, path: str, body: dict[str, Any]) -> str:
    """Write one request as a line."""
    return f"{method} {path} {json.dumps(body, separators=(',', ':'))}"


def permissions(kind: str, *names: str) -> str:
    """The path of the grants on a securable (`catalog`, `schema` or `table`)."""
    return f"{CATALOG_ROOT}/permissions/{kind}/{quote('.'.join(names), safe='')}"


def create_login(config: DatabricksConfig, principal: Principal) -> str:
    """Make a consumer's service principal, unless it stands. It may do nothing yet."""
    body = {
        "displayName": config.login_of(principal),
        "externalId": config.mark_of_consumer(principal),
        "active": True,
        "entitlements": [{"value": "databricks-sql-access"}],
    }
    return request("POST", PRINCIPALS, body)


def _everyone(config: DatabricksConfig, principal: Principal) -> tuple[str, ...]:
    group = config.group_of(principal)
    return (f"<{config.login_of(principal)}>", *([group] if group else []))


def _changed(
    config: DatabricksConfig, principal: Principal, where: str, what: str, privilege: str
) -> str:
    changes = [{"principal": one, what: [privilege]} for one in _everyone(config, principal)]
    return request("PATCH", where, {"changes": changes})


def join(config: DatabricksConfig, variant: PortVariant, principal: Principal) -> str:
    """Let a consumer reach the schema and read the view; SELECT comes last, and on it alone."""
    catalog, (schema, relation) = config.catalog, config.place_of(variant)
    mine = (catalog, config.control, MY_ACCESS)
    lines = [
        _changed(config, principal, where, "add", privilege)
        for where, privilege in (
            (permissions("catalog", catalog), "USE_CATALOG"),
            (permissions("schema", catalog, config.control), "USE_SCHEMA"),
            (permissions("table", *mine), "SELECT"),
            (permissions("schema", catalog, schema), "USE_SCHEMA"),
            (permissions("table", catalog, schema, relation), "SELECT"),
        )
    ]
    warehouse = config.warehouse_of(principal)
    may_use = {"service_principal_name": f"<{config.login_of(principal)}>"}
    body = {"access_control_list": [may_use | {"permission_level": "CAN_USE"}]}
    return ";\n".join(
        (request("PATCH", f"/api/2.0/permissions/warehouses/{warehouse}", body), *lines)
    )


def leave(config: DatabricksConfig, variant: PortVariant, principal: Principal) -> str:
    """Take the right to read the view; what is left opens nothing."""
    where = permissions("table", config.catalog, *config.place_of(variant))
    return _changed(config, principal, where, "remove", "SELECT")


def entitle(config: DatabricksConfig, variant: PortVariant, member: Member) -> str:
    """Say until when a member may read."""
    row = {
        "handle": f"'{config.handle_of(variant)}'",
        "consumer": f"'{config.login_of(member.principal)}'",
        "application": f"'<{config.login_of(member.principal)}>'",
        "people": literal(config.group_of(member.principal)),
        "kind": literal(member.principal.kind),
        "principal": literal(member.principal.key),
        "agreement": literal(member.agreement_id),
        "ends_at": micros(member.valid_until),
    }
    return _merge(control(config, ENTITLEMENT), ("handle", "consumer"), row)


def disentitle(config: DatabricksConfig, variant: PortVariant, principal: Principal) -> str:
    """Take the entitlement away: from the next statement on the member reads no row."""
    return (
        f"DELETE FROM {control(config, ENTITLEMENT)}"
        f" WHERE handle = '{config.handle_of(variant)}'"
        f" AND consumer = '{config.login_of(principal)}'"
    )


def end_sessions(config: DatabricksConfig, principal: Principal) -> str:
    """Cancel what a consumer's service principal is running."""
    return f"{CANCEL}<{config.login_of(principal)}>"
