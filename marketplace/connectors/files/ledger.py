"""Who may read what, as it stands in the control folder, and the changes that steps make."""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from marketplace.connectors.base import (
    Conflict,
    Mask,
    NeedsHuman,
    Observed,
    ObservedMember,
    PortVariant,
    Principal,
    RowFilter,
)
from marketplace.connectors.files import datasets
from marketplace.connectors.files.config import FilesConfig
from marketplace.connectors.files.store import Store


def now() -> datetime:
    """Give this machine's clock, which is the platform's own."""
    return datetime.now(UTC)  # noqa: TID251 - the folder has no other clock


@dataclass
class Ledger:
    """The documents of one control folder: `handles`, `consumers` and, of ours, `registered`."""

    config: FilesConfig
    store: Store

    def mark_of(self, variant: PortVariant) -> str:
        """What a handle's document carries when it is ours."""
        return f"mp:{self.config.instance}:{variant.port_id}:{variant.variant}"

    def observe(self, variant: PortVariant, asked: frozenset[Principal] | None) -> Observed:
        """Read one handle, its members and what is not as we left it. Writes nothing."""
        document = self.store.read("handles", variant.handle(self.config.env))
        base = tuple(self._base_drift(variant))
        if document is None:
            return Observed(exists=False, view_digest="", members=frozenset(), drift=base)
        ours = document.get("mark") == self.mark_of(variant)
        sealed = document.get("seal") == self.config.seal(_facts(document))
        logins = {*document["members"], *document["entitled"]}
        found = {login: self._member(document, login) for login in sorted(logins)}
        members = frozenset(
            one for one in found.values() if one and (asked is None or one.principal in asked)
        )
        drift = [
            *(["handle-not-ours"] if not ours else []),
            *(["view-altered"] if ours and not sealed else []),
            *base,
            *(
                f"login-remade:{one.principal}"
                for one in sorted(members, key=lambda one: one.principal)
                if "identity" in one.missing
            ),
        ]
        return Observed(
            exists=ours,
            view_digest=document.get("digest", "") if ours and sealed else "",
            members=members,
            foreign=tuple(
                f"{login} is a member and no consumer of ours"
                for login, one in found.items()
                if one is None
            ),
            drift=tuple(drift),
        )

    def _member(self, document: dict[str, Any], login: str) -> ObservedMember | None:
        registered = self.store.read("registered", login)
        if registered is None:
            return None
        consumer = self.store.read("consumers", login)
        number, until, agreement = document["entitled"].get(login, ("", None, ""))
        missing = {
            "login": consumer is None,
            "identity": consumer is not None and consumer["number"] != registered["number"],
            "membership": document["members"].get(login) != registered["number"],
            "entitlement": number != registered["number"],
        }
        return ObservedMember(
            principal=Principal(registered["kind"], registered["key"]),
            valid_until=until and datetime.fromisoformat(until),
            agreement_id=agreement,
            missing=frozenset(part for part, is_missing in missing.items() if is_missing),
        )

    def _base_drift(self, variant: PortVariant) -> list[str]:
        dataset = datasets.find(self.config, variant.base_schema, variant.base_table)
        if dataset is None:
            return ["base-missing"]
        types = datasets.columns(dataset)
        needed = {*variant.columns, *(one.column for one in variant.row_filters)}
        lacks = [f"column-missing:{one}" for one in sorted(needed - types.keys())]
        return lacks + [
            f"filter-unfit:{one.column}"
            for one in variant.row_filters
            if one.column in types and not datasets.fits(one, types[one.column])
        ]

    def standing(self, handle: str, login: str) -> tuple[str, datetime | None] | None:
        """Give the number of a consumer whose access stands now, and its end; None without."""
        document, consumer = self.store.read("handles", handle), self.store.read("consumers", login)
        if document is None or consumer is None:
            return None
        number, until, _ = document["entitled"].get(login, ("", None, ""))
        end = until and datetime.fromisoformat(until)
        if {number, document["members"].get(login)} != {consumer["number"]}:
            return None
        return (number, end) if end is None or end > now() else None

    def change(self, handle: str, do: str, mark: str = "") -> None:
        """Do what one step says, in one moment; safe to repeat."""
        facts = json.loads(do)
        with self.store.locked():
            document = self.store.read("handles", handle) or {
                "mark": mark,
                "members": {},
                "entitled": {},
            }
            if facts["do"] == "publish":
                self._publish(document, facts["variant"])
            else:
                principal = Principal(*facts["principal"])
                login = self.config.login_of(principal)
                if facts["do"] == "login":
                    self._make_consumer(principal, login)
                    return
                self._change_member(document, login, facts)
            self.store.write("handles", handle, document)

    def _publish(self, document: dict[str, Any], variant: dict[str, Any]) -> None:
        shown = variant_of(variant)
        if document.get("mark") not in {"", self.mark_of(shown)}:
            raise NeedsHuman("the handle's document exists and is not ours")
        datasets.extract(self.config, shown)
        document |= {
            "mark": self.mark_of(shown),
            "variant": json.loads(json.dumps(asdict(shown), default=str)),
            "digest": shown.digest,
        }
        document["seal"] = self.config.seal(_facts(document))

    def _make_consumer(self, principal: Principal, login: str) -> None:
        consumer = self.store.read("consumers", login)
        registered = self.store.read("registered", login)
        if consumer is not None and (registered or {}).get("number") != consumer["number"]:
            raise NeedsHuman(f"the consumer {login} exists and is not the one we made")
        if consumer is None:
            made = {"kind": principal.kind, "key": principal.key, "number": secrets.token_hex(8)}
            self.store.write("registered", login, made)  # first: after a crash it is still ours
            self.store.write("consumers", login, made)

    def _change_member(self, document: dict[str, Any], login: str, facts: dict[str, Any]) -> None:
        verb = facts["do"]
        consumer = self.store.read("consumers", login)
        if verb == "disentitle":
            document["entitled"].pop(login, None)
        elif verb == "leave":
            document["members"].pop(login, None)
        elif verb == "sessions":
            document.setdefault("links_after", {})[login] = now().timestamp()
        elif consumer is None:
            raise Conflict(f"the consumer {login} is gone")
        elif verb == "join":
            document["members"][login] = consumer["number"]
        else:
            document["entitled"][login] = [consumer["number"], facts["until"], facts["agreement"]]


def _facts(document: dict[str, Any]) -> str:
    facts = [document.get("mark"), document.get("variant"), document.get("digest")]
    return json.dumps(facts, sort_keys=True)


def variant_of(facts: dict[str, Any]) -> PortVariant:
    """Read a variant back from JSON."""
    filters = tuple(
        RowFilter(
            one["column"],
            one["op"],
            tuple(one["value"]) if isinstance(one["value"], list) else one["value"],
        )
        for one in facts["row_filters"]
    )
    masks = tuple(Mask(**one) for one in facts["masks"])
    rest = {**facts, "columns": tuple(facts["columns"]), "row_filters": filters, "masks": masks}
    return PortVariant(**rest)
