# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""The SQL we write, as pure functions: every name is checked and quoted here, every value too."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from marketplace.connectors.base import BadIdentifier, Ident, Mask, Member, PortVariant, RowFilter
from marketplace.connectors.grants import FilterValue, Scalar
from marketplace.connectors.mariadb.config import CONTROL, ENTITLEMENTS

HIDDEN_PASSWORD: Final = "'<derived, never shown>'"  # noqa: S105 - stands where it is put in
FOR_EVER: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_PLAIN: Final = re.compile(r"[ A-Za-z0-9_.,:@/+*=<>()#&!?~^-]*\Z")
_BEYOND: Final = 0xFFFF


def name(text: str) -> str:
    """Check and quote one identifier. MariaDB would turn what is beyond the BMP into `?`."""
    checked = Ident(text)
    if any(ord(character) > _BEYOND for character in checked):
        raise BadIdentifier(f"{text!r} has a character that MariaDB cannot keep in a name")
    return "`" + checked.replace("`", "``") + "`"


def qualified(schema: str, relation: str) -> str:
    """Check and quote `schema.relation`."""
    return f"{name(schema)}.{name(relation)}"


def check_names(variant: PortVariant) -> None:
    """Refuse a variant with a name that MariaDB could not keep. Raises BadIdentifier."""
    for text in (*_places(variant), *variant.columns, *(one.column for one in variant.row_filters)):
        name(text)


def _places(variant: PortVariant) -> tuple[str, ...]:
    return (
        variant.relation_schema,
        variant.relation_name,
        variant.base_schema,
        variant.base_table,
    )


def literal(value: FilterValue) -> str:
    """Write one value: the only way a value gets into a statement of ours.

    Text that holds anything but plain characters is written in hexadecimal, which means the same
    under every sql_mode and character set of the session.
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
        return f"{value!r}e0" if "e" not in repr(value) else repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP'{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
    if isinstance(value, date):
        return f"DATE'{value:%Y-%m-%d}'"
    if _PLAIN.match(value):
        return f"'{value}'"
    return f"_utf8mb4 X'{value.encode().hex().upper()}'"


def of_relation(schema: str, relation: str) -> str:
    """Write the condition that finds one relation in `information_schema`.

    Its own comparison takes `Delays` for `delays`; it stays, because only it avoids opening all.
    """
    schema_text, text = literal(schema), literal(relation)
    return (
        f"TABLE_SCHEMA = {schema_text} AND TABLE_NAME = {text}"
        f" AND BINARY TABLE_SCHEMA = BINARY {schema_text} AND BINARY TABLE_NAME = BINARY {text}"
    )


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
    source = f"t.{name(column)}"
    text = f"CONVERT(CONVERT({source}, CHAR) USING utf8mb4)"
    if mask is None:
        return source
    if mask.how == "hash":
        salt = f"(SELECT s.salt FROM {ENTITLEMENTS}.salt AS s)"
        masked = f"SHA2(CONCAT({salt}, {text}), 256)"
    elif mask.how == "null":
        masked = f"IF(FALSE, {source}, NULL)"  # keeps the type
    else:
        masked = (
            f"CASE WHEN CHAR_LENGTH({text}) > {2 * mask.keep:d}"
            f" THEN CONCAT('****', RIGHT({text}, {mask.keep:d}))"
            f" WHEN {source} IS NOT NULL THEN '****' END"
        )
    return f"{masked} AS {name(column)}"


def condition(one: RowFilter) -> str:
    """Write one row filter on the alias `t`, meaning what it says.

    Text is compared byte by byte: the usual collations take 'LH', 'lh' and 'LH ' for the
    same. The plain comparison beside it is there for an index.
    """
    column = f"t.{name(one.column)}"
    if one.value is None:
        return f"{column} {one.op.upper()}"
    plain = f"{column} {one.op.upper()} {literal(one.value)}"
    values = one.value if isinstance(one.value, tuple) else (one.value,)
    if not any(isinstance(value, str) for value in values):
        return plain
    exact = f"{exactly(f'CONVERT({column} USING utf8mb4)')} {one.op.upper()} {literal(one.value)}"
    return f"({plain} AND {exact})" if one.op in {"=", "in"} else exact


def exactly(text: str) -> str:
    """Make a comparison go byte by byte: no letter equals another, no space is left out.

    A binary string has no collation, so this means the same on MariaDB and on MySQL, whose
    collations without padding have other names.
    """
    return f"CAST({text} AS BINARY)"


def select(variant: PortVariant, handle: str) -> str:
    """Write the query behind a published view; the entitlement is asked once per statement."""
    return _restricted(variant, f"{name(CONTROL)}.entitled({literal(handle)})")


def select_base(variant: PortVariant) -> str:
    """Write what a variant shows of its base table, for those who may read the table itself."""
    return _restricted(variant, "TRUE")


def _restricted(variant: PortVariant, *conditions: str) -> str:
    where = "\n  AND ".join([*conditions, *(condition(one) for one in variant.row_filters)])
    return f"SELECT {shown(variant)}\nFROM {base(variant)} AS t\nWHERE {where}"


def _call(procedure: str, *arguments: str) -> str:
    return f"CALL {CONTROL}.{procedure}({', '.join(arguments)})"


def as_publisher(statement: str) -> str:
    """Run one statement with the rights of the publisher, which cannot log in."""
    return _call("as_publisher", f"_utf8mb4 X'{statement.encode().hex()}'")


def create_handle(handle: str, mark: str) -> str:
    """Make the handle, unless it stands; refuse one that is not ours."""
    return _call("make_handle", literal(handle), literal(mark))


def publish(variant: PortVariant, handle: str, mark: str, old: tuple[str, ...] = ()) -> str:
    """Make or replace the published view, with the handle's right to read it.

    MariaDB commits after each of these statements, so they are ordered for a crash: what is about
    to be made is registered first, without a fingerprint; `old` views of this handle go before
    the new one comes; a view is replaced in one moment and keeps its grants, nobody sees both.
    """
    return ";\n".join(
        (
            _register(variant, handle, mark, is_made=False),
            f"CREATE DATABASE IF NOT EXISTS {name(variant.relation_schema)}",
            *(f"DROP VIEW IF EXISTS {one}" for one in old),
            (
                f"CREATE OR REPLACE SQL SECURITY DEFINER VIEW {view(variant)} AS\n"
                f"{select(variant, handle)}"
            ),
            grant_reading(variant, handle),
            _register(variant, handle, mark, is_made=True),
        )
    )


def unpublish(variant: PortVariant) -> str:
    """Take the published view away."""
    return f"DROP VIEW IF EXISTS {view(variant)}"


def grant_reading(variant: PortVariant, handle: str) -> str:
    """Let the handle read the view."""
    return f"GRANT SELECT ON {view(variant)} TO {name(handle)}"


def _register(variant: PortVariant, handle: str, mark: str, *, is_made: bool) -> str:
    """Write down what MariaDB itself says the view is, so that changes are seen."""
    return _call(
        "register",
        literal(handle),
        literal(mark + variant.digest),
        literal(variant.relation_schema),
        literal(variant.relation_name),
        literal(is_made),
    )


def parts(text: str) -> tuple[str, ...]:
    """Take a step's text apart again. No value or name of ours holds a line break."""
    return tuple(text.split(";\n"))


def is_publishers(statement: str) -> bool:
    """Whether a statement of ours needs the publisher's rights."""
    return statement.startswith(("CREATE ", "DROP ", "GRANT "))


def create_login(login: str, kind: str, key: str) -> str:
    """Make a consumer's login, unless it stands; refuse one that is not ours or not the same."""
    return _call("make_login", literal(login), HIDDEN_PASSWORD, literal(kind), literal(key))


def join(handle: str, login: str) -> str:
    """Make a login a member, with the role that makes it so active by default."""
    return _call("join_handle", literal(handle), literal(login))


def leave(handle: str, login: str) -> str:
    """End a membership."""
    return _call("leave_handle", literal(handle), literal(login))


def entitle(handle: str, login: str, member: Member) -> str:
    """Say until when a member may read."""
    return (
        f"INSERT INTO {ENTITLEMENTS}.entitlement (handle, login, agreement, expires_at)\n"
        f"VALUES ({literal(handle)}, {literal(login)}, {literal(member.agreement_id)},"
        f" {_scalar(member.valid_until or FOR_EVER)})\n"
        "ON DUPLICATE KEY UPDATE agreement = VALUES(agreement), expires_at = VALUES(expires_at)"
    )


def disentitle(handle: str, login: str) -> str:
    """Take the entitlement away: from the next statement on the member reads no row."""
    return (
        f"DELETE FROM {ENTITLEMENTS}.entitlement"
        f" WHERE handle = {literal(handle)} AND login = {literal(login)}"
    )


def end_sessions(login: str) -> str:
    """End the open sessions of a consumer, those of its short-lived logins too."""
    return _call("end_sessions", literal(login))


def end_readers(handle: str) -> str:
    """End the sessions of a handle's members: an open transaction would hold the view up."""
    return _call("end_readers", literal(handle))
