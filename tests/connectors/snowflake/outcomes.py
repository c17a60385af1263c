"""What a statement gives, and who says it: shared by all kinds of statements of the stub."""

import re
import threading
from typing import Any

from tests.connectors.snowflake.engine import Described, Engine
from tests.connectors.snowflake.grammar import forbidden

type Rows = list[list[str | None]]
type Outcome = tuple[Described, Rows]


def said(words: str) -> Outcome:
    return [{"name": "status", "type": "TEXT", "nullable": True, "scale": None}], [[words]]


def listed(rows: list[dict[str, Any]], names: str) -> Outcome:
    columns = names.split()
    described = [{"name": one, "type": "TEXT", "nullable": True, "scale": None} for one in columns]
    return described, [
        [None if row.get(one) is None else str(row[one]) for one in columns] for row in rows
    ]


def fits(pattern: str | None, name: str) -> bool:
    """LIKE of SHOW: `%` and `_`, a backslash escapes, capitals are all one."""
    if pattern is None:
        return True
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    text = "".join(wild.get(one) or re.escape(one[-1]) for one in pieces)
    return re.fullmatch(text, name, re.IGNORECASE | re.DOTALL) is not None


class Caller:
    """Who runs one statement, in which context."""

    def __init__(self, engine: Engine, user: str, role: str, context: tuple[str, str]) -> None:
        self.account, self.engine = engine.account, engine
        self.user, self.role = user, role
        self.database, self.warehouse = context
        self.cancelled = threading.Event()
        self.values: list[str | None] = []
        self.lies = self.keeps = False

    def _require_owner(self, owner: str, what: str) -> None:
        if not self.account.owns(self.role, owner):
            raise forbidden(what)
