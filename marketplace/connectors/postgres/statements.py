# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""The SQL we write, as pure functions: every name is checked and quoted here, every value too."""

from datetime import datetime
from typing import Final

from psycopg import sql

from marketplace.connectors.base import (
    BadIdentifier,
    Ident,
    Mask,
    Member,
    PortVariant,
    Principal,
    RowFilter,
)
from marketplace.connectors.grants import FilterValue
from marketplace.connectors.postgres.config import ENTITLEMENTS, PostgresConfig

HIDDEN_PASSWORD: Final = "'<derived, never shown>'"  # noqa: S105 - stands where it is put in
BEFORE_16: Final = "before 16"
"""What `Observed.server` says of a server whose memberships have no options."""
NOT_OURS: Final = "MP001"
"""SQLSTATE that our own blocks raise when an object of that name is not ours."""


def name(text: str) -> str:
    """Check and quote one identifier."""
    return '"' + Ident(text).replace('"', '""') + '"'


def qualified(schema: str, relation: str) -> str:
    """Check and quote `schema.relation`."""
    return f"{name(schema)}.{name(relation)}"


def literal(value: FilterValue) -> str:
    """Quote one value. The only way a value gets into a statement of ours."""
    return sql.Literal(value).as_string(None)


def view(variant: PortVariant) -> str:
    """Name the published view."""
    return qualified(variant.relation_schema, variant.relation_name)


def base(variant: PortVariant) -> str:
    """Name the table behind it."""
    return qualified(variant.base_schema, variant.base_table)


def column_list(variant: PortVariant) -> str:
    """List the published columns, quoted."""
    return ", ".join(name(column) for column in variant.columns)


def shown(variant: PortVariant) -> str:
    """List what the view shows of the alias `t`: a column, or its mask under the same name."""
    return ", ".join(_shown(variant.mask_of(column), column) for column in variant.columns)


def _shown(mask: Mask | None, column: str) -> str:
    source, text = f"t.{name(column)}", f"t.{name(column)}::text"
    if mask is None:
        return source
    if mask.how == "hash":
        salt = f"(SELECT s.salt FROM {ENTITLEMENTS}.salt AS s)"
        masked = f"encode(sha256(convert_to({salt} || {text}, 'UTF8')), 'hex')"
    elif mask.how == "null":
        masked = f"CASE WHEN false THEN {source} END"  # keeps the type
    else:
        masked = (
            f"CASE WHEN char_length({text}) > {2 * mask.keep:d}"
            f" THEN '****' || right({text}, {mask.keep:d})"
            f" WHEN {source} IS NOT NULL THEN '****' END"
        )
    return f"{masked} AS {name(column)}"


def condition(one: RowFilter) -> str:
    """Write one row filter as SQL on the alias `t`."""
    column = f"t.{name(one.column)}"
    if isinstance(one.value, tuple):
        return f"{column} {one.op.upper()} ({', '.join(literal(value) for value in one.value)})"
    if one.value is None:
        return f"{column} {one.op.upper()}"
    return f"{column} {one.op} {literal(one.value)}"


def select(variant: PortVariant, handle: str) -> str:
    """Write the query behind a published view.

    The entitlement is asked once per statement (an InitPlan), whatever the size of the table. It
    refers to the login by its number, so a login made again under the same name has none. The
    consumer's own login is found by its name in the index; only where it is not there are all
    consumers of the handle looked through, for whoever acts as one of them (short-lived logins).
    """
    standing = (
        f"EXISTS (SELECT FROM {ENTITLEMENTS}.entitlement AS e\n"
        f"    WHERE e.handle = {literal(handle)} AND e.expires_at > statement_timestamp()\n"
        "      AND pg_has_role(session_user, e.consumer, 'MEMBER')"
    )
    entitled = f"({standing}\n      AND e.login = session_user)\n  OR {standing}))"
    return _restricted(variant, entitled)


def select_base(variant: PortVariant) -> str:
    """Write what a variant shows of its base table, for those who may read the table itself."""
    return _restricted(variant, "true")


def _restricted(variant: PortVariant, *conditions: str) -> str:
    where = "\n  AND ".join([*conditions, *(condition(one) for one in variant.row_filters)])
    return f"SELECT {shown(variant)}\nFROM {base(variant)} AS t\nWHERE {where}"


def create_handle(config: PostgresConfig, variant: PortVariant) -> str:
    """Make the handle, unless it stands; refuse one that is not ours."""
    handle, mark = variant.handle(config.env), config.mark_of(variant.port_id, variant.variant)
    return _block(
        f"  CREATE ROLE {name(handle)} NOLOGIN;\n"
        f"  COMMENT ON ROLE {name(handle)} IS {literal(mark + variant.digest)};\n"
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN\n"
        f"  IF NOT starts_with(coalesce({_comment_of(handle)}, ''), {literal(mark)}) THEN\n"
        f"    RAISE EXCEPTION {_text(f'role {handle} exists and is not ours')}\n"
        f"      USING ERRCODE = '{NOT_OURS}';\n"
        "  END IF;\n"
    )


def publish(config: PostgresConfig, variant: PortVariant, old: tuple[str, ...] = ()) -> str:
    """Make or replace the published view in one transaction, with the handle's right to read it.

    `old` are views of this handle elsewhere (already quoted), which go in the same transaction.
    The narrower or wider view replaces the other in one moment; nobody sees both.
    """
    handle = variant.handle(config.env)
    mark = config.mark_of(variant.port_id, variant.variant) + variant.digest
    lines = [
        (
            f"CREATE SCHEMA IF NOT EXISTS {name(variant.relation_schema)}"
            f" AUTHORIZATION {name(config.publisher)}"
        ),
        f"SET LOCAL ROLE {name(config.publisher)}",
        *(f"DROP VIEW IF EXISTS {one}" for one in (*old, view(variant))),
        f"CREATE VIEW {view(variant)} WITH (security_barrier) AS\n{select(variant, handle)}",
        f"COMMENT ON VIEW {view(variant)} IS {literal(mark)}",
        f"GRANT USAGE ON SCHEMA {name(variant.relation_schema)} TO {name(handle)}",
        f"GRANT SELECT ON {view(variant)} TO {name(handle)}",
        (
            f"INSERT INTO {ENTITLEMENTS}.published AS p"
            " (handle, mark, schema_name, relation_name, definition)\n"
            f"VALUES ({literal(handle)}, {literal(mark)}, {literal(variant.relation_schema)},"
            f" {literal(variant.relation_name)},"
            f" {fingerprint(f'{literal(view(variant))}::regclass')})\n"
            "ON CONFLICT (handle) DO UPDATE SET mark = EXCLUDED.mark,"
            " schema_name = EXCLUDED.schema_name, relation_name = EXCLUDED.relation_name,"
            " definition = EXCLUDED.definition"
        ),
        "RESET ROLE",
        f"COMMENT ON ROLE {name(handle)} IS {literal(mark)}",
    ]
    return ";\n".join(lines)


def fingerprint(relation: str) -> str:
    """Write the expression for what PostgreSQL itself says a view is, so that changes are seen."""
    return f"encode(sha256(convert_to(pg_get_viewdef({relation}), 'UTF8')), 'hex')"


def unpublish(config: PostgresConfig, variant: PortVariant) -> str:
    """Take the published view away."""
    return (
        f"SET LOCAL ROLE {name(config.publisher)};\n"
        f"DROP VIEW IF EXISTS {view(variant)};\nRESET ROLE"
    )


def grant_reading(config: PostgresConfig, variant: PortVariant) -> str:
    """Give the handle back its right to read the view."""
    handle = variant.handle(config.env)
    return (
        f"SET LOCAL ROLE {name(config.publisher)};\n"
        f"GRANT USAGE ON SCHEMA {name(variant.relation_schema)} TO {name(handle)};\n"
        f"GRANT SELECT ON {view(variant)} TO {name(handle)};\nRESET ROLE"
    )


def create_login(config: PostgresConfig, principal: Principal) -> str:
    """Make a consumer's login, unless it stands; refuse one that is not ours or not the same."""
    login, mark = config.login_of(principal), config.mark_of_consumer(principal)
    number = f"(SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {literal(login)})"
    block = _block(
        f"  CREATE ROLE {name(login)} LOGIN CONNECTION LIMIT 20;\n"
        f"  COMMENT ON ROLE {name(login)} IS {literal(mark)};\n"
        f"  ALTER ROLE {name(login)} SET statement_timeout = '5min';\n"
        f"  ALTER ROLE {name(login)} SET idle_in_transaction_session_timeout = '1min';\n"
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN\n"
        f"  IF {_comment_of(login)} IS DISTINCT FROM {literal(mark)}\n"
        f"     OR EXISTS (SELECT FROM {ENTITLEMENTS}.consumer\n"
        f"                WHERE login = {literal(login)} AND consumer <> {number}) THEN\n"
        f"    RAISE EXCEPTION {_text(f'role {login} exists and is not the one we made')}\n"
        f"      USING ERRCODE = '{NOT_OURS}';\n"
        "  END IF;\n"
    )
    return (
        f"{block};\n"
        f"ALTER ROLE {name(login)} PASSWORD {HIDDEN_PASSWORD};\n"
        f"INSERT INTO {ENTITLEMENTS}.consumer (login, consumer, kind, key)\n"
        f"VALUES ({literal(login)}, {number},"
        f" {literal(principal.kind)}, {literal(principal.key)})\n"
        "ON CONFLICT (login) DO UPDATE SET consumer = EXCLUDED.consumer"
    )


def drop_login(config: PostgresConfig, principal: Principal) -> str:
    """Drop a consumer's login (only ever shown as an undo)."""
    return f"DROP ROLE IF EXISTS {name(config.login_of(principal))}"


def join(handle: str, login: str, server: str = "") -> str:
    """Make a login a member: it inherits the right to read and cannot become the handle.

    Before version 16 a member could become it, which gives it no other right, and inherits.
    """
    how = "" if server == BEFORE_16 else " WITH INHERIT TRUE, SET FALSE"
    return f"GRANT {name(handle)} TO {name(login)}{how}"


def leave(handle: str, login: str) -> str:
    """End a membership."""
    return f"REVOKE {name(handle)} FROM {name(login)}"


def entitle(handle: str, login: str, member: Member) -> str:
    """Say until when a member may read."""
    return (
        f"INSERT INTO {ENTITLEMENTS}.entitlement (handle, login, consumer, agreement, expires_at)\n"
        f"SELECT {literal(handle)}, login, consumer, {literal(member.agreement_id)},"
        f" {_moment(member.valid_until)}\n"
        f"FROM {ENTITLEMENTS}.consumer WHERE login = {literal(login)}\n"
        "ON CONFLICT (handle, login) DO UPDATE SET consumer = EXCLUDED.consumer,"
        " agreement = EXCLUDED.agreement, expires_at = EXCLUDED.expires_at"
    )


def disentitle(handle: str, login: str) -> str:
    """Take the entitlement away: from the next statement on the member reads no row."""
    return (
        f"DELETE FROM {ENTITLEMENTS}.entitlement"
        f" WHERE handle = {literal(handle)} AND login = {literal(login)}"
    )


def end_sessions(config: PostgresConfig, login: str) -> str:
    """End the open sessions of a consumer, those of its short-lived logins too; waits up to 5 s."""
    return (
        "SELECT pg_terminate_backend(a.pid, 5000) FROM pg_catalog.pg_stat_activity AS a\n"
        f"WHERE a.usename = {literal(login)} OR a.usesysid IN (\n"
        "  SELECT m.member FROM pg_catalog.pg_auth_members AS m\n"
        "  JOIN pg_catalog.pg_roles AS owner ON owner.oid = m.roleid\n"
        "  JOIN pg_catalog.pg_roles AS taker ON taker.oid = m.member\n"
        f"  WHERE owner.rolname = {literal(login)}"
        f" AND taker.rolname LIKE {literal(config.credential_pattern)})"
    )


def end_readers(variant: PortVariant) -> str:
    """End the sessions that have the published view open: they would go on reading the old one."""
    return (
        "SELECT pg_terminate_backend(l.pid, 5000) FROM pg_catalog.pg_locks AS l\n"
        "JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid\n"
        "JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid AND NOT r.rolsuper\n"
        "JOIN pg_catalog.pg_class AS c ON c.oid = l.relation\n"
        "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace\n"
        f"WHERE n.nspname = {literal(variant.relation_schema)}"
        f" AND c.relname = {literal(variant.relation_name)}\n"
        "  AND a.datname = current_database() AND l.pid <> pg_backend_pid()"
    )


def _block(body: str) -> str:
    if "$mp$" in body:
        raise BadIdentifier("a name must not contain $mp$")
    return f"DO $mp$ BEGIN\n{body}END $mp$"


def _moment(moment: datetime | None) -> str:
    return "'infinity'" if moment is None else literal(moment)


def _comment_of(role: str) -> str:
    return (
        "(SELECT pg_catalog.shobj_description(oid, 'pg_authid')"
        f" FROM pg_catalog.pg_roles WHERE rolname = {literal(role)})"
    )


def _text(words: str) -> str:
    return literal(words.replace("%", "%%"))
