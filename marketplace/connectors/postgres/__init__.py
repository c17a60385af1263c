"""PostgreSQL, the reference connector: versions 15 to 18, psycopg 3.

One NOLOGIN *handle* per port variant may read one published view; a consumer is a member of the
handle, never granted anything directly (a table takes about 2,440 grantees and concurrent GRANTs
on it fail; memberships do neither). The published view is `security_barrier`, belongs to a NOLOGIN
publisher and asks an entitlement table on every statement, so access ends at the agreed second
even when all our workers are dead. Each consumer has its own LOGIN whose password is derived by
HMAC, so that probes and the lab act as the consumer and nothing is stored.

What a database administrator gives us once (`bootstrap.administrator_statements` prints it):

- a *provisioner*: LOGIN CREATEROLE, no superuser; CREATE on the database (published schemas);
  `pg_signal_backend` (to end sessions after a revoke); optionally SET on the parameter
  temp_file_limit. It reads no base table.
- a *publisher*: NOLOGIN, granted to the provisioner WITH INHERIT FALSE, SET TRUE. It owns the
  published schemas and views, the entitlements and the control objects, and may read the base
  tables (USAGE on their schemas, SELECT on them). Only it needs to be granted new base tables.

Everything else the provisioner makes by itself in `prepare()`.
"""

from marketplace.connectors.postgres.config import PostgresConfig
from marketplace.connectors.postgres.connector import PostgresConnector

__all__ = ["PostgresConfig", "PostgresConnector"]
