"""MariaDB 10.6 and MySQL 8.0.17 and newer, over PyMySQL (MIT, the extra `mariadb`).

Which of the two it is, the server's greeting says; `flavours` and `dialects` hold what differs.
Plans are the same on both.

One role per port variant may read one published view; a consumer's login has one role of its own
as its *default* (a role that is granted but not active allows nothing, and an account has only one
default), and that role is a member of the handles. The published view is SQL SECURITY DEFINER and
asks an entitlement by SYSDATE, which no session can set, so access ends at the agreed second even
when all our workers are dead. Neither keeps comments on roles and views, so our marks are in a
registry of our own, and a login is known again by the fingerprint of its derived password.

What an administrator gives us once is printed by `bootstrap.administrator_statements`: two locked
accounts that only our stored procedures run as, and a provisioner that may execute these
procedures and do nothing else: no CREATE USER, no rights on data.
"""

from marketplace.connectors.mariadb.config import MariadbConfig
from marketplace.connectors.mariadb.connector import MariadbConnector

__all__ = ["MariadbConfig", "MariadbConnector"]
