# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""What an administrator runs once: the provisioner, its few rights, and our four tables."""

from marketplace.connectors.snowflake.config import SnowflakeConfig, public_key_of
from marketplace.connectors.snowflake.statements import (
    CONSUMERS,
    ENTITLEMENT,
    MY_ACCESS,
    PROBE,
    PUBLISHED,
    SALT,
    control,
    name,
    qualified,
)


def administrator_statements(config: SnowflakeConfig) -> tuple[str, ...]:
    """List what an administrator runs once per account, each statement by itself.

    The role is also to be granted USAGE and SELECT on what products are made from: it owns the
    secure views, and a view reads with its owner's rights.
    """
    role, database = name(config.role), name(config.database)
    schema = qualified(config.database, config.control)
    return (
        f"CREATE ROLE IF NOT EXISTS {role}",
        (
            f"CREATE USER IF NOT EXISTS {name(config.user)} TYPE = SERVICE"
            f" DEFAULT_ROLE = {role} DEFAULT_WAREHOUSE = {name(config.warehouse)}"
            " DEFAULT_SECONDARY_ROLES = ()"
        ),
        (
            f"ALTER USER {name(config.user)} SET"
            f" RSA_PUBLIC_KEY = '{public_key_of(config.private_key)}'"
        ),
        f"GRANT ROLE {role} TO USER {name(config.user)}",
        f"GRANT USAGE ON WAREHOUSE {name(config.warehouse)} TO ROLE {role}",
        f"GRANT CREATE ROLE ON ACCOUNT TO ROLE {role}",
        f"GRANT CREATE USER ON ACCOUNT TO ROLE {role}",
        f"CREATE DATABASE IF NOT EXISTS {database}",
        f"GRANT USAGE ON DATABASE {database} TO ROLE {role}",
        f"GRANT CREATE SCHEMA ON DATABASE {database} TO ROLE {role}",
        f"GRANT CREATE DATABASE ROLE ON DATABASE {database} TO ROLE {role}",
        *(
            f"GRANT USAGE ON WAREHOUSE {name(one)} TO ROLE {role} WITH GRANT OPTION"
            for one in consumer_warehouses(config)
        ),
        f"CREATE SCHEMA IF NOT EXISTS {schema} WITH MANAGED ACCESS",
        (
            f"CREATE TABLE IF NOT EXISTS {control(config, ENTITLEMENT)} (HANDLE VARCHAR NOT NULL,"
            " CONSUMER VARCHAR NOT NULL, KIND VARCHAR NOT NULL, PRINCIPAL VARCHAR NOT NULL,"
            " AGREEMENT VARCHAR NOT NULL, EXPIRES_AT TIMESTAMP_NTZ NOT NULL)"
        ),
        (
            f"CREATE TABLE IF NOT EXISTS {control(config, PUBLISHED)} (HANDLE VARCHAR NOT NULL,"
            " MARK VARCHAR NOT NULL, SCHEMA_NAME VARCHAR NOT NULL,"
            " RELATION_NAME VARCHAR NOT NULL, DEFINITION VARCHAR NOT NULL)"
        ),
        f"CREATE TABLE IF NOT EXISTS {control(config, SALT)} (SALT VARCHAR NOT NULL)",
        (
            f"INSERT INTO {control(config, SALT)} SELECT SHA2(RANDSTR(64, RANDOM()), 256)"
            f" WHERE NOT EXISTS (SELECT 1 FROM {control(config, SALT)})"
        ),
        # The control object: nobody is ever granted it, so reading it must be refused.
        f"CREATE TABLE IF NOT EXISTS {control(config, PROBE)} (NOBODY_MAY_READ_THIS VARCHAR)",
        (
            f"CREATE SECURE VIEW IF NOT EXISTS {control(config, MY_ACCESS)} AS"
            f" SELECT e.HANDLE, e.EXPIRES_AT FROM {control(config, ENTITLEMENT)} AS e"
            " WHERE e.EXPIRES_AT > SYSDATE() AND IS_ROLE_IN_SESSION(e.CONSUMER)"
        ),
        f"CREATE DATABASE ROLE IF NOT EXISTS {qualified(config.database, CONSUMERS)}",
        *(
            f"GRANT {what} TO DATABASE ROLE {qualified(config.database, CONSUMERS)}"
            for what in (
                f"USAGE ON DATABASE {database}",
                f"USAGE ON SCHEMA {schema}",
                f"SELECT ON VIEW {control(config, MY_ACCESS)}",
            )
        ),
        f"GRANT USAGE ON SCHEMA {schema} TO ROLE {role}",
        f"GRANT CREATE ROW ACCESS POLICY ON SCHEMA {schema} TO ROLE {role}",
        *(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE {control(config, one)} TO ROLE {role}"
            for one in (ENTITLEMENT, PUBLISHED)
        ),
        f"GRANT SELECT ON TABLE {control(config, SALT)} TO ROLE {role}",
        (
            f"GRANT OWNERSHIP ON DATABASE ROLE {qualified(config.database, CONSUMERS)}"
            f" TO ROLE {role} COPY CURRENT GRANTS"
        ),
    )


def consumer_warehouses(config: SnowflakeConfig) -> tuple[str, ...]:
    """The warehouses that consumers are let onto, each once."""
    named = {one.partition("=")[2].strip() for one in config.warehouses}
    return tuple(sorted(named | ({config.consumer_warehouse} - {""})))
