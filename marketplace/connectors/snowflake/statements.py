# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""The SQL we write, as pure functions: every name is checked and quoted here, every value too."""

import hashlib
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from marketplace.connectors.base import Ident, Mask, Member, PortVariant, Principal, RowFilter
from marketplace.connectors.grants import FilterValue, Scalar
from marketplace.connectors.snowflake.config import SnowflakeConfig, public_key_of

FOR_EVER: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
ENTITLEMENT: Final = "ENTITLEMENT"
PUBLISHED: Final = "PUBLISHED"
SALT: Final = "SALT"
PROBE: Final = "PROBE"
MY_ACCESS: Final = "MY_ACCESS"
CONSUMERS: Final = "EMPORION_CONSUMERS"
"""The database role that every consumer has: it may ask what it is entitled to."""

# No quote, no backslash, no line break: it means the same in every session.
_PLAIN: Final = re.compile(r"[ A-Za-z0-9_.,:@/+*=<>()#&!?~^%-]*\Z")
POLICY_TYPES: Final = frozenset(
    {"NUMBER", "FLOAT", "TEXT", "BOOLEAN", "DATE", "TIME", "BINARY"}
    | {"TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"}
)


def name(text: str) -> str:
    """Check and quote one identifier."""
    return '"' + Ident(text).replace('"', '""') + '"'


def qualified(*names: str) -> str:
    """Check and quote `database.schema.relation`, or a part of it."""
    return ".".join(name(one) for one in names)


def literal(value: FilterValue) -> str:
    """Write one value: the only way a value gets into a statement of ours.

    A backslash is an escape in Snowflake's text, so text that holds anything but plain characters
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
        return f"{value!r}::FLOAT"
    if isinstance(value, datetime):
        return f"'{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'::TIMESTAMP_NTZ"
    if isinstance(value, date):
        return f"'{value:%Y-%m-%d}'::DATE"
    if _PLAIN.match(value):
        return f"'{value}'"
    return f"HEX_DECODE_STRING('{value.encode().hex().upper()}')"


def text(value: str) -> str:
    """Write one text where Snowflake takes no expression: a comment, a LIKE of SHOW."""
    if not _PLAIN.match(value):
        raise ValueError(f"{value!r} does not fit into a comment")
    return f"'{value}'"


def like(value: str) -> str:
    """Write the pattern of SHOW that fits this name; it ignores case, so look again."""
    if value.isascii():
        escaped = re.sub(r"([_%\\])", r"\\\\\1", Ident(value))
        return f"'{escaped}'"
    return "'%'"


def control(config: SnowflakeConfig, relation: str) -> str:
    """Name one of our own tables."""
    return qualified(config.database, config.control, relation)


def view(config: SnowflakeConfig, variant: PortVariant) -> str:
    """Name the published view."""
    return qualified(config.database, variant.relation_schema, variant.relation_name)


def base(config: SnowflakeConfig, variant: PortVariant) -> str:
    """Name the table behind it."""
    return qualified(config.source, variant.base_schema, variant.base_table)


def column_list(variant: PortVariant) -> str:
    """List the published columns, quoted."""
    return ", ".join(name(column) for column in variant.columns)


def handle(config: SnowflakeConfig, variant: PortVariant) -> str:
    """Name the database role of a variant."""
    return qualified(config.database, config.handle_of(variant))


def _shown(config: SnowflakeConfig, mask: Mask | None, column: str) -> str:
    source = f"t.{name(column)}"
    if mask is None:
        return source
    as_text = f"TO_VARCHAR({source})"
    if mask.how == "hash":
        salt = f"(SELECT s.SALT FROM {control(config, SALT)} AS s)"
        masked = f"SHA2({salt} || {as_text}, 256)"
    elif mask.how == "null":
        masked = f"CASE WHEN FALSE THEN {source} END"  # keeps the type
    else:
        masked = (
            f"CASE WHEN LENGTH({as_text}) > {2 * mask.keep:d}"
            f" THEN '****' || RIGHT({as_text}, {mask.keep:d})"
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
        column = f"COLLATE({column}, 'utf8')"
    return f"{column} {one.op.upper()} {literal(one.value)}"


def select_base(config: SnowflakeConfig, variant: PortVariant) -> str:
    """Write what a variant shows of its base table."""
    shown = ", ".join(_shown(config, variant.mask_of(column), column) for column in variant.columns)
    where = " AND ".join(condition(one) for one in variant.row_filters)
    query = f"SELECT {shown} FROM {base(config, variant)} AS t"
    return f"{query} WHERE {where}" if where else query


def fingerprint(query: str) -> str:
    """What a query says, whatever its spaces: 64 hexadecimal characters."""
    return hashlib.sha256(" ".join(query.split()).encode()).hexdigest()


def policy_name(config: SnowflakeConfig, variant: PortVariant, kind: str) -> str:
    """Name the row access policy of a handle on a column of this type."""
    return f"{config.handle_of(variant)}_{kind}"


def policy_body(config: SnowflakeConfig, variant: PortVariant) -> str:
    """Write what the policy asks: who may read now. SYSDATE is UTC and no session can set it."""
    return (
        f"EXISTS (SELECT 1 FROM {control(config, ENTITLEMENT)} AS e"
        f" WHERE e.HANDLE = {text(config.handle_of(variant))} AND e.EXPIRES_AT > SYSDATE()"
        " AND IS_ROLE_IN_SESSION(e.CONSUMER))"
    )


def create_handle(config: SnowflakeConfig, variant: PortVariant) -> str:
    """Make the database role, unless it stands."""
    mark = config.mark_of(variant.port_id, variant.variant) + variant.digest
    return f"CREATE DATABASE ROLE IF NOT EXISTS {handle(config, variant)} COMMENT = {text(mark)}"


def publish(
    config: SnowflakeConfig, variant: PortVariant, anchor: tuple[str, str], old: tuple[str, ...]
) -> str:
    """Make or replace the published view, with the handle's right to read it.

    `anchor` is the column the policy is put on, and its type. Snowflake commits after each
    statement, so they are ordered for a crash: what is about to be made is registered first; views
    of this handle elsewhere (`old`, quoted) go before the new one comes; view, policy and grants
    change in one statement, and nobody ever sees the view without its policy.
    """
    column, kind = anchor
    schema = qualified(config.database, variant.relation_schema)
    policy = control(config, policy_name(config, variant, kind))
    body, mark = policy_body(config, variant), config.mark_of(variant.port_id, variant.variant)
    return ";\n".join(
        (
            _register(config, variant, mark + variant.digest),
            f"CREATE SCHEMA IF NOT EXISTS {schema} WITH MANAGED ACCESS",
            (
                f"CREATE ROW ACCESS POLICY IF NOT EXISTS {policy}"
                f" AS (SHOWN {kind}) RETURNS BOOLEAN -> {body}"
            ),
            f"ALTER ROW ACCESS POLICY {policy} SET BODY -> {body}",
            *(f"DROP VIEW IF EXISTS {one}" for one in old),
            (
                f"CREATE OR REPLACE SECURE VIEW {view(config, variant)}\n  COPY GRANTS\n"
                f"  COMMENT = {text(mark + variant.digest)}\n"
                f"  ROW ACCESS POLICY {policy} ON ({name(column)})\n"
                f"AS\n{select_base(config, variant)}"
            ),
            grant_reading(config, variant),
        )
    )


def unpublish(config: SnowflakeConfig, variant: PortVariant) -> str:
    """Take the published view away."""
    return f"DROP VIEW IF EXISTS {view(config, variant)}"


def grant_reading(config: SnowflakeConfig, variant: PortVariant) -> str:
    """Let the handle read the view, and nothing else."""
    to = f"TO DATABASE ROLE {handle(config, variant)}"
    schema = qualified(config.database, variant.relation_schema)
    return (
        f"GRANT USAGE ON SCHEMA {schema} {to};\nGRANT SELECT ON VIEW {view(config, variant)} {to}"
    )


def _register(config: SnowflakeConfig, variant: PortVariant, mark: str) -> str:
    keys = {"HANDLE": text(config.handle_of(variant))}
    values = {
        "MARK": text(mark),
        "SCHEMA_NAME": literal(variant.relation_schema),
        "RELATION_NAME": literal(variant.relation_name),
        "DEFINITION": text(fingerprint(select_base(config, variant))),
    }
    return _merge(control(config, PUBLISHED), keys, values)


def _merge(table: str, keys: dict[str, str], values: dict[str, str]) -> str:
    """Write a row that is made or changed: the same statement can be run again."""
    row = keys | values
    given = ", ".join(f"{value} AS {column}" for column, value in row.items())
    return (
        f"MERGE INTO {table} AS kept USING (SELECT {given}) AS given\n"
        f"ON {' AND '.join(f'kept.{one} = given.{one}' for one in keys)}\n"
        f"WHEN MATCHED THEN UPDATE SET {', '.join(f'{one} = given.{one}' for one in values)}\n"
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(row)})"
        f" VALUES ({', '.join(f'given.{one}' for one in row)})"
    )


def parts(step: str) -> tuple[str, ...]:
    """Take a step's text apart again. No value or name of ours holds a line break."""
    return tuple(step.split(";\n"))


def create_login(config: SnowflakeConfig, principal: Principal) -> str:
    """Make a consumer's role and its service user, unless they stand.

    On a role of that name that is not ours the grants that follow are refused.
    """
    login, mark = name(config.login_of(principal)), text(config.mark_of_consumer(principal))
    warehouse, theirs = config.warehouse_of(principal), config.role_of(principal)
    default = f" DEFAULT_WAREHOUSE = {name(warehouse)}" if warehouse else ""
    lines = [
        f"CREATE ROLE IF NOT EXISTS {login} COMMENT = {mark}",
        (
            f"CREATE USER IF NOT EXISTS {login} TYPE = SERVICE DEFAULT_ROLE = {login}{default}"
            f" DEFAULT_SECONDARY_ROLES = () COMMENT = {mark}"
        ),
        set_key(config, config.login_of(principal)),
        f"GRANT ROLE {login} TO USER {login}",
        f"GRANT DATABASE ROLE {qualified(config.database, CONSUMERS)} TO ROLE {login}",
    ]
    if warehouse:
        lines.append(f"GRANT USAGE ON WAREHOUSE {name(warehouse)} TO ROLE {login}")
    if theirs:
        lines.append(f"GRANT ROLE {login} TO ROLE {name(theirs)}")
    return ";\n".join(lines)


def set_key(config: SnowflakeConfig, login: str) -> str:
    """Let our key in as this user; also after the key was changed."""
    key = public_key_of(config.private_key)
    return f"ALTER USER {name(login)} SET RSA_PUBLIC_KEY = '{key}'"


def join(config: SnowflakeConfig, variant: PortVariant, principal: Principal) -> str:
    """Make a consumer a member of the handle."""
    login = name(config.login_of(principal))
    return f"GRANT DATABASE ROLE {handle(config, variant)} TO ROLE {login}"


def leave(config: SnowflakeConfig, variant: PortVariant, principal: Principal) -> str:
    """End a membership."""
    login = name(config.login_of(principal))
    return f"REVOKE DATABASE ROLE {handle(config, variant)} FROM ROLE {login}"


def entitle(config: SnowflakeConfig, variant: PortVariant, member: Member) -> str:
    """Say until when a member may read."""
    keys = {
        "HANDLE": text(config.handle_of(variant)),
        "CONSUMER": text(config.login_of(member.principal)),
    }
    values = {
        "KIND": text(member.principal.kind),
        "PRINCIPAL": literal(member.principal.key),
        "AGREEMENT": literal(member.agreement_id),
        "EXPIRES_AT": literal(member.valid_until or FOR_EVER),
    }
    return _merge(control(config, ENTITLEMENT), keys, values)


def disentitle(config: SnowflakeConfig, variant: PortVariant, principal: Principal) -> str:
    """Take the entitlement away: from the next statement on the member reads no row."""
    return (
        f"DELETE FROM {control(config, ENTITLEMENT)}"
        f" WHERE HANDLE = {text(config.handle_of(variant))}"
        f" AND CONSUMER = {text(config.login_of(principal))}"
    )


def end_sessions(config: SnowflakeConfig, principal: Principal) -> str:
    """Stop the running and waiting statements of a consumer's user."""
    return f"ALTER USER IF EXISTS {name(config.login_of(principal))} ABORT ALL QUERIES"
