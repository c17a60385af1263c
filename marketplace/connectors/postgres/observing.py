# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Reading what stands: one statement over the catalogues and our own registry, no writes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from marketplace.connectors.base import Observed, ObservedMember, PortVariant, Principal
from marketplace.connectors.postgres.config import ENTITLEMENTS, PostgresConfig
from marketplace.connectors.postgres.connections import Session
from marketplace.connectors.postgres.statements import BEFORE_16, fingerprint, qualified

_OPTIONS_CAME: Final = 160000

# Relations are found by name in the catalogue: to_regclass needs a right on the schema, and the
# provisioner has none on data.
_STATE: Final = f"""
WITH relation AS (
  SELECT c.oid, n.oid AS space, n.nspname, c.relname, c.relkind, c.relowner, c.reloptions,
         coalesce(obj_description(c.oid, 'pg_class'), '') AS words
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname IN (%(schema)s, %(base_schema)s) OR (n.nspname, c.relname) IN (
      SELECT schema_name, relation_name FROM {ENTITLEMENTS}.published WHERE handle = %(handle)s)),
shown AS (SELECT * FROM relation WHERE nspname = %(schema)s AND relname = %(view)s),
base AS (SELECT * FROM relation WHERE nspname = %(base_schema)s AND relname = %(base)s),
handle AS (SELECT oid FROM pg_roles WHERE rolname = %(handle)s),
published AS (SELECT * FROM {ENTITLEMENTS}.published WHERE handle = %(handle)s)
SELECT
  (SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM handle),
  (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %(schema)s),
  (SELECT words FROM shown),
  (SELECT s.relkind = 'v' AND pg_get_userbyid(s.relowner) = %(publisher)s
          AND 'security_barrier=true' = ANY (s.reloptions)
          AND {fingerprint("s.oid")} = p.definition
     FROM shown AS s, published AS p),
  (SELECT ARRAY[p.schema_name::text, p.relation_name::text]
     FROM published AS p JOIN relation AS r ON r.nspname = p.schema_name
      AND r.relname = p.relation_name AND starts_with(r.words, %(mark)s)),
  (SELECT has_table_privilege(h.oid, s.oid, 'SELECT')
      AND has_schema_privilege(h.oid, s.space, 'USAGE') FROM handle AS h, shown AS s),
  (SELECT has_table_privilege(%(publisher)s::name, oid, 'SELECT')
      AND has_schema_privilege(%(publisher)s::name, space, 'USAGE') FROM base),
  ARRAY(SELECT wanted FROM unnest(%(columns)s::text[]) AS wanted, base WHERE NOT EXISTS (
    SELECT FROM pg_attribute AS a WHERE a.attrelid = base.oid
      AND a.attname = wanted AND a.attnum > 0 AND NOT a.attisdropped))
"""

_MEMBERS: Final = f"""
WITH member AS (
  SELECT taker.rolname AS login, taker.oid AS number,
         array_agg(giver.rolname ORDER BY giver.rolname) AS grantors
    FROM pg_auth_members AS m
    JOIN pg_roles AS handle ON handle.oid = m.roleid
    JOIN pg_roles AS taker ON taker.oid = m.member
    JOIN pg_roles AS giver ON giver.oid = m.grantor
   WHERE handle.rolname = %(handle)s
     -- The provisioner made the handle, so it may administer it; it inherits nothing from it.
     AND (m.inherit_option OR m.set_option OR taker.rolname <> %(user)s)
     -- By number, so that one login among thousands is found in the index of memberships.
     AND (%(logins)s::text[] IS NULL
          OR m.member = ANY (ARRAY(SELECT oid FROM pg_roles WHERE rolname = ANY (%(logins)s))))
   GROUP BY taker.rolname, taker.oid)
SELECT coalesce(member.login, e.login)::text, c.kind, c.key, coalesce(e.agreement, ''),
       nullif(e.expires_at, 'infinity'), e.login IS NOT NULL, r.oid IS NOT NULL,
       c.consumer IS NOT DISTINCT FROM r.oid AND coalesce(e.consumer = c.consumer, true),
       coalesce(%(user)s = ANY (member.grantors), false),
       coalesce(array_remove(member.grantors, %(user)s), ARRAY[]::name[])::text[]
  FROM member
  FULL JOIN (SELECT * FROM {ENTITLEMENTS}.entitlement WHERE handle = %(handle)s
    AND (%(logins)s::text[] IS NULL OR login = ANY (%(logins)s))) AS e
    ON e.login = member.login
  LEFT JOIN {ENTITLEMENTS}.consumer AS c ON c.login = coalesce(member.login, e.login)
  LEFT JOIN pg_roles AS r ON r.rolname = coalesce(member.login, e.login)
 ORDER BY 1
"""

_FOREIGN_RIGHTS: Final = """
SELECT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(acl.grantee) END,
       string_agg(acl.privilege_type, ', ' ORDER BY acl.privilege_type),
       pg_get_userbyid(acl.grantor)
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace, aclexplode(c.relacl) AS acl
 WHERE n.nspname = %(schema)s AND c.relname = %(view)s AND acl.grantee <> c.relowner
   AND acl.grantee <> coalesce((SELECT oid FROM pg_roles WHERE rolname = %(handle)s), 0::oid)
 GROUP BY acl.grantee, acl.grantor
UNION ALL
SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END,
       'SELECT (' || att.attname || ')', pg_get_userbyid(a.grantor)
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_attribute AS att ON att.attrelid = c.oid, aclexplode(att.attacl) AS a
 WHERE n.nspname = %(schema)s AND c.relname = %(view)s
 ORDER BY 1, 2, 3
"""

_STAND_INS: Final = f"""
SELECT taker.rolname, consumer.login FROM {ENTITLEMENTS}.entitlement AS e
  JOIN {ENTITLEMENTS}.consumer AS consumer ON consumer.login = e.login
  JOIN pg_auth_members AS m ON m.roleid = consumer.consumer
  JOIN pg_roles AS taker ON taker.oid = m.member
 WHERE e.handle = %(handle)s AND (m.inherit_option OR m.set_option)
   AND (%(logins)s::text[] IS NULL OR e.login = ANY (%(logins)s))
   AND taker.rolname NOT LIKE %(credentials)s
 ORDER BY 1, 2
"""


_ABOUT_MEMBERS: Final = (_MEMBERS, _STAND_INS)


@dataclass(frozen=True, slots=True)
class _State:
    """The first row, named."""

    handle_comment: str | None
    schema_owner: str | None
    view_comment: str | None
    as_we_left_it: bool | None
    published_at: list[str] | None
    handle_reads: bool | None
    base_readable: bool | None
    columns_missing: list[str]


@dataclass(frozen=True, slots=True)
class _Row:
    """One role that is a member of the handle, or is entitled to it, or both."""

    login: str
    kind: str | None
    key: str | None
    agreement: str
    valid_until: datetime | None
    entitled: bool
    stands: bool
    same: bool
    joined_by_us: bool
    other_givers: list[str]

    @property
    def is_ours(self) -> bool:
        """Whether we let it in; a mere membership that another gave is foreign."""
        return self.kind is not None and (self.joined_by_us or self.entitled)

    def foreign(self) -> list[str]:
        """Say what others did to it."""
        if self.kind is None:
            what = "a member" if not self.entitled else "entitled"
            return [f"{self.login} is {what} and no consumer of ours"]
        return [f"{self.login} is a member, granted by {giver}" for giver in self.other_givers]

    def member(self) -> ObservedMember:
        """Name what is missing."""
        missing = {
            "login": not self.stands,
            "identity": self.stands and not self.same,
            "membership": not self.joined_by_us,
            "entitlement": not self.entitled,
        }
        return ObservedMember(
            principal=Principal(str(self.kind), str(self.key)),
            valid_until=self.valid_until,
            agreement_id=self.agreement,
            missing=frozenset(part for part, is_missing in missing.items() if is_missing),
        )


def observe(
    session: Session,
    config: PostgresConfig,
    variant: PortVariant,
    principals: frozenset[Principal] | None = None,
) -> Observed:
    """Read one handle: its view, its members, what others added, what is not as we left it.

    With `principals` only these are looked for, which is what a handle with thousands of members
    needs when one of them changes.
    """
    asked = _parameters(config, variant, principals)
    with session.transaction():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = session.execute(_STATE.encode(), asked).fetchone()
        state = _State(*(row or ()))
        old = session.info.server_version < _OPTIONS_CAME
        members_sql, stand_ins_sql = (_without_options(one, old=old) for one in _ABOUT_MEMBERS)
        rows = [_Row(*one) for one in session.execute(members_sql.encode(), asked).fetchall()]
        rights = session.execute(_FOREIGN_RIGHTS, asked).fetchall()
        stand_ins = session.execute(stand_ins_sql.encode(), asked).fetchall()
    members = frozenset(row.member() for row in rows if row.is_ours)
    foreign = [
        *(line for row in rows for line in row.foreign()),
        *(f"{who} has {what} on the view, granted by {giver}" for who, what, giver in rights),
        *(f"{who} may act as {login}" for who, login in stand_ins),
    ]
    return Observed(
        exists=state.handle_comment is not None,
        view_digest=_digest(state, asked["mark"]),
        members=members,
        foreign=tuple(foreign),
        drift=_drift(state, variant, config, asked["mark"], members),
        server=BEFORE_16 if old else "",
    )


def _without_options(sql: str, *, old: bool) -> str:
    """Before version 16 a membership is one row: no options, and no matter who granted it."""
    if not old:
        return sql
    sql = sql.replace("m.inherit_option OR m.set_option", "true")
    return sql.replace(
        "coalesce(%(user)s = ANY (member.grantors), false)", "member.login IS NOT NULL"
    )


def _parameters(
    config: PostgresConfig, variant: PortVariant, principals: frozenset[Principal] | None
) -> dict[str, Any]:
    return {
        "logins": None if principals is None else [config.login_of(one) for one in principals],
        "handle": variant.handle(config.env),
        "user": config.user,
        "publisher": config.publisher,
        "schema": variant.relation_schema,
        "view": variant.relation_name,
        "base": variant.base_table,
        "base_schema": variant.base_schema,
        "mark": config.mark_of(variant.port_id, variant.variant),
        "columns": [*variant.columns, *(one.column for one in variant.row_filters)],
        "credentials": config.credential_pattern,
    }


def _digest(state: _State, mark: str) -> str:
    comment = state.view_comment or ""
    if not comment.startswith(mark) or not state.as_we_left_it:
        return ""
    return comment.removeprefix(mark)


def _drift(
    state: _State,
    variant: PortVariant,
    config: PostgresConfig,
    mark: str,
    members: frozenset[ObservedMember],
) -> tuple[str, ...]:
    found: list[str] = []
    if state.handle_comment is not None and not state.handle_comment.startswith(mark):
        found.append("handle-not-ours")
    if state.schema_owner not in {None, config.publisher}:
        found.append(f"schema-not-ours:{state.schema_owner}")
    if state.view_comment is not None and not state.view_comment.startswith(mark):
        found.append("view-not-ours")
    elif state.view_comment is None and state.published_at is None and state.handle_comment:
        found.append("view-missing")
    elif state.view_comment is not None and not state.as_we_left_it:
        found.append("view-altered")
    here = [variant.relation_schema, variant.relation_name]
    if state.published_at is not None and state.published_at != here:
        found.append(f"view-moved:{qualified(*state.published_at)}")
    if state.handle_reads is False:
        found.append("right-missing")
    if state.base_readable is None:
        found.append("base-missing")
    else:
        found += ["base-unreadable"] * (not state.base_readable)
        found += [f"column-missing:{column}" for column in state.columns_missing]
    found += [
        f"login-remade:{one.principal}"
        for one in sorted(members, key=lambda one: one.principal)
        if "identity" in one.missing
    ]
    return tuple(found)
