"""Running queries: names become stores of DuckDB, views become what they say plus their policy.

Only functions that Snowflake documents and that are listed here exist; rights are asked of the
role that speaks, inside a view of the view's owner, as on the real platform.
"""

import decimal
from datetime import UTC, date, datetime
from typing import Any, Final

import duckdb

from tests.connectors.snowflake.account import Account, Column, Path, Table, View
from tests.connectors.snowflake.grammar import Refused, Token, syntax, tokens, unescaped, unseen

_TYPES: Final = {
    "VARCHAR": "VARCHAR",
    "TEXT": "VARCHAR",
    "NUMBER": "BIGINT",
    "FLOAT": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMP_NTZ": "TIMESTAMP",
    "VARIANT": "VARCHAR",
}
_CASTS: Final = {"TIMESTAMP_NTZ": "TIMESTAMP", "FLOAT": "DOUBLE", "DATE": "DATE"}
# fmt: off
_FUNCTIONS: Final = frozenset(
    {
        "COUNT", "MIN", "MAX", "SUM", "AVG", "LEFT", "RIGHT", "LENGTH", "UPPER", "LOWER",
        "TO_VARCHAR", "SHA2", "COLLATE", "SYSDATE", "RANDSTR", "RANDOM",
        "IS_ROLE_IN_SESSION", "HEX_DECODE_STRING", "CURRENT_SECONDARY_ROLES",
        "CURRENT_ROLE", "CURRENT_USER", "COALESCE", "REPEAT"
    }
)
# fmt: on
# fmt: off
_BEFORE_PARENTHESIS: Final = frozenset(
    {
        "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "EXISTS", "ON", "AS", "USING",
        "VALUES", "OVER", "BY", "WHEN", "THEN", "ELSE", "UNION", "ALL", "DISTINCT", "LIMIT",
        "HAVING", "INSERT", "CASE"
    }
)
# fmt: on
_RESERVED: Final = frozenset({"TABLE", "SELECT", "WHERE", "FROM", "GROUP", "ORDER", "LIMIT"})
_MACROS: Final = (
    "CREATE MACRO SHA2(x, bits) AS sha256(x)",
    "CREATE MACRO TO_VARCHAR(x) AS CAST(x AS VARCHAR)",
    "CREATE MACRO HEX_DECODE_STRING(x) AS decode(unhex(x))",
    "CREATE MACRO SF_COLLATE(x, spec) AS x",
    "CREATE MACRO RANDSTR(length, chance) AS md5(CAST(chance AS VARCHAR))",
)
_SHOWN: Final = {
    **dict.fromkeys(("BIGINT", "INTEGER", "HUGEINT"), ("FIXED", 0)),
    "DOUBLE": ("REAL", None),
    "BOOLEAN": ("BOOLEAN", None),
    "DATE": ("DATE", None),
    "TIMESTAMP": ("TIMESTAMP_NTZ", 9),
}
type Described = list[dict[str, Any]]


class Engine:
    """The data behind an account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = duckdb.connect(
            ":memory:", config={"enable_external_access": "false", "threads": "1"}
        )
        self.store.execute("SET TimeZone = 'UTC'")
        for macro in _MACROS:
            self.store.execute(macro)

    def make(self, columns: list[Column]) -> str:
        """Make the store of a table; its name is a number, so capitals keep names apart."""
        name = f"store_{next(self.account.numbers)}"
        listed = ", ".join(f'"{one.name}" {_TYPES[one.type]}' for one in columns)
        self.store.execute(f"CREATE TABLE {name} ({listed})")
        return name

    def query(
        self, sql: str, role: str, user: str, database: str, values: list[str | None]
    ) -> tuple[Described, list[list[str | None]]]:
        """Run a SELECT as a role. Raises Refused."""
        text = _Writer(self.account, role, user, database).written(sql, role)
        cursor = self._run(text, values)
        columns = [
            {"name": one[0], "nullable": True}
            | dict(zip(("type", "scale"), _SHOWN.get(str(one[1]), ("TEXT", None)), strict=True))
            for one in cursor.description
        ]
        return columns, [[_cell(cell) for cell in row] for row in cursor.fetchall()]

    def change(self, sql: str, role: str, user: str, database: str) -> None:
        """Run a MERGE, INSERT or DELETE, whose rights were asked already."""
        self._run(_Writer(self.account, role, user, database).written(sql, role), [])

    def _run(self, text: str, values: list[str | None]) -> Any:
        try:
            return self.store.execute(text, values)
        except duckdb.BinderException as error:
            raise Refused("000904", "42000", f"SQL compilation error: {error}") from None
        except duckdb.ConversionException as error:
            raise Refused("100038", "22018", str(error)) from None
        except duckdb.Error as error:
            raise Refused("001003", "42000", f"SQL compilation error: {error}") from None


class _Writer:
    """Writes a query of Snowflake's as one of DuckDB's."""

    def __init__(self, account: Account, role: str, user: str, database: str) -> None:
        self.account, self.role, self.user, self.database = account, role, user, database
        active = account.active(role)
        self.roles = sorted(name for kind, name in active if kind == "ROLE")

    def written(self, sql: str, reader: str) -> str:
        """Write a query that is read with the rights of `reader`."""
        found = tokens(sql)
        local = {
            one.name
            for at, one in enumerate(found[:-2])
            if found[at + 1].says("AS") and found[at + 2].says("(")
        }
        out: list[str] = []
        at = 0
        while at < len(found):
            token = found[at]
            if token.kind == "word" and token.text.upper() in {"FROM", "JOIN", "INTO"}:
                out.append(token.text)
                at += 1
                at = self._relation(found, at, local, reader, out)
                continue
            told = self._of_session(token.name) if _is_call(found, at) else None
            out.append(told or self._token(found, at))
            at += 1 if told is None else 2
            if told and not told.startswith("list_contains"):
                at += 1  # the parenthesis that closes
        return " ".join(out)

    def _of_session(self, name: str) -> str | None:
        """Write what depends on who speaks and when, with the parenthesis that opens."""
        listed = ", ".join(f"'{one}'" for one in self.roles)
        now = datetime.now(UTC).replace(tzinfo=None)
        secondary = "ALL" if self.account.users[self.user].secondary else ""
        return {
            "IS_ROLE_IN_SESSION": f"list_contains([{listed}], ",
            "SYSDATE": f"TIMESTAMP '{now.isoformat(' ')}'",
            "CURRENT_ROLE": f"'{self.role}'",
            "CURRENT_USER": f"'{self.user}'",
            "CURRENT_SECONDARY_ROLES": f"""'{{"roles":"","value":"{secondary}"}}'""",
        }.get(name)

    def _token(self, found: list[Token], at: int) -> str:
        token = found[at]
        if token.kind == "text":
            return "'" + unescaped(token.text).replace("'", "''") + "'"
        if token.kind == "word" and at and found[at - 1].says("::"):
            if token.text.upper() not in _CASTS:
                raise syntax(token.text)
            return _CASTS[token.text.upper()]
        if _is_call(found, at):
            return _function(token.text.upper())
        if token.kind == "word" and "$" in token.text:
            raise Refused("002140", "42601", f"Unknown function {token.text}")
        return token.text

    def _relation(
        self, found: list[Token], at: int, local: set[str], reader: str, out: list[str]
    ) -> int:
        """Write what stands after FROM, JOIN or INTO; gives where to go on."""
        if at >= len(found) or found[at].kind not in {"word", "quoted"}:
            return at
        if found[at].kind == "word" and found[at].text.upper() in _RESERVED:
            raise syntax(found[at].text)
        path, first = [found[at].name], at
        at += 1
        while at + 1 < len(found) and found[at].says("."):
            path.append(found[at + 1].name)
            at += 2
        if len(path) == 1 and path[0] in local:
            out.append(found[first].text)
            return at
        named = at < len(found) and found[at].says("AS")
        out.append(self._source(tuple(path), reader))
        if not named and out[-2].upper() != "INTO":
            out.append(f'AS "{path[-1]}"')
        return at

    def _source(self, path: Path, reader: str) -> str:
        if len(path) == 2:
            path = (self.database, *path)
        if len(path) != 3:
            raise unseen("Object", ".".join(path))
        if path[1] == "INFORMATION_SCHEMA":
            return self._catalogue(path, reader)
        seen = self.account.sees_schema(reader, path[:2])
        found = self.account.relations.get(path) if seen else None
        kind = "VIEW" if isinstance(found, View) else "TABLE"
        if found is None or not self.account.may(reader, "SELECT", kind, path):
            raise unseen("Object", ".".join(path))
        if isinstance(found, Table):
            return found.store
        body = self.written(found.query, found.owner)
        if found.policy is None:
            return f"({body})"
        policy = self.account.policies[found.policy[0]]
        condition = self.written(policy.body, policy.owner)
        return f"(SELECT * FROM ({body}) AS shown WHERE {condition})"

    def _catalogue(self, path: Path, reader: str) -> str:
        if not self.account.may(reader, "USAGE", "DATABASE", path[:1]):
            raise unseen("Object", ".".join(path))
        rows: list[tuple[Any, ...]] = []
        for where, found in sorted(self.account.relations.items()):
            kind = "VIEW" if isinstance(found, View) else "TABLE"
            visible = self.account.may(reader, "SELECT", kind, where)
            if where[0] != path[0] or not visible:
                continue
            if path[2] == "TABLES":
                type_ = "BASE TABLE" if kind == "TABLE" else "VIEW"
                rows.append((*where[1:], type_, None, None))
            elif isinstance(found, Table):
                rows += [
                    (*where[1:], one.name, number, *_described(one), None)
                    for number, one in enumerate(found.columns, start=1)
                ]
        names = {
            "TABLES": "TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, COMMENT, ROW_COUNT",
            "COLUMNS": "TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, DATA_TYPE,"
            " NUMERIC_PRECISION, NUMERIC_SCALE, IS_NULLABLE, COMMENT",
        }.get(path[2])
        if names is None:
            raise unseen("Object", ".".join(path))
        empty = ", ".join(f"NULL AS {name}" for name in names.split(", "))
        if not rows:
            return f"(SELECT {empty} WHERE FALSE)"
        listed = ", ".join(f"({', '.join(_literal(cell) for cell in row)})" for row in rows)
        return f"(SELECT * FROM (VALUES {listed}) AS listed({names}))"


def _is_call(found: list[Token], at: int) -> bool:
    return found[at].kind == "word" and at + 1 < len(found) and found[at + 1].says("(")


def _function(name: str) -> str:
    if name not in _BEFORE_PARENTHESIS | _FUNCTIONS:
        raise Refused("002140", "42601", f"SQL compilation error:\nUnknown function {name}.")
    return "SF_COLLATE" if name == "COLLATE" else name


def _described(one: Column) -> tuple[Any, ...]:
    kind = {"VARCHAR": "TEXT"}.get(one.type, one.type)
    digits = (38, 0) if kind == "NUMBER" else (None, None)
    return (kind, *digits, "YES" if one.nullable else "NO")


def _literal(cell: Any) -> str:
    if cell is None:
        return "NULL"
    return str(cell) if isinstance(cell, int) else "'" + str(cell).replace("'", "''") + "'"


def _cell(value: Any) -> str | None:
    """Write one cell as the SQL API does: everything is text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        elapsed = value.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        seconds = elapsed.days * 86_400 + elapsed.seconds
        return f"{seconds}.{elapsed.microseconds:06d}000"
    if isinstance(value, date):
        return str((value - date(1970, 1, 1)).days)
    if isinstance(value, int | float | decimal.Decimal):
        return str(value)
    return str(value)
