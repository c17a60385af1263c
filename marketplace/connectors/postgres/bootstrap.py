# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""What must stand in the database before the first grant: by the administrator, then by us."""

from typing import Final

from marketplace.connectors.postgres.config import CONTROL, ENTITLEMENTS, PostgresConfig
from marketplace.connectors.postgres.statements import name

SERVER_OLDEST: Final = 150000
OPTIONS_CAME: Final = 160000
"""The version with GRANT ... WITH INHERIT, SET."""


def administrator_statements(config: PostgresConfig, server: int = OPTIONS_CAME) -> tuple[str, ...]:
    """List what a superuser runs once per database; the last ones harden it for consumers.

    `server` is the server's version number. Before 16 a role between the provisioner and the
    publisher that inherits nothing does what WITH INHERIT FALSE does now. CREATEROLE is more than
    is needed there: it lets its holder grant any role but a superuser's.

    Passwords are set apart from this. The publisher is also to be granted USAGE and SELECT on the
    schemas and tables that products are made from.
    """
    database, provisioner = name(config.database), name(config.user)
    publisher = name(config.publisher)
    return (
        f"CREATE ROLE {provisioner} LOGIN CREATEROLE",
        f"CREATE ROLE {publisher} NOLOGIN",
        *_becoming(config, server),
        f"GRANT CREATE ON DATABASE {database} TO {provisioner}",
        f"GRANT pg_signal_backend TO {provisioner}",
        f"GRANT SET ON PARAMETER temp_file_limit TO {provisioner}",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_creat(integer) FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_create(oid) FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_notify(text, text) FROM PUBLIC",
    )


def sandbox_statements(config: PostgresConfig) -> tuple[str, ...]:
    """List what a superuser runs, each by itself, for queries on invented rows.

    The database stays empty. The statements on schema public and on functions are to be repeated
    in it.
    """
    sandbox = name(config.sandbox_database)
    return (
        f"CREATE DATABASE {sandbox} OWNER {name(config.user)}",
        f"REVOKE ALL ON DATABASE {sandbox} FROM PUBLIC",
    )


def _becoming(config: PostgresConfig, server: int) -> tuple[str, ...]:
    """Let the provisioner become the publisher, without inheriting its right to read."""
    provisioner, publisher = name(config.user), name(config.publisher)
    if server >= OPTIONS_CAME:
        return (f"GRANT {publisher} TO {provisioner} WITH INHERIT FALSE, SET TRUE",)
    gate = name(f"{config.publisher}_gate")
    return (
        f"CREATE ROLE {gate} NOLOGIN NOINHERIT",
        f"GRANT {publisher} TO {gate}",
        f"GRANT {gate} TO {provisioner}",
    )


def own_statements(config: PostgresConfig) -> tuple[str, ...]:
    """List what the provisioner makes for itself; every statement is safe to repeat."""
    provisioner, publisher = name(config.user), name(config.publisher)
    return (
        f"CREATE SCHEMA IF NOT EXISTS {ENTITLEMENTS} AUTHORIZATION {publisher}",
        f"CREATE SCHEMA IF NOT EXISTS {CONTROL} AUTHORIZATION {publisher}",
        f"SET LOCAL ROLE {publisher}",
        f"GRANT USAGE ON SCHEMA {ENTITLEMENTS} TO {provisioner}",
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.consumer (
    login name PRIMARY KEY, consumer oid NOT NULL, kind text NOT NULL, key text NOT NULL)""",
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.entitlement (
    handle name NOT NULL, login name NOT NULL, consumer oid NOT NULL,
    agreement text NOT NULL, expires_at timestamptz NOT NULL, PRIMARY KEY (handle, login))""",
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.published (
    handle name PRIMARY KEY, mark text NOT NULL, schema_name name NOT NULL,
    relation_name name NOT NULL, definition text NOT NULL)""",
        (
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {ENTITLEMENTS}"
            f" TO {provisioner}"
        ),
        # The key of hashed columns. Views read it with the publisher's right, and nobody else does.
        f"CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.salt (one boolean PRIMARY KEY, salt text)",
        f"REVOKE ALL ON {ENTITLEMENTS}.salt FROM {provisioner}",
        f"""INSERT INTO {ENTITLEMENTS}.salt
    VALUES (true, gen_random_uuid()::text || gen_random_uuid()::text) ON CONFLICT DO NOTHING""",
        # The control object: nobody is ever granted it, so reading it must be refused.
        f"CREATE TABLE IF NOT EXISTS {CONTROL}.probe (nobody_may_read_this text)",
        # A consumer may ask for its own entitlement, and for no other's.
        f"""CREATE OR REPLACE FUNCTION {CONTROL}.entitled(asked name) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = ''
    BEGIN ATOMIC
        SELECT EXISTS (SELECT FROM {ENTITLEMENTS}.entitlement AS e
            WHERE e.handle = asked AND e.expires_at > pg_catalog.statement_timestamp()
              AND pg_catalog.pg_has_role(session_user, e.consumer, 'MEMBER')
              AND e.login = session_user)
          OR EXISTS (SELECT FROM {ENTITLEMENTS}.entitlement AS e
            WHERE e.handle = asked AND e.expires_at > pg_catalog.statement_timestamp()
              AND pg_catalog.pg_has_role(session_user, e.consumer, 'MEMBER'));
    END""",
        f"GRANT USAGE ON SCHEMA {CONTROL} TO PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {CONTROL}.entitled(name) TO PUBLIC",
        "RESET ROLE",
    )
