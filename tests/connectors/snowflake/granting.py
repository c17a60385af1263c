"""GRANT and REVOKE, as documented."""

from tests.connectors.snowflake.account import (
    Grantee,
    Path,
)
from tests.connectors.snowflake.grammar import Reader, forbidden, syntax, unseen
from tests.connectors.snowflake.outcomes import Caller, Outcome, said

_PRIVILEGES = {
    "ACCOUNT": {"CREATE ROLE", "CREATE USER", "MANAGE GRANTS"},
    "DATABASE": {"USAGE", "CREATE SCHEMA", "CREATE DATABASE ROLE"},
    "SCHEMA": {"USAGE", "CREATE ROW ACCESS POLICY"},
    "TABLE": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "VIEW": {"SELECT"},
    "WAREHOUSE": {"USAGE"},
}
_PARTS = {"ACCOUNT": 0, "DATABASE": 1, "WAREHOUSE": 1, "SCHEMA": 2, "TABLE": 3, "VIEW": 3}


class Grants(Caller):
    """Statements about who may do what."""

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
            return said("Statement executed successfully.")
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
        return said("Statement executed successfully.")

    def _give_away(self, reader: Reader) -> Outcome:
        path = reader.path(2)
        reader.must("TO", "ROLE")
        owner = reader.name()
        reader.must("COPY", "CURRENT", "GRANTS")
        reader.end()
        self._require_owner(self.account.database_roles[path].owner, path[1])
        self.account.database_roles[path].owner = owner
        return said("Statement executed successfully.")

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
            return said("Statement executed successfully.")
        privileges, kind, path = self._privileges(reader)
        reader.must("FROM")
        to = self._grantee(reader, users=False)
        reader.end()
        for one in privileges:
            if not self.account.may_grant(self.role, one, kind, path):
                raise forbidden(f"{kind.lower()} '{'.'.join(path)}'")
            self.account.rights.pop((to, one, kind, path), None)
        return said("Statement executed successfully.")
