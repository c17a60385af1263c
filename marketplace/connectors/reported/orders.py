"""Orders and reports: what was asked of others, in which generation, and what they said."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from marketplace.connectors.base import (
    Conflict,
    Member,
    Observed,
    ObservedMember,
    Permanent,
    Principal,
)
from marketplace.connectors.files.store import Store

MARK: Final = "emporion: "
UNCONFIRMED: Final = "confirmation"
LEAVING: Final = "leaving"

type Outcome = Literal["done", "failed", "refused", "cancelled"]

REFUSED: Final = "refused"


class StaleReport(Conflict):
    """A report on an order that is not the newest one: nothing is taken from it."""


def now() -> datetime:
    """Give this machine's clock: the folder has no other."""
    return datetime.now(UTC)  # noqa: TID251 - see above


def header(handle: str, digest: str, members: frozenset[Member]) -> str:
    """Write the facts of an order as one line, to stand in a comment of what is handed over."""
    listed = [
        [
            one.principal.kind,
            one.principal.key,
            one.valid_until and one.valid_until.isoformat(),
            one.agreement_id,
        ]
        for one in sorted(members, key=lambda one: one.principal)
    ]
    facts = {"digest": digest, "handle": handle, "members": listed}
    return MARK + json.dumps(facts, sort_keys=True)


def facts_in(text: str) -> dict[str, Any]:
    """Read the facts back from the first line of an order's text. Raises Permanent."""
    _, found, rest = text.partition("\n")[0].partition(MARK)
    if not found:
        raise Permanent("this is no order of ours")
    facts: dict[str, Any] = json.loads(rest)
    return facts


@dataclass(frozen=True, slots=True)
class Orders:
    """The documents of one folder: `orders` (newest only), `done` (last confirmed), `reports`."""

    store: Store

    @classmethod
    def below(cls, folder: str, env: str) -> "Orders":
        """Keep them in a control folder of their own."""
        return cls(Store(Path(folder) / ".emporion" / env))

    def observe(self, handle: str, asked: frozenset[Principal] | None) -> Observed:
        """Say what was ordered, and of whom it is not yet known that it was done."""
        order, done = self.store.read("orders", handle), self.store.read("done", handle)
        if order is None:
            return Observed(exists=False, view_digest="", members=frozenset())
        pending = done is None or done["generation"] != order["generation"]
        ordered = {one.principal: one for one in members_of(order)}
        held = {} if done is None else {one.principal: one for one in members_of(done)}
        found = [
            ObservedMember(
                one.principal,
                one.valid_until,
                one.agreement_id,
                frozenset({UNCONFIRMED}) if pending else frozenset(),
            )
            for one in ordered.values()
        ]
        if pending:
            found += [
                ObservedMember(
                    one.principal,
                    one.valid_until,
                    one.agreement_id,
                    frozenset({UNCONFIRMED, LEAVING}),
                )
                for principal, one in held.items()
                if principal not in ordered
            ]
        members = frozenset(one for one in found if asked is None or one.principal in asked)
        said = self.said(handle)
        drift = () if said is None or said["outcome"] == "done" else (_refusal(said),)
        digest = order["facts"]["digest"]
        return Observed(exists=True, view_digest=digest, members=members, drift=drift)

    def place(self, handle: str, text: str) -> dict[str, Any]:
        """Keep an order; the same text again is the same order, another one is a generation on."""
        facts = facts_in(text)
        if facts["handle"] != handle:
            raise Permanent("this order is for another handle")
        with self.store.locked():
            before = self.store.read("orders", handle)
            if before is not None and before["text"] == text:
                return before
            generation = 1 if before is None else before["generation"] + 1
            order = {"generation": generation, "facts": facts, "text": text}
            self.store.write("orders", handle, order)
        return order

    def report(
        self, handle: str, generation: int, outcome: Outcome, *, by: str, words: str = ""
    ) -> dict[str, Any]:
        """Take a report on the newest order; told again, it changes nothing.

        Raises StaleReport for any other generation, also when there is no order.
        """
        with self.store.locked():
            order = self.store.read("orders", handle)
            if order is None or order["generation"] != generation:
                newest = "none" if order is None else order["generation"]
                raise StaleReport(f"the newest order of {handle} is {newest}, not {generation}")
            said = self.store.read("reports", handle)
            same = said is not None and (said["generation"], said["outcome"]) == (
                generation,
                outcome,
            )
            if same and said is not None:
                return said
            if said is not None and (said["generation"], said["outcome"]) == (generation, "done"):
                raise StaleReport("this order was reported done already")
            report = {
                "generation": generation,
                "outcome": outcome,
                "by": by,
                "words": words,
                "at": now().isoformat(),
            }
            self.store.write("reports", handle, report)
            if outcome == "done":
                self.store.write("done", handle, order)
        return report

    def newest(self, handle: str) -> dict[str, Any] | None:
        """Give the newest order with what was said of it; None while there is none."""
        order, said = self.store.read("orders", handle), self.said(handle)
        if order is None:
            return None
        told = {name: (said or {}).get(name, "") for name in ("outcome", "by", "words", "at")}
        return {"generation": order["generation"], "text": order["text"], **told}

    def said(self, handle: str) -> dict[str, Any] | None:
        """Give the newest report on the newest order, None while there is none."""
        order, said = self.store.read("orders", handle), self.store.read("reports", handle)
        if order is None or said is None or said["generation"] != order["generation"]:
            return None
        return said


def members_of(order: dict[str, Any]) -> list[Member]:
    """Read the members of an order."""
    return [
        Member(Principal(kind, key), until and datetime.fromisoformat(until), agreement)
        for kind, key, until, agreement in order["facts"]["members"]
    ]


def _refusal(said: dict[str, Any]) -> str:
    words = f": {said['words']}" if said["words"] else ""
    return f"{REFUSED}:the order was reported {said['outcome']} by {said['by']}{words}"
