"""SHOW and DESCRIBE, as documented."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.connectors.snowflake.account import (
    Grantee,
    Path,
    Table,
    View,
)
from tests.connectors.snowflake.grammar import Reader, Refused, syntax, unseen
from tests.connectors.snowflake.outcomes import Caller, Outcome, fits, listed


class Looks(Caller):
    """Statements that tell what stands."""

    def _describe(self, reader: Reader) -> Outcome:
        reader.must("DESCRIBE", "ROW", "ACCESS", "POLICY")
        path = reader.path(3)
        reader.end()
        policy = self.account.policies.get(path)
        if policy is None:
            raise unseen("Policy", ".".join(path))
        self._require_owner(policy.owner, path[2])
        told = {"name": path[2], "signature": f"(SHOWN {policy.type})", "body": policy.body}
        return listed([told | {"return_type": "BOOLEAN"}], "name signature return_type body")

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
        return listed(rows, "created_on role granted_to grantee_name granted_by")

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
        return listed(rows, _RIGHTS)

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
        return listed(rows, _RIGHTS)

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
            if path[0] == database and fits(pattern, path[1])
        ]
        return listed(rows, "created_on name owner comment owner_role_type")

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
            if fits(pattern, name)
        ]
        return listed(rows, "created_on name assigned_to_users granted_to_roles owner comment")

    def _show_users(self, reader: Reader) -> Outcome:
        pattern = self._pattern(reader)
        reader.end()
        rows = [
            {"name": name, "login_name": name.upper(), "owner": user.owner, "type": "SERVICE"}
            | {"comment": user.comment, "default_role": user.default_role}
            | {"default_warehouse": user.default_warehouse}
            for name, user in sorted(self.account.users.items())
            if fits(pattern, name)
        ]
        return listed(rows, "name login_name owner type comment default_role default_warehouse")

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
        return listed(rows, "name user_name role_restriction status")

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
            if path[:2] == schema and isinstance(one, View) and fits(pattern, path[2])
        ]
        return listed(rows, "name schema_name owner comment text is_secure")

    def _show_tables(self, reader: Reader) -> Outcome:
        pattern, schema = self._in_schema(reader)
        rows = [
            {"name": path[2], "owner": one.owner, "schema_name": path[1], "comment": ""}
            for path, one in sorted(self.account.relations.items())
            if path[:2] == schema and isinstance(one, Table) and fits(pattern, path[2])
        ]
        return listed(rows, "name schema_name owner comment")

    def _show_keys(self, reader: Reader) -> Outcome:
        path = reader.path(3)
        reader.end()
        self.account.require("TABLE", path)
        found = self.account.relations[path]
        columns = found.columns if isinstance(found, Table) else []
        rows = [{"table_name": path[2], "column_name": one.name} for one in columns if one.key]
        return listed(rows, "table_name column_name")


_RIGHTS = "created_on privilege granted_on name granted_to grantee_name grant_option granted_by"


def _when(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
