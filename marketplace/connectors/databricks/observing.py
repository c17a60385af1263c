# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Reading what stands: our tables, the view, its grants, the service principals. No writes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from marketplace.connectors.base import Observed, ObservedMember, PortVariant, Principal, RowFilter
from marketplace.connectors.databricks import statements
from marketplace.connectors.databricks.client import (
    Client,
    Consumer,
    NoSuchThing,
    Refusal,
    translate,
)
from marketplace.connectors.databricks.config import DatabricksConfig

_NUMBERS: Final = frozenset({"BYTE", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE", "DECIMAL"})
_TEXTS: Final = frozenset({"STRING", "CHAR", "VARCHAR"})
_TIMES: Final = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_NTZ"})
_READS: Final = frozenset({"SELECT", "ALL_PRIVILEGES", "MANAGE", "MODIFY"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Entitled:
    """A row of our table of entitlements."""

    principal: Principal
    application: str
    agreement: str
    until: datetime | None


@dataclass(slots=True)
class _Found:
    """Everything that was read of one handle."""

    registered: tuple[str, tuple[str, str], str] | None = None
    entitled: dict[str, _Entitled] = field(default_factory=dict)
    consumers: dict[str, Consumer] = field(default_factory=dict)
    view: dict[str, Any] | None = None
    rights: list[tuple[str, str, str]] = field(default_factory=list)
    """(who, what, inherited from: a kind and name, or empty)."""
    types: dict[str, str] = field(default_factory=dict)

    @property
    def readers(self) -> set[str]:
        """The application IDs and names that have SELECT on the view itself."""
        return {who for who, what, source in self.rights if what == "SELECT" and not source}


def observe(
    client: Client,
    config: DatabricksConfig,
    variant: PortVariant,
    principals: frozenset[Principal] | None = None,
) -> Observed:
    """Read one handle: its view, its members, what others added, what is not as we left it.

    With `principals` only these are looked for. Raises BadIdentifier before any call.
    """
    statements.view(config, variant), statements.base(config, variant)
    try:
        found = _read(client, config, variant)
    except Refusal as refusal:
        raise translate(refusal) from refusal
    mark = config.mark_of(variant.port_id, variant.variant)
    asked = None if principals is None else {config.login_of(one) for one in principals}
    inside = {one.name for one in found.consumers.values() if one.application in found.readers}
    logins = found.entitled.keys() | inside
    members = frozenset(
        member
        for login in (logins if asked is None else logins & asked)
        if (member := _member(config, found, login)) is not None
    )
    ours = found.registered is not None and found.registered[0].startswith(mark)
    return Observed(
        exists=ours,
        view_digest=_digest(config, found, variant, mark),
        members=members,
        foreign=tuple(_foreign(config, found)),
        drift=(
            *(["handle-not-ours"] if found.registered is not None and not ours else []),
            *_view_drift(config, found, variant),
            *_base_drift(found.types, variant),
            *(
                f"login-remade:{one.principal}"
                for one in sorted(members, key=lambda one: one.principal)
                if "identity" in one.missing
            ),
        ),
    )


def _read(client: Client, config: DatabricksConfig, variant: PortVariant) -> _Found:
    found = _Found()
    handle = config.handle_of(variant)
    kept = (
        "SELECT 'view' AS what, mark, schema_name, relation_name, definition, CAST(0 AS BIGINT)"
        " AS ends_at, '' AS application"
        f" FROM {statements.control(config, statements.PUBLISHED)} WHERE handle = :handle"
        " UNION ALL SELECT 'member', consumer, kind, principal, agreement, ends_at, application"
        f" FROM {statements.control(config, statements.ENTITLEMENT)} WHERE handle = :handle"
    )
    for what, first, second, third, fourth, ends, application in client.rows(kept, handle=handle):
        if what == "view":
            found.registered = (first, (second, third), fourth)
        else:
            moment: datetime | None = _EPOCH + timedelta(microseconds=int(ends))
            moment = None if moment == statements.FOR_EVER else moment
            found.entitled[first] = _Entitled(Principal(second, third), application, fourth, moment)
    place = (config.catalog, *config.place_of(variant))
    found.view = table(client, *place)
    if found.view is not None:
        found.rights = _rights(client, *place)
    if found.entitled or found.readers:
        for one in client.consumers(f"mp_{config.env}_"):
            found.consumers.setdefault(one.name, one)
    source = (config.source, variant.base_schema, variant.base_table)
    described = table(client, *source) if all(_is_kept(one) for one in source) else None
    for one in (described or {}).get("columns") or []:
        found.types[str(one["name"])] = str(one.get("type_name", "")).upper()
    return found


def _is_kept(name: str) -> bool:
    """Whether Unity Catalog keeps this name as it is written; it would take `A` for `a`."""
    return name == name.lower() and not any(one in name for one in ". /")


def table(client: Client, *names: str) -> dict[str, Any] | None:
    """Read one table or view as the catalog describes it, None when it is not there."""
    try:
        return client.do(
            "GET", f"{statements.CATALOG_ROOT}/tables/{quote('.'.join(names), safe='')}"
        )
    except NoSuchThing:
        return None


def _rights(client: Client, *names: str) -> list[tuple[str, str, str]]:
    """Read who may do what on a view, directly or through what it is in."""
    where = (
        f"{statements.CATALOG_ROOT}/effective-permissions/table/{quote('.'.join(names), safe='')}"
    )
    try:
        said = client.do("GET", where)
    except NoSuchThing:
        return []
    return [
        (
            str(one["principal"]),
            str(right["privilege"]).upper(),
            " ".join(
                str(right[key])
                for key in ("inherited_from_type", "inherited_from_name")
                if right.get(key)
            ),
        )
        for one in said.get("privilege_assignments") or []
        for right in one.get("privileges") or []
    ]


def _member(config: DatabricksConfig, found: _Found, login: str) -> ObservedMember | None:
    """Say what stands of one member; None for a service principal that is no consumer of ours."""
    consumer, entitled = found.consumers.get(login), found.entitled.get(login)
    known = None if consumer is None else config.principal_of(consumer.mark)
    principal = entitled.principal if entitled else known
    if principal is None:
        return None
    remade = consumer is not None and (
        consumer.mark != config.mark_of_consumer(principal)
        or (entitled is not None and entitled.application != consumer.application)
    )
    group = config.group_of(principal)
    inside = consumer is not None and consumer.application in found.readers
    missing = {
        "login": consumer is None,
        "identity": remade,
        "membership": not (inside and (not group or group in found.readers)),
        "entitlement": entitled is None,
    }
    return ObservedMember(
        principal=principal,
        valid_until=entitled.until if entitled else None,
        agreement_id=entitled.agreement if entitled else "",
        missing=frozenset(part for part, is_missing in missing.items() if is_missing),
    )


def _says(found: _Found) -> str:
    return statements.fingerprint(str((found.view or {}).get("view_definition") or ""))


def _as_registered(config: DatabricksConfig, found: _Found, variant: PortVariant) -> bool:
    """Whether the view says what we registered; its text also names the groups of today."""
    if found.view is None or found.registered is None or _says(found) != found.registered[2]:
        return False
    mark = config.mark_of(variant.port_id, variant.variant)
    same = found.registered[0] == mark + variant.digest
    return not same or _says(found) == statements.fingerprint(statements.select(config, variant))


def _digest(config: DatabricksConfig, found: _Found, variant: PortVariant, mark: str) -> str:
    if found.registered is None or found.registered[1] != config.place_of(variant):
        return ""
    if not _as_registered(config, found, variant) or _is_anothers(config, found):
        return ""
    return found.registered[0].removeprefix(mark)


def _is_anothers(config: DatabricksConfig, found: _Found) -> bool:
    return found.view is not None and found.view.get("owner") != config.client_id


def _view_drift(config: DatabricksConfig, found: _Found, variant: PortVariant) -> Iterable[str]:
    here, kept = config.place_of(variant), found.registered
    at_home = kept is not None and kept[1] == here and bool(kept[2])
    if found.view is not None and (not at_home or _is_anothers(config, found)):
        yield "view-not-ours"
    elif at_home and found.view is None:
        yield "view-missing"
    elif at_home and not _as_registered(config, found, variant):
        yield "view-altered"
    if kept is not None and kept[1] != here:
        yield f"view-moved:{statements.qualified(config.catalog, *kept[1])}"


def _base_drift(types: dict[str, str], variant: PortVariant) -> Iterable[str]:
    if not types:
        yield "base-missing"
        return
    needed = {*variant.columns, *(one.column for one in variant.row_filters)}
    yield from (f"column-missing:{column}" for column in sorted(needed - types.keys()))
    for one in variant.row_filters:
        if one.column in types and not _fits(one, types[one.column]):
            yield f"filter-unfit:{one.column}"


def _fits(one: RowFilter, kind: str) -> bool:
    """Whether Databricks compares these two as what they are: it casts text to a number."""
    values = one.value if isinstance(one.value, tuple) else (one.value,)
    for value in values:
        if value is None:
            continue
        if isinstance(value, str):
            fits = kind in _TEXTS
        elif isinstance(value, bool):
            fits = kind == "BOOLEAN"
        elif isinstance(value, int | float | Decimal):
            fits = kind in _NUMBERS
        else:
            fits = kind in _TIMES
        if not fits:
            return False
    return True


def _foreign(config: DatabricksConfig, found: _Found) -> Iterable[str]:
    known = {one.application for one in found.consumers.values() if config.principal_of(one.mark)}
    known |= {one.application for one in found.entitled.values()} | {config.client_id}
    known |= {config.group_of(one.principal) for one in found.entitled.values()} - {""}
    for who, what, source in sorted(found.rights):
        if what in _READS and (source or who not in known or what != "SELECT"):
            if who == config.client_id:
                continue
            through = f", through {source.lower()}" if source else ""
            yield f"{who} has {what} on the view{through}"
