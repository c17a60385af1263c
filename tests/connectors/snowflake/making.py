"""CREATE, as documented."""

from tests.connectors.snowflake.account import (
    Column,
    Path,
    Policy,
    Role,
    Table,
    User,
    View,
)
from tests.connectors.snowflake.grammar import Reader, Refused, forbidden, syntax, unseen
from tests.connectors.snowflake.outcomes import Caller, Outcome, said


class Makes(Caller):
    """Statements that make something."""

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
            return said(f"{name} already exists, statement succeeded.")
        self.account.roles[name] = Role(self.role, comment)
        return said(f"Role {name} successfully created.")

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
            return said(f"{name} already exists, statement succeeded.")
        self.account.users[name] = user
        return said(f"User {name} successfully created.")

    def _create_database_role(self, reader: Reader) -> Outcome:
        path, comment = reader.path(2), self._comment(reader)
        self.account.require("DATABASE", path[:1])
        self.account.create(self.role, "CREATE DATABASE ROLE", "DATABASE", path[:1])
        if path in self.account.database_roles:
            return said(f"{path[1]} already exists, statement succeeded.")
        self.account.database_roles[path] = Role(self.role, comment)
        return said(f"Database role {path[1]} successfully created.")

    def _create_database(self, reader: Reader) -> Outcome:
        (name,) = reader.path(1)
        reader.end()
        self.account.create(self.role, "CREATE DATABASE", "ACCOUNT", ())
        self.account.databases.setdefault(name, self.role)
        return said(f"Database {name} successfully created.")

    def _create_schema(self, reader: Reader) -> Outcome:
        path = reader.path(2)
        managed = reader.may("WITH", "MANAGED", "ACCESS")
        reader.end()
        self.account.require("DATABASE", path[:1])
        self.account.create(self.role, "CREATE SCHEMA", "DATABASE", path[:1])
        self.account.schemas.setdefault(path, (self.role, managed))
        return said(f"Schema {path[1]} successfully created.")

    def _create_warehouse(self, reader: Reader) -> Outcome:
        (name,) = reader.path(1)
        reader.end()
        self.account.create(self.role, "CREATE WAREHOUSE", "ACCOUNT", ())
        self.account.warehouses.add(name)
        return said(f"Warehouse {name} successfully created.")

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
        return said(f"Table {path[2]} successfully created.")

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
        return said(f"Row access policy {path[2]} is successfully created.")

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
            return said(f"{path[2]} already exists, statement succeeded.")
        if stands is not None and not (replaces and isinstance(stands, View)):
            words = f"SQL compilation error:\nObject '{path[2]}' already exists."
            raise Refused("002002", "42710", words)
        if stands is not None and not self.account.owns(self.role, stands.owner):
            raise forbidden(f"view '{path[2]}'")
        if stands is not None and not copies:
            for right in [one for one in self.account.rights if one[3] == path]:
                del self.account.rights[right]
        self.account.relations[path] = view
        return said(f"View {path[2]} successfully created.")

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
