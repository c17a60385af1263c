"""The statements that the stub runs: each read as it is documented, nothing else is known."""

import re
from collections.abc import Callable

from tests.connectors.snowflake.account import (
    Path,
    Table,
    View,
)
from tests.connectors.snowflake.changing import Changes
from tests.connectors.snowflake.grammar import Reader, Refused, forbidden, syntax, unseen
from tests.connectors.snowflake.granting import Grants
from tests.connectors.snowflake.looking import Looks
from tests.connectors.snowflake.making import Makes
from tests.connectors.snowflake.outcomes import Outcome, listed, said

__all__ = ["Outcome", "Session"]


class Session(Makes, Changes, Grants, Looks):
    """One statement of one caller."""

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
        return said(f"waited {seconds:g} seconds")

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
        return listed(rows, " ".join(names))

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
        return said("1")

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
