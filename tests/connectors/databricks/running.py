"""The statements that the front runs, each after a look at the rights of who asks."""

from typing import Any

from tests.connectors.databricks.dialect import (
    Failed,
    Token,
    Writer,
    kept,
    path,
    syntax,
    tokens,
    unescaped,
)
from tests.connectors.databricks.workspace import ADMIN, UC, Refused, Workspace, duck


class Runs(Workspace):
    """SQL, as somebody."""

    def execute(self, who: str, sql: str, catalog: str) -> dict[str, Any]:
        """Run one statement as somebody. Raises Failed."""
        found = tokens(sql)
        words = [one.text.lower() for one in found[:6]]
        with self.lock:
            if words[0] in {"select", "with"}:
                text = self._query(who, found, catalog)
                self._speak_for(who)
                return self.run_there(text)
            if words[:2] in (["merge", "into"], ["insert", "into"], ["delete", "from"]):
                return self._change(who, found, catalog)
            return self._define(who, found, words, sql)

    def _query(self, who: str, found: list[Token], catalog: str) -> str:
        def relation(names: tuple[str, ...]) -> str:
            full = (catalog.lower(), *names) if len(names) == 2 else names
            name = ".".join(full)
            self.require(who, "SELECT", name)
            if name in self.views and self.owners[name] != who:
                inner = tokens(self.views[name][0])
                self._query(self.owners[name], inner, catalog)  # its owner's rights count within
            return ".".join(f'"{one}"' for one in full)

        return Writer(relation).written(found)

    def _speak_for(self, who: str) -> None:
        if self.speaks_for == who:
            return
        groups = ", ".join(f"'{one}'" for one in self.groups.get(who, []))
        self.run_there(f"SET VARIABLE who = '{who}'")
        self.run_there(f"SET VARIABLE groups = CAST([{groups}] AS VARCHAR[])")
        self.speaks_for = who

    def _change(self, who: str, found: list[Token], catalog: str) -> dict[str, Any]:
        names, _ = path(found, 2)
        self.require(who, "MODIFY", ".".join(names))
        text = self._query(who, found, catalog)
        ends = self.keeps and found[0].says("delete")
        if (self.lies or ends) and names[-1] == "entitlement":
            return {}
        self.run_there(text)
        return {}

    def _define(self, who: str, found: list[Token], words: list[str], sql: str) -> dict[str, Any]:
        if words[0] == "grant":
            return self._grant(who, found)
        if_new = words[2:5] == ["if", "not", "exists"]
        if words[:2] == ["create", "catalog"] and if_new:
            (name,), _ = path(found, 5)
            return self._make(who, kept((name,)), may=who == ADMIN)
        if words[:2] == ["create", "schema"] and if_new:
            names, _ = path(found, 5)
            may = self.manages(who, "CATALOG", names[0])
            may = may or "CREATE_SCHEMA" in self.held(who, "CATALOG", names[0])
            return self._make(who, kept(names), may=may)
        if words[:2] == ["create", "table"] and if_new:
            names, at = path(found, 5)
            columns = " ".join(one.text.replace("`", '"') for one in found[at:])
            self._may_make(who, kept(names))
            self.run_there(f"CREATE TABLE IF NOT EXISTS {duck(names)} {columns}")
            self.owners.setdefault(".".join(names), who)
            return {}
        if words[:2] in (["create", "view"], ["alter", "view"], ["drop", "view"]):
            return self._view(who, found, words, sql)
        raise syntax(words[0])

    def _may_make(self, who: str, names: tuple[str, ...]) -> None:
        if not self.manages(who, "SCHEMA", ".".join(names[:2])):
            raise Failed("INSUFFICIENT_PERMISSIONS", "42501", "User lacks CREATE_TABLE.")

    def _make(self, who: str, names: tuple[str, ...], *, may: bool) -> dict[str, Any]:
        if not may:
            raise Failed("INSUFFICIENT_PERMISSIONS", "42501", f"User may not make {names}.")
        full = ".".join(names)
        if full not in self.owners:
            body = {"name": names[-1]}
            body |= {"catalog_name": names[0]} if len(names) == 2 else {}
            self.ask("POST", f"{UC}/{'schemas' if len(names) == 2 else 'catalogs'}", body)
            self.owners[full] = who
        return {}

    def _view(self, who: str, found: list[Token], words: list[str], sql: str) -> dict[str, Any]:
        skip = 5 if words[2:5] == ["if", "not", "exists"] else 4 if words[2:3] == ["if"] else 2
        names, at = path(found, skip)
        full, comment = ".".join(names), ""
        owner = self.owners.get(full)
        if owner is None and words[0] == "alter":
            raise Failed("TABLE_OR_VIEW_NOT_FOUND", "42P01", f"The view {full} cannot be found.")
        if owner not in (None, who) and who != ADMIN:
            raise Failed("INSUFFICIENT_PERMISSIONS", "42501", f"User does not own '{full}'.")
        if words[0] == "drop":
            self.run_there(f"DROP VIEW IF EXISTS {duck(names)}")
            self.owners.pop(full, None)
            self.views.pop(full, None)
            self._forget(full)
            return {}
        if at < len(found) and found[at].says("comment"):
            comment = unescaped(found[at + 1].text)
            at += 2
        if at >= len(found) or not found[at].says("as"):
            raise syntax("AS")
        if owner is not None and words[0] == "create":
            return {}
        if owner is None:
            self._may_make(who, kept(names))
        query = sql.partition(" AS ")[2].strip()
        text = self._query(who, tokens(query), names[0])
        self._speak_for(who)
        self.run_there(f"CREATE OR REPLACE VIEW {duck(names)} AS {text}")
        self.owners[full] = owner or who
        self.views[full] = (query, comment or self.views.get(full, ("", ""))[1])
        return {}

    def _forget(self, name: str) -> None:
        """What is dropped loses its grants."""
        for one in self.ask("GET", f"{UC}/permissions/TABLE/{name}")["privilege_assignments"]:
            change = {"principal": one["principal"], "remove": one["privileges"]}
            self.ask("PATCH", f"{UC}/permissions/TABLE/{name}", {"changes": [change]})

    def _grant(self, who: str, found: list[Token]) -> dict[str, Any]:
        words = [one.text.lower() for one in found]
        on, to = words.index("on"), words.index("to")
        privileges = " ".join(words[1:on]).upper().split(" , ")
        kind = words[on + 1].upper()
        names, _ = path(found, on + 2)
        (principal,), _ = path(found, to + 1)
        add = [one.replace(" ", "_") for one in privileges]
        self.patch(who, kind, ".".join(names), [{"principal": principal, "add": add}])
        return {}

    # --- grants --------------------------------------------------------------------------------

    def patch(self, who: str, kind: str, name: str, changes: list[Any]) -> dict[str, Any]:
        """Change grants as somebody. Raises Refused."""
        if not self.manages(who, kind.upper(), name):
            raise Refused(403, "PERMISSION_DENIED", f"User does not have MANAGE on '{name}'.")
        if kind.upper() == "TABLE" and name not in self.owners:
            raise Refused(404, "TABLE_DOES_NOT_EXIST", f"Table '{name}' does not exist.")
        self.patched.add(f"{kind.upper()}/{name}")
        for how in ("permissions", "effective-permissions"):
            where = f"{UC}/{how}/{kind.upper()}/{name}"
            self.late[where] = [self.ask("GET", where)] * self.lag
        return self.ask("PATCH", f"{UC}/permissions/{kind.upper()}/{name}", {"changes": changes})

    def forget_principal(self, application: str) -> None:
        """A service principal that is deleted has no grants any more."""
        for where in self.patched:
            said = self.ask("GET", f"{UC}/permissions/{where}")
            for one in said["privilege_assignments"]:
                if one["principal"] == application:
                    change = {"principal": application, "remove": one["privileges"]}
                    self.ask("PATCH", f"{UC}/permissions/{where}", {"changes": [change]})
