"""Snowflake, over its SQL API (HTTPS, key-pair tokens): no driver, no extra to install.

A port variant has one *database role* beside the data, which may read one published **secure
view**. On the view is a **row access policy** that asks our entitlement table who may read now, so
access ends at the agreed second even when all our workers are dead. A consumer has an account role
and a service user of the same name; the database role is granted to the account role, and to
nobody else. People get in through that role too, when `roles` says which role of theirs has it.
Queries run on the consumer's own warehouse.

What stands is read with SHOW, which is immediate; ACCOUNT_USAGE lags by up to two hours and is not
used. What an administrator runs once is printed by `bootstrap.administrator_statements`.
"""

from marketplace.connectors.snowflake.config import SnowflakeConfig
from marketplace.connectors.snowflake.connector import SnowflakeConnector

__all__ = ["SnowflakeConfig", "SnowflakeConnector"]
