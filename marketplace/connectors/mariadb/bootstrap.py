# ruff: noqa: S608 - every name in these statements is checked and quoted by us
"""What an administrator makes once: two locked accounts, a provisioner, and our procedures.

The right CREATE USER would let its holder change anybody's password, on MariaDB the administrator's
too, so the provisioner does not get it. It may only execute procedures that run with the rights
of a locked account and touch nothing but names of ours.
"""

from typing import Final

from marketplace.connectors.mariadb.config import CONTROL, ENTITLEMENTS, MariadbConfig
from marketplace.connectors.mariadb.dialects import ASCII as _ASCII
from marketplace.connectors.mariadb.dialects import NAME as _NAME
from marketplace.connectors.mariadb.dialects import dialect_of
from marketplace.connectors.mariadb.flavours import Flavour
from marketplace.connectors.mariadb.routines import functions, procedures
from marketplace.connectors.mariadb.statements import name

_READABLE: Final = ("consumer", "credential", "handle", "published")


def administrator_statements(
    config: MariadbConfig, flavour: Flavour = Flavour.MARIADB
) -> tuple[str, ...]:
    """List what an administrator runs once per server of a flavour, each statement by itself.

    The provisioner's password is set apart from this. The publisher is also to be granted SELECT
    on the databases or tables that products are made from.
    """
    keeper, publisher = (
        f"{name(config.keeper)}@`localhost`",
        f"{name(config.publisher)}@`localhost`",
    )
    provisioner = f"{name(config.user)}@`%`"
    published = f"`{config.published}`.*"
    words = dialect_of(flavour)
    return (
        f"CREATE DATABASE IF NOT EXISTS {ENTITLEMENTS} CHARACTER SET utf8mb4",
        f"CREATE DATABASE IF NOT EXISTS {CONTROL} CHARACTER SET utf8mb4",
        *_tables(),
        f"CREATE USER IF NOT EXISTS {keeper} ACCOUNT LOCK",
        f"CREATE USER IF NOT EXISTS {publisher} ACCOUNT LOCK",
        f"CREATE USER IF NOT EXISTS {provisioner}",
        *words.keeper_rights(keeper),
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {ENTITLEMENTS}.* TO {keeper}",
        f"GRANT EXECUTE ON {CONTROL}.* TO {keeper} WITH GRANT OPTION",
        (
            f"GRANT SELECT, CREATE, DROP, CREATE VIEW, SHOW VIEW ON {published} TO {publisher}"
            " WITH GRANT OPTION"
        ),
        f"GRANT SELECT, INSERT, UPDATE ON {ENTITLEMENTS}.* TO {publisher}",
        f"GRANT EXECUTE ON {CONTROL}.* TO {publisher}",
        f"GRANT EXECUTE ON {CONTROL}.* TO {provisioner}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {ENTITLEMENTS}.entitlement TO {provisioner}",
        *(f"GRANT SELECT ON {ENTITLEMENTS}.{one} TO {provisioner}" for one in _READABLE),
        *words.views(_make_view(keeper)),
        _rights(keeper),
        f"GRANT SELECT ON {CONTROL}.account TO {provisioner}",
        f"GRANT SELECT ON {CONTROL}.mapping TO {provisioner}",
        f"GRANT SELECT ON {CONTROL}.rights TO {provisioner}",
        *functions(words, publisher),
        *procedures(words, keeper),
    )


def _tables() -> tuple[str, ...]:
    return (
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.consumer (
    login {_NAME} PRIMARY KEY, kind VARCHAR(32) NOT NULL, principal VARCHAR(255) NOT NULL,
    fingerprint CHAR(64) {_ASCII} NOT NULL, next_fingerprint CHAR(64) {_ASCII} NOT NULL
) ENGINE=InnoDB""",
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.entitlement (
    handle {_NAME} NOT NULL, login {_NAME} NOT NULL, agreement VARCHAR(255) NOT NULL,
    expires_at DATETIME(6) NOT NULL COMMENT 'UTC', PRIMARY KEY (handle, login)
) ENGINE=InnoDB""",
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.credential (
    login {_NAME} PRIMARY KEY, consumer {_NAME} NOT NULL,
    expires_at DATETIME(6) NOT NULL COMMENT 'UTC'
) ENGINE=InnoDB""",
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.handle (
    handle {_NAME} PRIMARY KEY, mark VARCHAR(255) {_ASCII} NOT NULL
) ENGINE=InnoDB""",
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.published (
    handle {_NAME} PRIMARY KEY, mark VARCHAR(255) {_ASCII} NOT NULL,
    schema_name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
    relation_name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
    definition CHAR(64) {_ASCII} NOT NULL
) ENGINE=InnoDB""",
        # The key of hashed columns. Views read it with the publisher's right, and nobody else does.
        (
            f"CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.salt"
            f" (one INT PRIMARY KEY, salt CHAR(64) {_ASCII} NOT NULL) ENGINE=InnoDB"
        ),
        f"INSERT IGNORE INTO {ENTITLEMENTS}.salt VALUES (1, HEX(RANDOM_BYTES(32)))",
        # The control object: nobody is ever granted it, so reading it must be refused.
        f"CREATE TABLE IF NOT EXISTS {CONTROL}.probe (nobody_may_read_this INT) ENGINE=InnoDB",
    )


def _make_view(keeper: str) -> str:
    """Show the provisioner only what concerns us of the tables of accounts and rights."""
    return f"CREATE OR REPLACE DEFINER={keeper} SQL SECURITY DEFINER VIEW {CONTROL}"


def _rights(keeper: str) -> str:
    return f"""{_make_view(keeper)}.rights AS
SELECT Db AS pattern, '' AS relation, User AS login, Host AS host, 'SELECT' AS what, '' AS giver
  FROM mysql.db WHERE Select_priv = 'Y'
UNION ALL
SELECT Db, Table_name, User, Host, CONVERT(Table_priv USING utf8mb4), Grantor
  FROM mysql.tables_priv WHERE Table_priv <> ''
UNION ALL
SELECT Db, Table_name, User, Host, CONCAT('SELECT (', Column_name, ')'), ''
  FROM mysql.columns_priv WHERE Column_priv <> ''"""
