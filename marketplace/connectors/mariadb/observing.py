# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Reading what stands: our registry and the catalogues, no writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from marketplace.connectors.base import Observed, ObservedMember, PortVariant, Principal, RowFilter
from marketplace.connectors.mariadb.config import CONTROL, ENTITLEMENTS, MariadbConfig, umbrella_of
from marketplace.connectors.mariadb.connections import Session, utc
from marketplace.connectors.mariadb.statements import FOR_EVER, check_names, of_relation, qualified

_HANDLE: Final = f"""
SELECT (SELECT h.mark FROM {ENTITLEMENTS}.handle AS h WHERE h.handle = %s),
       EXISTS (SELECT 1 FROM {CONTROL}.account AS a WHERE a.login = %s)
"""
_PUBLISHED: Final = f"""
SELECT p.mark, p.schema_name, p.relation_name, p.definition,
       {CONTROL}.fingerprint(p.schema_name, p.relation_name)
  FROM {ENTITLEMENTS}.published AS p WHERE p.handle = %s
"""
_RELATION: Final = "SELECT TABLE_TYPE FROM information_schema.TABLES WHERE "
_COLUMNS: Final = "SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE "
_ENTITLED: Final = f"""
SELECT login, agreement, expires_at FROM {ENTITLEMENTS}.entitlement WHERE handle = %s
"""
_MAPPED: Final = f"SELECT role, member, host FROM {CONTROL}.mapping WHERE member <> %s"
_CONSUMERS: Final = f"""
SELECT login, kind, principal, fingerprint, next_fingerprint FROM {ENTITLEMENTS}.consumer
"""
_ACCOUNTS: Final = f"SELECT login, fingerprint, default_role FROM {CONTROL}.account"
_CREDENTIALS: Final = f"SELECT login, consumer FROM {ENTITLEMENTS}.credential"
_RIGHTS: Final = f"""
SELECT login, what, giver FROM {CONTROL}.rights
 WHERE ((relation = %s AND pattern = %s) OR (relation = '' AND %s LIKE pattern))
   AND login <> %s
 ORDER BY login, what, giver
"""
_NUMBERS: Final = frozenset(
    {"tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "year"}
)
_TEXTS: Final = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum"})
_TIMES: Final = frozenset({"date", "datetime", "timestamp"})


@dataclass(frozen=True, slots=True)
class _Accounts:
    """Who is who, and who is in which role."""

    consumers: dict[str, tuple[Any, ...]]
    accounts: dict[str, tuple[str, str]]
    roles: dict[str, set[str]]
    credentials: dict[str, str]

    def member(self, login: str, entitled: tuple[str, datetime] | None, handle: str) -> Any:
        """Say what stands of one of our members; None for an entitlement that is not ours."""
        consumer = self.consumers.get(login)
        if consumer is None:
            return None
        kind, key, *fingerprints = consumer
        account = self.accounts.get(login)
        umbrella = umbrella_of(login)
        joined = umbrella in self.roles.get(handle, set())
        active = login in self.roles.get(umbrella, set()) and (account or ("", ""))[1] == umbrella
        missing = {
            "login": account is None,
            "identity": account is not None and account[0] not in fingerprints,
            "membership": not (joined and active),
            "entitlement": entitled is None,
        }
        agreement, until = entitled or ("", FOR_EVER)
        return ObservedMember(
            principal=Principal(kind, key),
            valid_until=None if until == FOR_EVER else until,
            agreement_id=agreement,
            missing=frozenset(part for part, is_missing in missing.items() if is_missing),
        )


def observe(
    session: Session,
    config: MariadbConfig,
    variant: PortVariant,
    principals: frozenset[Principal] | None = None,
) -> Observed:
    """Read one handle: its view, its members, what others added, what is not as we left it.

    With `principals` only these are looked for. Raises BadIdentifier before any call.
    """
    check_names(variant)
    handle, mark = variant.handle(config.env), config.mark_of(variant.port_id, variant.variant)
    ((kept_mark, stands),) = session.rows(_HANDLE, [handle, handle])
    published = next(iter(session.rows(_PUBLISHED, [handle])), None)
    entitled = {
        login: (agreement, utc(until))
        for login, agreement, until in session.rows(_ENTITLED, [handle])
    }
    accounts = _accounts(session, config)
    asked = None if principals is None else {config.login_of(one) for one in principals}
    logins = {*entitled, *_joined(accounts, handle)}
    members = frozenset(
        member
        for login in (logins if asked is None else logins & asked)
        if (member := accounts.member(login, entitled.get(login), handle)) is not None
    )
    ours = kept_mark == mark
    relation, schema = variant.relation_name, variant.relation_schema
    rights = session.rows(_RIGHTS, [relation, schema, schema, config.publisher])
    may_read = any(login == handle for login, *_ in rights)
    return Observed(
        exists=bool(stands) and ours,
        view_digest=_digest(published, variant, mark),
        members=members,
        foreign=tuple(_foreign(handle, accounts, entitled, rights)),
        drift=(
            *(["handle-not-ours"] if (stands or kept_mark) and not ours else []),
            *_view_drift(session, variant, published, mark),
            *([] if may_read or not published or not ours else ["right-missing"]),
            *_base_drift(session, variant),
            *(
                f"login-remade:{one.principal}"
                for one in sorted(members, key=lambda one: one.principal)
                if "identity" in one.missing
            ),
        ),
    )


def _accounts(session: Session, config: MariadbConfig) -> _Accounts:
    roles: dict[str, set[str]] = {}
    for role, member, _host in session.rows(_MAPPED, [config.keeper]):
        roles.setdefault(role, set()).add(member)
    return _Accounts(
        consumers={login: tuple(rest) for login, *rest in session.rows(_CONSUMERS)},
        accounts={login: (seen, role) for login, seen, role in session.rows(_ACCOUNTS)},
        roles=roles,
        credentials=dict(session.rows(_CREDENTIALS)),
    )


def _joined(accounts: _Accounts, handle: str) -> set[str]:
    """List the consumers whose role is in the handle."""
    inside = accounts.roles.get(handle, set())
    return {login for login in accounts.consumers if umbrella_of(login) in inside}


def _digest(published: tuple[Any, ...] | None, variant: PortVariant, mark: str) -> str:
    if published is None:
        return ""
    kept_mark, schema, name, definition, now = published
    here = (schema, name) == (variant.relation_schema, variant.relation_name)
    as_we_left_it = definition and definition == now
    return kept_mark.removeprefix(mark) if here and as_we_left_it else ""


def _view_drift(
    session: Session, variant: PortVariant, published: tuple[Any, ...] | None, mark: str
) -> Iterable[str]:
    here = (variant.relation_schema, variant.relation_name)
    stands = bool(session.publisher_rows(_RELATION + of_relation(*here)))
    kept_at = None if published is None else (published[1], published[2])
    if stands and (kept_at != here or published is None or not published[0].startswith(mark)):
        yield "view-not-ours"
    elif published is not None and kept_at == here and not stands:
        yield "view-missing"
    elif published is not None and stands and published[3] != published[4]:
        yield "view-altered"
    if kept_at is not None and kept_at != here:
        yield f"view-moved:{qualified(*kept_at)}"


def _base_drift(session: Session, variant: PortVariant) -> Iterable[str]:
    here = of_relation(variant.base_schema, variant.base_table)
    types = dict(session.publisher_rows(_COLUMNS + here))
    if not types:
        yield "base-missing"
        return
    needed = {*variant.columns, *(one.column for one in variant.row_filters)}
    yield from (f"column-missing:{column}" for column in sorted(needed - types.keys()))
    for one in variant.row_filters:
        if one.column in types and not _fits(one, types[one.column]):
            yield f"filter-unfit:{one.column}"


def _fits(one: RowFilter, column_type: str) -> bool:
    """Whether MariaDB compares these two as what they are.

    It takes 'abc' for 0 beside a number, and every text for 0 beside the number 0: a filter of
    the wrong type would show rows that nobody promised.
    """
    values = one.value if isinstance(one.value, tuple) else (one.value,)
    for value in values:
        if value is None:
            continue
        if isinstance(value, str):
            fits = column_type in _TEXTS
        elif isinstance(value, bool | int | float | Decimal):
            fits = column_type in _NUMBERS
        else:
            fits = column_type in _TIMES
        if not fits:
            return False
    return True


def _foreign(
    handle: str,
    accounts: _Accounts,
    entitled: dict[str, Any],
    rights: list[tuple[Any, ...]],
) -> Iterable[str]:
    umbrellas = {umbrella_of(login): login for login in accounts.consumers}
    inside = accounts.roles.get(handle, set())
    for member in sorted(inside - umbrellas.keys()):
        yield f"{member} is a member and no consumer of ours"
    for login in sorted(entitled.keys() - accounts.consumers.keys()):
        yield f"{login} is entitled and no consumer of ours"
    for umbrella in sorted(inside & umbrellas.keys()):
        login = umbrellas[umbrella]
        for other in sorted(accounts.roles.get(umbrella, set()) - {login}):
            if accounts.credentials.get(other) != login:
                yield f"{other} may act as {login}"
    for login, what, giver in rights:
        if login != handle:
            by = f", granted by {giver}" if giver else ""
            yield f"{login or 'PUBLIC'} has {what} on the view{by}"
