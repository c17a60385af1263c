"""What stands of one handle: its members, its view, what others did. No writes."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from marketplace.connectors.base import (
    Observed,
    ObservedMember,
    PortVariant,
    Principal,
    RowFilter,
)
from marketplace.connectors.snowflake import facts, statements
from marketplace.connectors.snowflake.client import Client
from marketplace.connectors.snowflake.config import SnowflakeConfig
from marketplace.connectors.snowflake.facts import Found, last
from marketplace.connectors.snowflake.failures import Refusal, translate

_NUMBERS: Final = frozenset({"NUMBER", "FLOAT"})
_TIMES: Final = frozenset({"DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"})
_START: Final = "\nAS\n"
_LOST: Final = ("right-missing",)


def observe(
    client: Client,
    config: SnowflakeConfig,
    variant: PortVariant,
    principals: frozenset[Principal] | None = None,
) -> Observed:
    """Read one handle: its view, its members, what others added, what is not as we left it.

    `server` is where the row access policy is to be put: type and name of the first published
    column that can have one. With `principals` only these are looked for.
    """
    try:
        found = facts.read(client, config, variant)
    except Refusal as refusal:
        raise translate(refusal) from refusal
    mark = config.mark_of(variant.port_id, variant.variant)
    asked = None if principals is None else {config.login_of(one) for one in principals}
    logins = found.entitled.keys() | (_joined(found) & found.roles.keys())
    members = frozenset(
        member
        for login in (logins if asked is None else logins & asked)
        if (member := _member(config, found, login)) is not None
    )
    stands = found.handle is not None
    ours = stands and _is_ours(config, found.handle, mark)
    anchor = _anchor(variant, found.types)
    return Observed(
        exists=ours,
        view_digest=_digest(config, found, variant, mark),
        members=members,
        foreign=tuple(_foreign(client, config, found, variant)),
        drift=(
            *(["handle-not-ours"] if stands and not ours else []),
            *_view_drift(config, found, variant, mark),
            *([] if not ours or not found.view or _may_read(config, found, variant) else _LOST),
            *_base_drift(found.types, variant),
            *([] if anchor or not found.types else ["policy-unfit"]),
            *(
                f"login-remade:{one.principal}"
                for one in sorted(members, key=lambda one: one.principal)
                if "identity" in one.missing
            ),
        ),
        server=" ".join(reversed(anchor)) if anchor else "",
    )


def anchor_of(observed: Observed) -> tuple[str, str]:
    """The column that the policy is put on, and its type."""
    kind, _, column = observed.server.partition(" ")
    return column, kind


def _joined(found: Found) -> set[str]:
    return {name for kind, name in found.grantees if kind == "ROLE"}


def _is_ours(config: SnowflakeConfig, row: dict[str, Any] | None, mark: str) -> bool:
    return row is not None and row["owner"] == config.role and row["comment"].startswith(mark)


def _member(config: SnowflakeConfig, found: Found, login: str) -> ObservedMember | None:
    """Say what stands of one member; None for a role that is no consumer of ours."""
    role, user, entitled = found.roles.get(login), found.users.get(login), found.entitled.get(login)
    known = None if role is None else config.principal_of(role["comment"])
    principal = entitled.principal if entitled else known
    if principal is None:
        return None
    mark = config.mark_of_consumer(principal)
    remade = any(
        one is not None and (one["owner"], one["comment"]) != (config.role, mark)
        for one in (role, user)
    )
    inside = login in _joined(found) and role is not None and int(role["assigned_to_users"]) > 0
    missing = {
        "login": role is None or user is None,
        "identity": remade,
        "membership": not inside,
        "entitlement": entitled is None,
    }
    return ObservedMember(
        principal=principal,
        valid_until=entitled.until if entitled else None,
        agreement_id=entitled.agreement if entitled else "",
        missing=frozenset(part for part, is_missing in missing.items() if is_missing),
    )


def _as_registered(found: Found) -> bool:
    """Whether the view says what we registered, is secure, and has its policy."""
    if found.view is None or found.registered is None:
        return False
    _, _, query = str(found.view.get("text") or "").partition(_START)
    same = statements.fingerprint(query) == found.registered.definition
    return same and str(found.view.get("is_secure")).lower() == "true" and found.policy_stands


def _digest(config: SnowflakeConfig, found: Found, variant: PortVariant, mark: str) -> str:
    here = (variant.relation_schema, variant.relation_name)
    if found.registered is None or found.registered.place != here or not _as_registered(found):
        return ""
    if found.view is None or found.view["owner"] != config.role:
        return ""
    return found.registered.mark.removeprefix(mark)


def _view_drift(
    config: SnowflakeConfig, found: Found, variant: PortVariant, mark: str
) -> Iterable[str]:
    here, kept = (variant.relation_schema, variant.relation_name), found.registered
    at_home = kept is not None and kept.place == here and kept.mark.startswith(mark)
    if found.view is not None and (not at_home or found.view["owner"] != config.role):
        yield "view-not-ours"
    elif at_home and found.view is None:
        yield "view-missing"
    elif at_home and not _as_registered(found):
        yield "view-altered"
    if kept is not None and kept.place != here:
        yield f"view-moved:{statements.qualified(config.database, *kept.place)}"


def _may_read(config: SnowflakeConfig, found: Found, variant: PortVariant) -> bool:
    handle = config.handle_of(variant)
    return any(
        (one["privilege"], one["granted_to"], last(one["grantee_name"]))
        == ("SELECT", "DATABASE_ROLE", handle)
        for one in found.rights
    )


def _anchor(variant: PortVariant, types: dict[str, str]) -> tuple[str, str] | None:
    """Choose the column that the policy is put on: the first whose type a policy takes."""
    for column in variant.columns:
        mask = variant.mask_of(column)
        kind = "TEXT" if mask and mask.how != "null" else types.get(column, "")
        if kind in statements.POLICY_TYPES:
            return column, kind
    return None


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
    """Whether Snowflake compares these two as what they are: it casts text to a number."""
    values = one.value if isinstance(one.value, tuple) else (one.value,)
    for value in values:
        if value is None:
            continue
        if isinstance(value, str):
            fits = kind == "TEXT"
        elif isinstance(value, bool):
            fits = kind == "BOOLEAN"
        elif isinstance(value, int | float | Decimal):
            fits = kind in _NUMBERS
        else:
            fits = kind in _TIMES
        if not fits:
            return False
    return True


def _foreign(
    client: Client, config: SnowflakeConfig, found: Found, variant: PortVariant
) -> Iterable[str]:
    handle = config.handle_of(variant)
    for kind, grantee in sorted(found.grantees):
        role = found.roles.get(grantee) if kind == "ROLE" else None
        known = role is not None and config.principal_of(role["comment"]) is not None
        if not known and grantee not in found.entitled:
            yield f"{grantee} ({kind}) is a member and no consumer of ours"
    for login in sorted(_joined(found) & found.roles.keys()):
        yield from _who_may_act_as(client, config, found, login)
    for one in found.rights:
        grantee = last(one["grantee_name"])
        ours = (one["granted_to"] == "DATABASE_ROLE" and grantee == handle) or (
            one["privilege"] == "OWNERSHIP" and grantee == config.role
        )
        if not ours:
            yield f"{grantee} has {one['privilege']} on the view, granted by {one['granted_by']}"


def _who_may_act_as(
    client: Client, config: SnowflakeConfig, found: Found, login: str
) -> Iterable[str]:
    """List who else has a consumer's role; asked only where SHOW ROLES counts more than ours."""
    role = found.roles[login]
    principal = config.principal_of(role["comment"])
    theirs = "" if principal is None else config.role_of(principal)
    ours = {("USER", login), ("ROLE", theirs)}
    expected = 2 if theirs else 1
    counted = int(role["assigned_to_users"]) + int(role["granted_to_roles"])
    if counted <= expected and not theirs:
        return
    try:
        grants = client.dicts(f"SHOW GRANTS OF ROLE {statements.name(login)}")
    except Refusal as refusal:
        raise translate(refusal) from refusal
    for one in grants:
        if (one["granted_to"], one["grantee_name"]) not in ours:
            yield f"{one['grantee_name']} may act as {login}"
