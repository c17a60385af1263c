"""Databricks Unity Catalog, over its REST API with `databricks-sdk` (the extra `databricks`).

A port variant is one published **dynamic view**. A consumer has a service principal of its own;
per-principal PATCHes give it SELECT on the view and nothing wider, never a grant on a schema or
catalog that would cover other views. The view itself asks our entitlement table who may read now,
so access ends at the agreed second even when all our workers are dead. People get in through an
account group of theirs, when `groups` names it (`is_account_group_member`).

What was changed is read until it is told back: Unity Catalog does not promise to show a change at
once. Names that it cannot keep (capitals, spaces, dots) get a short hash.
"""

from marketplace.connectors.databricks.config import DatabricksConfig
from marketplace.connectors.databricks.connector import DatabricksConnector

__all__ = ["DatabricksConfig", "DatabricksConnector"]
