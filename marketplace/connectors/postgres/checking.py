# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Looking at the provisioner's own credential: enough to work, and no more than that."""

from typing import Final

from marketplace.connectors.base import ConnectorError, Finding
from marketplace.connectors.postgres.bootstrap import OPTIONS_CAME, SERVER_OLDEST
from marketplace.connectors.postgres.config import CONTROL, ENTITLEMENTS, PostgresConfig
from marketplace.connectors.postgres.connections import Provisioner

_FACTS: Final = f"""
SELECT current_setting('server_version_num')::int,
       me.rolsuper, me.rolcreaterole, me.rolcreatedb, me.rolreplication, me.rolbypassrls,
       has_database_privilege(current_database(), 'CREATE'),
       pg_has_role('pg_signal_backend', 'MEMBER'),
       pub.rolname IS NOT NULL,
       coalesce(pub.rolcanlogin, false), coalesce(pub.rolsuper, false),
       CASE WHEN pub.rolname IS NOT NULL THEN pg_has_role(pub.oid, 'SET') END,
       CASE WHEN pub.rolname IS NOT NULL THEN pg_has_role(pub.oid, 'USAGE') END,
       EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = '{ENTITLEMENTS}' AND c.relname = 'salt')
         AND EXISTS (SELECT FROM pg_proc AS f JOIN pg_namespace AS n ON n.oid = f.pronamespace
                      WHERE n.nspname = '{CONTROL}' AND f.proname = 'entitled'),
       has_database_privilege('public', current_database(), 'TEMP'),
       EXISTS (SELECT FROM pg_namespace AS n
                WHERE n.nspname = 'public' AND has_schema_privilege('public', n.oid, 'CREATE')),
       ARRAY(SELECT format('%%I.%%I', n.nspname, c.relname) FROM pg_class AS c
               JOIN pg_namespace AS n ON n.oid = c.relnamespace
              WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
                AND n.nspname NOT IN ('pg_catalog', 'information_schema', '{ENTITLEMENTS}')
                AND n.nspname NOT LIKE 'pg\\_toast%%'
                AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
              ORDER BY 1 LIMIT 5)
  FROM pg_roles AS me LEFT JOIN pg_roles AS pub ON pub.rolname = %s
 WHERE me.rolname = current_user
"""


def check(provisioner: Provisioner, config: PostgresConfig) -> list[Finding]:
    """Name what is missing (error), what is too much (warning), and what a consumer could do."""
    try:
        with provisioner.session() as session:
            sql = _FACTS
            if session.info.server_version < OPTIONS_CAME:
                sql = sql.replace("'SET'", "'MEMBER'")
            row = session.execute(sql.encode(), [config.publisher]).fetchone()
    except ConnectorError as error:
        return [Finding("error", "unreachable", error.message)]
    assert row is not None
    (
        version, superuser, createrole, createdb, replication, bypass, may_create, may_signal,
        publisher, publisher_login, publisher_super, may_become, inherits, prepared,
        public_temp, public_create, readable,
    ) = row  # fmt: skip
    judged: list[tuple[bool, Finding]] = [
        (version < SERVER_OLDEST, _error("server-too-old", "PostgreSQL 15 or newer is needed.")),
        (not createrole and not superuser, _error("no-createrole", "It may not create roles.")),
        (not may_create, _error("no-create-schema", "It may not create schemas here.")),
        (not may_signal and not superuser, _error("no-signal", "It may not end sessions.")),
        (not publisher, _error("no-publisher", f"There is no role {config.publisher}.")),
        (may_become is False, _error("no-set-publisher", "It may not become the publisher.")),
        (not prepared, _error("not-prepared", "The entitlement tables are missing: prepare().")),
        (superuser, _warning("superuser", "It is a superuser.")),
        (createdb, _warning("createdb", "It may create databases.")),
        (replication, _warning("replication", "It may replicate the whole server.")),
        (bypass, _warning("bypassrls", "It bypasses row-level security.")),
        (inherits is True, _warning("inherits-publisher", "It reads base tables by itself.")),
        (publisher_login, _warning("publisher-login", "The publisher may log in.")),
        (publisher_super, _warning("publisher-superuser", "The publisher is a superuser.")),
        (
            bool(readable) and not superuser and not inherits,
            _warning("reads-data", f"It may read {', '.join(readable)}."),
        ),
        (public_temp, _warning("public-temp", "Consumers may create temporary tables.")),
        (public_create, _warning("public-create", "Consumers may create objects in public.")),
    ]
    return [finding for applies, finding in judged if applies]


def _error(code: str, text: str) -> Finding:
    return Finding("error", code, text)


def _warning(code: str, text: str) -> Finding:
    return Finding("warning", code, text)
