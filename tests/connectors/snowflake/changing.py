"""ALTER and DROP, as documented."""

import secrets
from typing import Any

from tests.connectors.snowflake.account import (
    User,
)
from tests.connectors.snowflake.grammar import Reader, unseen
from tests.connectors.snowflake.outcomes import Caller, Outcome, listed, said


class Changes(Caller):
    """Statements that change or remove something."""

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
            return said("Statement executed successfully.")
        reader.must("USER")
        if_there = reader.may("IF", "EXISTS")
        name = reader.name()
        user = self.account.users.get(name)
        if user is None:
            if if_there:
                return said("Statement executed successfully.")
            raise unseen("User", name)
        self._require_owner(user.owner, name)
        return self._alter_user(reader, user)

    def _alter_user(self, reader: Reader, user: User) -> Outcome:
        if reader.may("ABORT", "ALL", "QUERIES"):
            reader.end()
            return said("Statement executed successfully.")
        if reader.may("SET", "RSA_PUBLIC_KEY", "="):
            key = reader.text()
            reader.end()
            user.key = key
            return said("Statement executed successfully.")
        token = ("PROGRAMMATIC", "ACCESS", "TOKEN")
        if reader.may("REMOVE", *token):
            name = reader.name()
            reader.end()
            if user.tokens.pop(name, None) is None:
                raise unseen("Programmatic access token", name)
            return said("Statement executed successfully.")
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
        return listed([made], "token_name token_secret")

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
                return said("Drop statement executed successfully.")
            raise unseen(kind.title() or "View", ".".join(path))
        self._require_owner(held[key].owner, path[-1])
        del held[key]
        if kind:
            self.account.forget((kind, key))
        else:
            for right in [one for one in self.account.rights if one[3] == path]:
                del self.account.rights[right]
        return said(f"{path[-1]} successfully dropped.")
