"""The statements that the stub runs: each read as it is documented, nothing else is known."""

import re
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.connectors.snowflake.account import (
    Column,
    Grantee,
    Path,
    Policy,
    Role,
    Table,
    User,
    View,
)
from tests.connectors.snowflake.engine import Described, Engine
from tests.connectors.snowflake.grammar import Reader, Refused, forbidden, syntax, unseen

type Rows = list[list[str | None]]
type Outcome = tuple[Described, Rows]
_PRIVILEGES = {
    "ACCOUNT": {"CREATE ROLE", "CREATE USER", "MANAGE GRANTS"},
    "DATABASE": {"USAGE", "CREATE SCHEMA", "CREATE DATABASE ROLE"},
    "SCHEMA": {"USAGE", "CREATE ROW ACCESS POLICY"},
    "TABLE": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "VIEW": {"SELECT"},
    "WAREHOUSE": {"USAGE"},
}
_PARTS = {"ACCOUNT": 0, "DATABASE": 1, "WAREHOUSE": 1, "SCHEMA": 2, "TABLE": 3, "VIEW": 3}


def _said(words: str) -> Outcome:
    return [{"name": "status", "type": "TEXT", "nullable": True, "scale": None}], [[words]]


def _listed(rows: list[dict[str, Any]], names: str) -> Outcome:
    columns = names.split()
    described = [{"name": one, "type": "TEXT", "nullable": True, "scale": None} for one in columns]
    return described, [
        [None if row.get(one) is None else str(row[one]) for one in columns] for row in rows
    ]


def _fits(pattern: str | None, name: str) -> bool:
    """LIKE of SHOW: `%` and `_`, a backslash escapes, capitals are all one."""
    if pattern is None:
        return True
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    text = "".join(wild.get(one) or re.escape(one[-1]) for one in pieces)
    return re.fullmatch(text, name, re.IGNORECASE | re.DOTALL) is not None


class Session:
    """One statement of one caller."""

    def __init__(self, engine: Engine, user: str, role: str, context: tuple[str, str]) -> None:
        self.account, self.engine = engine.account, engine
        self.user, self.role = user, role
        self.database, self.warehouse = context
        self.cancelled = threading.Event()
        self.values: list[str | None] = []
        self.lies = self.keeps = False

    def run(self, sql: str) -> Outcome:
        """Run it. Raises Refused."""
        reader = Reader(sql)
        if any(one.text == ";" for one in reader.tokens[:-1]):
            words = "Actual statement count 2 did not match the desired statement count 1."
            raise Refused("000008", "0A000", words)
        word = reader.tokens[0].text.upper() if reader.tokens else ""
        run: Callable[[Reader], Outcome] | None = {
            "SELECT": self._select,
            "WITH": self._select,
            "CREATE": self._create,
            "ALTER": self._alter,
            "DROP": self._drop,
            "GRANT": self._grant,
            "REVOKE": self._revoke,
            "SHOW": self._show,
            "DESCRIBE": self._describe,
            "MERGE": self._merge,
            "DELETE": self._delete,
            "INSERT": self._insert,
        }.get(word)
        if word == "USE":
            raise Refused("391911", "", "The USE statement is not supported.", 400)
        if run is None:
            raise syntax(word or "<EOF>")
        if word in {"SELECT", "WITH"} and (wait := re.search(r"SYSTEM\$WAIT\s*\((\d+)\)", sql)):
            return self._wait(float(wait[1]))
        with self.account.lock:
            return run(reader)

    def _wait(self, seconds: float) -> Outcome:
        """SYSTEM$WAIT, outside the lock: others go on."""
        if self.cancelled.wait(seconds):
            raise Refused("000604", "57014", "SQL execution canceled")
        return _said(f"waited {seconds:g} seconds")

    # --- reading -----------------------------------------------------------------------------

    def _select(self, reader: Reader) -> Outcome:
        if "POLICY_REFERENCES" in reader.sql:
            return self._policy_references(reader)
        stored = re.search(r"\bFROM\b", reader.sql, re.IGNORECASE) and "_SCHEMA." not in reader.sql
        if stored and not (
            self.warehouse in self.account.warehouses
            and self.account.may(self.role, "USAGE", "WAREHOUSE", (self.warehouse,))
        ):
            words = "No active warehouse selected in the current session."
            raise Refused("000606", "57P03", words)
        return self.engine.query(reader.sql, self.role, self.user, self.database, self.values)

    def _policy_references(self, reader: Reader) -> Outcome:
        reader.must("SELECT")
        names = [reader.name()]
        while reader.may(","):
            names.append(reader.name())
        reader.must("FROM", "TABLE", "(")
        database = reader.name()
        reader.must(".", "INFORMATION_SCHEMA", ".", "POLICY_REFERENCES", "(", "REF_ENTITY_NAME")
        reader.must("=>", "?", ",", "REF_ENTITY_DOMAIN", "=>")
        if reader.text() != "VIEW":
            raise syntax("REF_ENTITY_DOMAIN")
        reader.must(")", ")")
        reader.end()
        path = Reader(self.values[0] or "").path(3)
        found = self.account.relations.get(path)
        if path[0] != database or not isinstance(found, View):
            raise unseen("Object", ".".join(path))
        rows = []
        if found.policy is not None:
            where = dict(
                zip(("POLICY_DB", "POLICY_SCHEMA", "POLICY_NAME"), found.policy[0], strict=True)
            )
            rows = [where | {"POLICY_KIND": "ROW_ACCESS_POLICY"}]
        return _listed(rows, " ".join(names))

    # --- making ------------------------------------------------------------------------------

    def _create(self, reader: Reader) -> Outcome:
        reader.must("CREATE")
        replaces = reader.may("OR", "REPLACE")
        secure = reader.may("SECURE")
        if reader.may("VIEW"):
            return self._create_view(reader, replaces=replaces, secure=secure)
        if replaces or secure:
            raise syntax("REPLACE")
        for words, make in (
            (("ROLE",), self._create_role),
            (("USER",), self._create_user),
            (("DATABASE", "ROLE"), self._create_database_role),
            (("DATABASE",), self._create_database),
            (("SCHEMA",), self._create_schema),
            (("TABLE",), self._create_table),
            (("ROW", "ACCESS", "POLICY"), self._create_policy),
            (("WAREHOUSE",), self._create_warehouse),
        ):
            if reader.may(*words):
                reader.must("IF", "NOT", "EXISTS")
                return make(reader)
        raise syntax(reader.take().text)

    def _comment(self, reader: Reader) -> str:
        comment = reader.text() if reader.may("COMMENT", "=") else ""
        reader.end()
        return comment

    def _create_role(self, reader: Reader) -> Outcome:
        name, comment = reader.name(), self._comment(reader)
        self.account.create(self.role, "CREATE ROLE", "ACCOUNT", ())
        if name in self.account.roles:
            return _said(f"{name} already exists, statement succeeded.")
        self.account.roles[name] = Role(self.role, comment)
        return _said(f"Role {name} successfully created.")

    def _create_user(self, reader: Reader) -> Outcome:
        name, user = reader.name(), User(self.role)
        reader.must("TYPE", "=", "SERVICE", "DEFAULT_ROLE", "=")
        user.default_role = reader.name()
        if reader.may("DEFAULT_WAREHOUSE", "="):
            user.default_warehouse = reader.name()
        reader.must("DEFAULT_SECONDARY_ROLES", "=", "(", ")")
        user.comment = self._comment(reader)
        self.account.create(self.role, "CREATE USER", "ACCOUNT", ())
        if name in self.account.users:
            return _said(f"{name} already exists, statement succeeded.")
        self.account.users[name] = user
        return _said(f"User {name} successfully created.")

    def _create_database_role(self, reader: Reader) -> Outcome:
        path, comment = reader.path(2), self._comment(reader)
        self.account.require("DATABASE", path[:1])
        self.account.create(self.role, "CREATE DATABASE ROLE", "DATABASE", path[:1])
        if path in self.account.database_roles:
            return _said(f"{path[1]} already exists, statement succeeded.")
        self.account.database_roles[path] = Role(self.role, comment)
        return _said(f"Database role {path[1]} successfully created.")

    def _create_database(self, reader: Reader) -> Outcome:
        (name,) = reader.path(1)
        reader.end()
        self.account.create(self.role, "CREATE DATABASE", "ACCOUNT", ())
        self.account.databases.setdefault(name, self.role)
        return _said(f"Database {name} successfully created.")

    def _create_schema(self, reader: Reader) -> Outcome:
        path = reader.path(2)
        managed = reader.may("WITH", "MANAGED", "ACCESS")
        reader.end()
        self.account.require("DATABASE", path[:1])
        self.account.create(self.role, "CREATE SCHEMA", "DATABASE", path[:1])
        self.account.schemas.setdefault(path, (self.role, managed))
        return _said(f"Schema {path[1]} successfully created.")

    def _create_warehouse(self, reader: Reader) -> Outcome:
        (name,) = reader.path(1)
        reader.end()
        self.account.create(self.role, "CREATE WAREHOUSE", "ACCOUNT", ())
        self.account.warehouses.add(name)
        return _said(f"Warehouse {name} successfully created.")

    def _create_table(self, reader: Reader) -> Outcome:
        path, columns = reader.path(3), []
        reader.must("(")
        while True:
            column = Column(reader.name(), reader.take().text.upper())
            column.nullable = not reader.may("NOT", "NULL")
            column.key = reader.may("PRIMARY", "KEY")
            columns.append(column)
            if not reader.may(","):
                break
        reader.must(")")
        reader.end()
        self.account.require("SCHEMA", path[:2])
        self.account.create(self.role, "CREATE TABLE", "SCHEMA", path[:2])
        if path not in self.account.relations:
            store = self.engine.make(columns)
            self.account.relations[path] = Table(self.role, columns, store)
        return _said(f"Table {path[2]} successfully created.")

    def _create_policy(self, reader: Reader) -> Outcome:
        path = reader.path(3)
        reader.must("AS", "(")
        reader.name()
        kind = reader.take().text.upper()
        reader.must(")", "RETURNS", "BOOLEAN", "->")
        body = reader.rest()
        self.account.require("SCHEMA", path[:2])
        self.account.create(self.role, "CREATE ROW ACCESS POLICY", "SCHEMA", path[:2])
        self.account.policies.setdefault(path, Policy(self.role, kind, body))
        return _said(f"Row access policy {path[2]} is successfully created.")

    def _create_view(self, reader: Reader, *, replaces: bool, secure: bool) -> Outcome:
        only_new = reader.may("IF", "NOT", "EXISTS")
        path = reader.path(3)
        copies = reader.may("COPY", "GRANTS")
        comment = reader.text() if reader.may("COMMENT", "=") else ""
        policy = None
        if reader.may("ROW", "ACCESS", "POLICY"):
            policy = reader.path(3)
            reader.must("ON", "(")
            policy = (policy, reader.name())
            reader.must(")")
        reader.must("AS")
        view = View(self.role, reader.sql, reader.rest(), secure, comment, policy)
        self._check_view(path, view)
        stands = self.account.relations.get(path)
        if stands is not None and only_new:
            return _said(f"{path[2]} already exists, statement succeeded.")
        if stands is not None and not (replaces and isinstance(stands, View)):
            words = f"SQL compilation error:\nObject '{path[2]}' already exists."
            raise Refused("002002", "42710", words)
        if stands is not None and not self.account.owns(self.role, stands.owner):
            raise forbidden(f"view '{path[2]}'")
        if stands is not None and not copies:
            for right in [one for one in self.account.rights if one[3] == path]:
                del self.account.rights[right]
        self.account.relations[path] = view
        return _said(f"View {path[2]} successfully created.")

    def _check_view(self, path: Path, view: View) -> None:
        self.account.require("SCHEMA", path[:2])
        self.account.create(self.role, "CREATE VIEW", "SCHEMA", path[:2])
        described, _ = self.engine.query(
            f"{view.query} LIMIT 0", self.role, self.user, self.database, []
        )
        if view.policy is None:
            return
        where, column = view.policy
        policy = self.account.policies.get(where)
        if policy is None or not self.account.owns(self.role, policy.owner):
            raise unseen("Policy", ".".join(where))
        kinds = {one["name"]: one["type"] for one in described}
        if column not in kinds:
            raise Refused("000904", "42000", f"invalid identifier '{column}'")
        same = {"NUMBER": "FIXED", "FLOAT": "REAL"}.get(policy.type, policy.type)
        if kinds[column] != same:
            words = f"Column '{column}' data type does not match with policy {where[2]}."
            raise Refused("003551", "42601", words)

    # --- changing ----------------------------------------------------------------------------

    def _alter(self, reader: Reader) -> Outcome:
        reader.must("ALTER")
        if reader.may("ROW", "ACCESS", "POLICY"):
            path = reader.path(3)
            reader.must("SET", "BODY", "->")
            policy = self.account.policies.get(path)
            if policy is None:
                raise unseen("Policy", ".".join(path))
            self._require_owner(policy.owner, path[2])
            policy.body = reader.rest()
            return _said("Statement executed successfully.")
        reader.must("USER")
        if_there = reader.may("IF", "EXISTS")
        name = reader.name()
        user = self.account.users.get(name)
        if user is None:
            if if_there:
                return _said("Statement executed successfully.")
            raise unseen("User", name)
        self._require_owner(user.owner, name)
        return self._alter_user(reader, user)

    def _alter_user(self, reader: Reader, user: User) -> Outcome:
        if reader.may("ABORT", "ALL", "QUERIES"):
            reader.end()
            return _said("Statement executed successfully.")
        if reader.may("SET", "RSA_PUBLIC_KEY", "="):
            key = reader.text()
            reader.end()
            user.key = key
            return _said("Statement executed successfully.")
        token = ("PROGRAMMATIC", "ACCESS", "TOKEN")
        if reader.may("REMOVE", *token):
            name = reader.name()
            reader.end()
            if user.tokens.pop(name, None) is None:
                raise unseen("Programmatic access token", name)
            return _said("Statement executed successfully.")
        reader.must("ADD", *token)
        name = reader.name()
        reader.must("ROLE_RESTRICTION", "=")
        role = reader.text()
        reader.must("DAYS_TO_EXPIRY", "=")
        reader.number()
        reader.end()
        secret = secrets.token_urlsafe(32)
        user.tokens[name] = (secret, role)
        made = {"token_name": name, "token_secret": secret}
        return _listed([made], "token_name token_secret")

    def _require_owner(self, owner: str, what: str) -> None:
        if not self.account.owns(self.role, owner):
            raise forbidden(what)

    def _drop(self, reader: Reader) -> Outcome:
        reader.must("DROP")
        if reader.may("VIEW"):
            return self._drop_from(self.account.relations, reader, 3)
        if reader.may("DATABASE", "ROLE"):
            return self._drop_from(self.account.database_roles, reader, 2, "DATABASE_ROLE")
        kind = "ROLE" if reader.may("ROLE") else "USER"
        if kind == "USER":
            reader.must("USER")
        held: Any = {"ROLE": self.account.roles, "USER": self.account.users}[kind]
        return self._drop_from(held, reader, 1, kind)

    def _drop_from(self, held: Any, reader: Reader, length: int, kind: str = "") -> Outcome:
        if_there = reader.may("IF", "EXISTS")
        path: Any = reader.path(length)
        reader.end()
        key = path[0] if length == 1 else path
        if key not in held:
            if if_there:
                return _said("Drop statement executed successfully.")
            raise unseen(kind.title() or "View", ".".join(path))
        self._require_owner(held[key].owner, path[-1])
        del held[key]
        if kind:
            self.account.forget((kind, key))
        else:
            for right in [one for one in self.account.rights if one[3] == path]:
                del self.account.rights[right]
        return _said(f"{path[-1]} successfully dropped.")

    # --- granting ----------------------------------------------------------------------------

    def _grantee(self, reader: Reader, *, users: bool) -> Grantee:
        if reader.may("DATABASE", "ROLE"):
            to: Grantee = ("DATABASE_ROLE", reader.path(2))
        elif users and reader.may("USER"):
            to = ("USER", reader.name())
        else:
            reader.must("ROLE")
            to = ("ROLE", reader.name())
        self.account.require_grantee(to)
        return to

    def _granted_role(self, reader: Reader) -> Grantee | None:
        """The role that is granted or taken, None when it is a privilege."""
        before = reader.at
        if reader.may("DATABASE", "ROLE"):
            what: Grantee = ("DATABASE_ROLE", reader.path(2))
            role = self.account.database_roles.get(what[1])
        elif reader.may("ROLE"):
            what = ("ROLE", reader.name())
            role = self.account.roles.get(what[1])
        else:
            reader.at = before
            return None
        if role is None:
            raise unseen(what[0].replace("_", " ").title(), str(what[1]))
        self._require_owner(role.owner, str(what[1]))
        return what

    def _grant(self, reader: Reader) -> Outcome:
        reader.must("GRANT")
        what = self._granted_role(reader)
        if what is not None:
            reader.must("TO")
            to = self._grantee(reader, users=True)
            reader.end()
            self.account.memberships.setdefault((what, to), self.role)
            return _said("Statement executed successfully.")
        if reader.may("OWNERSHIP", "ON", "DATABASE", "ROLE"):
            return self._give_away(reader)
        privileges, kind, path = self._privileges(reader)
        reader.must("TO")
        to = self._grantee(reader, users=False)
        option = reader.may("WITH", "GRANT", "OPTION")
        reader.end()
        for one in privileges:
            if not self.account.may_grant(self.role, one, kind, path):
                raise forbidden(f"{kind.lower()} '{'.'.join(path)}'")
            self.account.rights[to, one, kind, path] = (option, self.role)
        return _said("Statement executed successfully.")

    def _give_away(self, reader: Reader) -> Outcome:
        path = reader.path(2)
        reader.must("TO", "ROLE")
        owner = reader.name()
        reader.must("COPY", "CURRENT", "GRANTS")
        reader.end()
        self._require_owner(self.account.database_roles[path].owner, path[1])
        self.account.database_roles[path].owner = owner
        return _said("Statement executed successfully.")

    def _privileges(self, reader: Reader) -> tuple[list[str], str, Path]:
        wanted: list[str] = []
        words: list[str] = []
        while not reader.may("ON"):
            if reader.may(","):
                wanted.append(" ".join(words))
                words = []
                continue
            words.append(reader.take().text.upper())
        wanted.append(" ".join(words))
        kind = reader.take().text.upper()
        if kind not in _PRIVILEGES or not set(wanted) <= _PRIVILEGES[kind]:
            raise syntax(kind)
        path = reader.path(_PARTS[kind]) if _PARTS[kind] else ()
        self.account.require(kind, path)
        return wanted, kind, path

    def _revoke(self, reader: Reader) -> Outcome:
        reader.must("REVOKE")
        what = self._granted_role(reader)
        if what is not None:
            reader.must("FROM")
            to = self._grantee(reader, users=True)
            reader.end()
            if not self.keeps:
                self.account.memberships.pop((what, to), None)
            return _said("Statement executed successfully.")
        privileges, kind, path = self._privileges(reader)
        reader.must("FROM")
        to = self._grantee(reader, users=False)
        reader.end()
        for one in privileges:
            if not self.account.may_grant(self.role, one, kind, path):
                raise forbidden(f"{kind.lower()} '{'.'.join(path)}'")
            self.account.rights.pop((to, one, kind, path), None)
        return _said("Statement executed successfully.")

    # --- rows of tables ----------------------------------------------------------------------

    def _change(self, reader: Reader, path: Path, *privileges: str) -> Outcome:
        found = self.account.relations.get(path)
        if not self.account.sees_schema(self.role, path[:2]) or not isinstance(found, Table):
            raise unseen("Object", ".".join(path))
        for one in privileges:
            if not self.account.may(self.role, one, "TABLE", path):
                raise forbidden(f"table '{path[2]}'")
        lies = self.lies or (self.keeps and "DELETE" in privileges)
        if not (lies and path[2] == "ENTITLEMENT"):
            self.engine.change(reader.sql, self.role, self.user, self.database)
        return _said("1")

    def _merge(self, reader: Reader) -> Outcome:
        reader.must("MERGE", "INTO")
        path = reader.path(3)
        reader.must("AS")
        return self._change(reader, path, "SELECT", "INSERT", "UPDATE")

    def _delete(self, reader: Reader) -> Outcome:
        reader.must("DELETE", "FROM")
        path = reader.path(3)
        reader.must("WHERE")
        return self._change(reader, path, "SELECT", "DELETE")

    def _insert(self, reader: Reader) -> Outcome:
        reader.must("INSERT", "INTO")
        return self._change(reader, reader.path(3), "INSERT")

    # --- looking -----------------------------------------------------------------------------

    def _describe(self, reader: Reader) -> Outcome:
        reader.must("DESCRIBE", "ROW", "ACCESS", "POLICY")
        path = reader.path(3)
        reader.end()
        policy = self.account.policies.get(path)
        if policy is None:
            raise unseen("Policy", ".".join(path))
        self._require_owner(policy.owner, path[2])
        told = {"name": path[2], "signature": f"(SHOWN {policy.type})", "body": policy.body}
        return _listed([told | {"return_type": "BOOLEAN"}], "name signature return_type body")

    def _show(self, reader: Reader) -> Outcome:
        reader.must("SHOW")
        for words, show in (
            (("GRANTS", "OF"), self._show_members),
            (("GRANTS", "ON", "VIEW"), self._show_rights_on),
            (("GRANTS", "TO", "ROLE"), self._show_rights_of),
            (("DATABASE", "ROLES"), self._show_database_roles),
            (("ROLES",), self._show_roles),
            (("USERS",), self._show_users),
            (("USER", "PROGRAMMATIC", "ACCESS", "TOKENS", "FOR", "USER"), self._show_tokens),
            (("VIEWS",), self._show_views),
            (("TABLES",), self._show_tables),
            (("PRIMARY", "KEYS", "IN", "TABLE"), self._show_keys),
        ):
            if reader.may(*words):
                return show(reader)
        raise syntax(reader.take().text)

    def _pattern(self, reader: Reader) -> str | None:
        return reader.text() if reader.may("LIKE") else None

    def _show_members(self, reader: Reader) -> Outcome:
        if reader.may("DATABASE", "ROLE"):
            what: Grantee = ("DATABASE_ROLE", reader.path(2))
        else:
            reader.must("ROLE")
            what = ("ROLE", reader.name())
        reader.end()
        self.account.require_grantee(what)
        name = what[1] if what[0] == "ROLE" else what[1][1]
        rows = [
            {"created_on": _when(0), "role": name, "granted_to": to[0], "granted_by": by}
            | {"grantee_name": to[1] if isinstance(to[1], str) else ".".join(to[1])}
            for (one, to), by in sorted(self.account.memberships.items(), key=repr)
            if one == what
        ]
        return _listed(rows, "created_on role granted_to grantee_name granted_by")

    def _rights(self, chosen: Callable[[Grantee, str, Path], bool]) -> list[dict[str, Any]]:
        return [
            {"created_on": _when(0), "privilege": privilege, "granted_on": kind}
            | {"name": ".".join(f'"{one}"' for one in path), "granted_to": to[0]}
            | {"grantee_name": to[1] if isinstance(to[1], str) else to[1][1]}
            | {"grant_option": str(option).lower(), "granted_by": by}
            for (to, privilege, kind, path), (option, by) in sorted(
                self.account.rights.items(), key=repr
            )
            if chosen(to, kind, path)
        ]

    def _show_rights_on(self, reader: Reader) -> Outcome:
        path = reader.path(3)
        reader.end()
        self.account.require("VIEW", path)
        owner = self.account.relations[path].owner
        owned = {"privilege": "OWNERSHIP", "granted_on": "VIEW", "grant_option": "true"}
        owned |= {"granted_to": "ROLE", "grantee_name": owner, "granted_by": owner}
        rows = [owned, *self._rights(lambda _, kind, where: (kind, where) == ("VIEW", path))]
        return _listed(rows, _RIGHTS)

    def _show_rights_of(self, reader: Reader) -> Outcome:
        name = reader.name()
        reader.end()
        self.account.require_grantee(("ROLE", name))
        rows = self._rights(lambda to, _kind, _path: to == ("ROLE", name))
        rows += [
            {"privilege": "USAGE", "granted_on": what[0], "name": what[1], "granted_to": "ROLE"}
            | {"grantee_name": name, "grant_option": "false", "granted_by": by}
            for (what, to), by in sorted(self.account.memberships.items(), key=repr)
            if to == ("ROLE", name)
        ]
        return _listed(rows, _RIGHTS)

    def _show_database_roles(self, reader: Reader) -> Outcome:
        pattern = self._pattern(reader)
        reader.must("IN", "DATABASE")
        database = reader.name()
        reader.end()
        if not self.account.may(self.role, "USAGE", "DATABASE", (database,)):
            raise unseen("Database", database)
        rows = [
            {"created_on": _when(role.created), "name": path[1], "owner": role.owner}
            | {"comment": role.comment, "owner_role_type": "ROLE"}
            for path, role in sorted(self.account.database_roles.items())
            if path[0] == database and _fits(pattern, path[1])
        ]
        return _listed(rows, "created_on name owner comment owner_role_type")

    def _show_roles(self, reader: Reader) -> Outcome:
        pattern = self._pattern(reader)
        reader.end()
        granted = [(what, to[0]) for what, to in self.account.memberships]
        rows = [
            {"created_on": _when(role.created), "name": name, "owner": role.owner}
            | {"assigned_to_users": granted.count((("ROLE", name), "USER"))}
            | {"granted_to_roles": granted.count((("ROLE", name), "ROLE"))}
            | {"comment": role.comment}
            for name, role in sorted(self.account.roles.items())
            if _fits(pattern, name)
        ]
        return _listed(rows, "created_on name assigned_to_users granted_to_roles owner comment")

    def _show_users(self, reader: Reader) -> Outcome:
        pattern = self._pattern(reader)
        reader.end()
        rows = [
            {"name": name, "login_name": name.upper(), "owner": user.owner, "type": "SERVICE"}
            | {"comment": user.comment, "default_role": user.default_role}
            | {"default_warehouse": user.default_warehouse}
            for name, user in sorted(self.account.users.items())
            if _fits(pattern, name)
        ]
        return _listed(rows, "name login_name owner type comment default_role default_warehouse")

    def _show_tokens(self, reader: Reader) -> Outcome:
        name = reader.name()
        reader.end()
        user = self.account.users.get(name)
        if user is None:
            raise unseen("User", name)
        self._require_owner(user.owner, name)
        rows = [
            {"name": token, "user_name": name, "role_restriction": role, "status": "ACTIVE"}
            for token, (_, role) in sorted(user.tokens.items())
        ]
        return _listed(rows, "name user_name role_restriction status")

    def _in_schema(self, reader: Reader) -> tuple[str | None, Path]:
        pattern = self._pattern(reader)
        reader.must("IN", "SCHEMA")
        path = reader.path(2)
        reader.end()
        if not self.account.sees_schema(self.role, path):
            words = (
                "SQL compilation error:\nObject does not exist, or operation cannot be performed."
            )
            raise Refused("002043", "02000", words)
        return pattern, path

    def _show_views(self, reader: Reader) -> Outcome:
        pattern, schema = self._in_schema(reader)
        rows = [
            {"name": path[2], "owner": one.owner, "comment": one.comment, "text": one.text}
            | {"is_secure": str(one.secure).lower(), "schema_name": path[1]}
            for path, one in sorted(self.account.relations.items())
            if path[:2] == schema and isinstance(one, View) and _fits(pattern, path[2])
        ]
        return _listed(rows, "name schema_name owner comment text is_secure")

    def _show_tables(self, reader: Reader) -> Outcome:
        pattern, schema = self._in_schema(reader)
        rows = [
            {"name": path[2], "owner": one.owner, "schema_name": path[1], "comment": ""}
            for path, one in sorted(self.account.relations.items())
            if path[:2] == schema and isinstance(one, Table) and _fits(pattern, path[2])
        ]
        return _listed(rows, "name schema_name owner comment")

    def _show_keys(self, reader: Reader) -> Outcome:
        path = reader.path(3)
        reader.end()
        self.account.require("TABLE", path)
        found = self.account.relations[path]
        columns = found.columns if isinstance(found, Table) else []
        rows = [{"table_name": path[2], "column_name": one.name} for one in columns if one.key]
        return _listed(rows, "table_name column_name")


_RIGHTS = "created_on privilege granted_on name granted_to grantee_name grant_option granted_by"


def _when(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
