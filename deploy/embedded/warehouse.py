"""The databases and roles inside the embedded PostgreSQL: each role can do its part only.

Who may what:

- `emporion_super` (superuser, socket only) is the administrator. It loads the demo's base tables.
- `emporion` (socket only, no password) owns the application's database `emporion`.
- `emporion_provisioner` (TCP, password) is what the marketplace uses on the target database
  `warehouse`: it makes roles and published schemas, and ends sessions. It is no superuser and reads
  no base table.
- `emporion_publisher` (no login) owns the published views and may read base tables. The provisioner
  may become it (SET ROLE) to make a view, but does not inherit its right to read.
- `emporion_sandbox` is a database that stays empty: queries on invented rows run there, as a login
  that has a right on nothing else. The provisioner owns it.
- Consumers' login roles come and go; on `warehouse` PUBLIC has nothing but CONNECT.
"""

from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow

SUPERUSER = "emporion_super"
APPLICATION = "emporion"
WAREHOUSE = "warehouse"
SANDBOX = "emporion_sandbox"
PROVISIONER = "emporion_provisioner"
PUBLISHER = "emporion_publisher"

HBA = f"""\
# Written at each start by deploy/embedded/servers.py.
# The socket's folder is readable for its owner only, hence "trust".
local all {SUPERUSER} trust
local all {APPLICATION} trust
local all all scram-sha-256
host {APPLICATION},postgres,template1 all 127.0.0.1/32 reject
host all {SUPERUSER},{APPLICATION} 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
"""

_CLUSTER: tuple[LiteralString, ...] = (
    "REVOKE ALL ON DATABASE postgres FROM PUBLIC",
    "REVOKE ALL ON DATABASE template1 FROM PUBLIC",
    "GRANT CONNECT ON DATABASE postgres TO emporion",
    "REVOKE ALL ON DATABASE emporion FROM PUBLIC",
    "REVOKE ALL ON DATABASE warehouse FROM PUBLIC",
    "GRANT CONNECT ON DATABASE warehouse TO PUBLIC",
    "REVOKE ALL ON DATABASE emporion_sandbox FROM PUBLIC",
    "GRANT CREATE ON DATABASE warehouse TO emporion_provisioner",
    "GRANT emporion_publisher TO emporion_provisioner WITH INHERIT FALSE, SET TRUE",
    # To end the sessions of a role whose access was revoked; it never reaches a superuser's.
    "GRANT pg_signal_backend TO emporion_provisioner",
    # To cap what one lab query may spill to disk.
    "GRANT SET ON PARAMETER temp_file_limit TO emporion_provisioner",
)

# A role between them that inherits nothing does what WITH INHERIT FALSE does since 16.
_BEFORE_16: LiteralString = """
DO $$ BEGIN CREATE ROLE emporion_publisher_gate NOLOGIN NOINHERIT;
EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT emporion_publisher TO emporion_publisher_gate;
GRANT emporion_publisher_gate TO emporion_provisioner
"""

_NOBODY_NEEDS: tuple[LiteralString, ...] = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    # Any role could otherwise write large objects, without a right on any table.
    "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_creat(integer) FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_create(oid) FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC",
    # A notification is kept for every listener: a way to fill the disk.
    "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_notify(text, text) FROM PUBLIC",
)

_INSIDE_WAREHOUSE: tuple[LiteralString, ...] = (
    # Base tables are loaded by the superuser: what it makes, the publisher may read, and only it.
    "ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO emporion_publisher",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO emporion_publisher",
    "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    *_NOBODY_NEEDS,
)


def prepare_cluster(
    connection: Connection[TupleRow],
    *,
    provisioner_password: str,
    may_create_databases: bool,
) -> None:
    """Make the roles and both databases, as superuser in autocommit mode; safe to repeat."""
    _role(connection, APPLICATION, "LOGIN CREATEDB" if may_create_databases else "LOGIN NOCREATEDB")
    _role(connection, PUBLISHER, "NOLOGIN")
    _role(connection, PROVISIONER, "LOGIN CREATEROLE")
    _set_password(connection, PROVISIONER, provisioner_password)
    _database(connection, APPLICATION, owner=APPLICATION)
    _database(connection, WAREHOUSE, owner=SUPERUSER)
    _database(connection, SANDBOX, owner=PROVISIONER)
    for statement in _CLUSTER:
        old = connection.info.server_version < 160000 and "INHERIT FALSE" in statement  # noqa: PLR2004
        connection.execute(_BEFORE_16 if old else statement)


def prepare_warehouse(connection: Connection[TupleRow]) -> None:
    """Take from PUBLIC, inside `warehouse`, what a consumer does not need; safe to repeat."""
    for statement in _INSIDE_WAREHOUSE:
        connection.execute(statement)


def prepare_sandbox(connection: Connection[TupleRow]) -> None:
    """Take the same from PUBLIC inside `emporion_sandbox`; safe to repeat."""
    for statement in _NOBODY_NEEDS:
        connection.execute(statement)


def _role(connection: Connection[TupleRow], name: str, options: LiteralString) -> None:
    """Make sure that a role exists with these options."""
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb = sql.SQL("ALTER ROLE") if known else sql.SQL("CREATE ROLE")
    connection.execute(
        sql.SQL("{} {} WITH {}").format(verb, sql.Identifier(name), sql.SQL(options)),
    )


def _set_password(connection: Connection[TupleRow], role: str, password: str) -> None:
    """Set a role's password, hashed on our side so that the server's log never sees it."""
    hashed = connection.pgconn.encrypt_password(
        password.encode(),
        role.encode(),
        b"scram-sha-256",
    ).decode()
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(hashed)),
    )


def _database(connection: Connection[TupleRow], name: str, *, owner: str) -> None:
    """Make sure that a database exists."""
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not known:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name),
                sql.Identifier(owner),
            ),
        )
