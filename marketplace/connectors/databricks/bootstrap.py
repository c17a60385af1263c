# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""What an administrator runs once: our schema and tables, and the provisioner's few rights."""

from marketplace.connectors.databricks.config import DatabricksConfig
from marketplace.connectors.databricks.statements import (
    ENTITLEMENT,
    MY_ACCESS,
    PROBE,
    PUBLISHED,
    SALT,
    control,
    may_read,
    name,
    qualified,
)


def administrator_statements(config: DatabricksConfig) -> tuple[str, ...]:
    """List what an administrator runs once per metastore, each statement by itself.

    The provisioner's service principal is made before, with an OAuth secret and CAN MANAGE on the
    consumers' warehouses, by a workspace administrator; it needs the right to make service
    principals. It is also to be granted SELECT on what products are made from: it owns the views,
    and a view reads with its owner's rights.
    """
    ours, schema = f"`{config.client_id}`", qualified(config.catalog, config.control)
    return (
        f"CREATE CATALOG IF NOT EXISTS {name(config.catalog)}",
        f"GRANT USE CATALOG, CREATE SCHEMA, MANAGE ON CATALOG {name(config.catalog)} TO {ours}",
        f"CREATE SCHEMA IF NOT EXISTS {schema}",
        f"GRANT USE SCHEMA, MANAGE ON SCHEMA {schema} TO {ours}",
        (
            f"CREATE TABLE IF NOT EXISTS {control(config, ENTITLEMENT)} (handle STRING,"
            " consumer STRING, application STRING, people STRING, kind STRING, principal STRING,"
            " agreement STRING, ends_at BIGINT)"
        ),
        (
            f"CREATE TABLE IF NOT EXISTS {control(config, PUBLISHED)} (handle STRING, mark STRING,"
            " schema_name STRING, relation_name STRING, definition STRING)"
        ),
        f"CREATE TABLE IF NOT EXISTS {control(config, SALT)} (salt STRING)",
        (
            f"INSERT INTO {control(config, SALT)} SELECT sha2(concat(uuid(), uuid()), 256)"
            f" WHERE NOT EXISTS (SELECT 1 FROM {control(config, SALT)})"
        ),
        # The control object: nobody is ever granted it, so reading it must be refused.
        f"CREATE TABLE IF NOT EXISTS {control(config, PROBE)} (nobody_may_read_this STRING)",
        (
            f"CREATE VIEW IF NOT EXISTS {control(config, MY_ACCESS)} AS SELECT e.handle, e.ends_at"
            f" FROM {control(config, ENTITLEMENT)} AS e WHERE {may_read(config)}"
        ),
        *(
            f"GRANT SELECT, MODIFY ON TABLE {control(config, one)} TO {ours}"
            for one in (ENTITLEMENT, PUBLISHED)
        ),
        f"GRANT SELECT ON TABLE {control(config, SALT)} TO {ours}",
    )
