"""A real PostgreSQL to test against: the warehouse of `tests/servers.py`, a corner per test."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from deploy.embedded.servers import Postgres
from deploy.embedded.state import free_port, token
from marketplace.connectors.base import Finding, PortVariant, Principal
from marketplace.connectors.postgres import PostgresConfig, PostgresConnector
from tests.connectors.contract import GROWTH, ROWS, Told

LAB_SECRET = "a secret planted for tests, 32 characters"

_FINGERPRINT = """
SELECT string_agg(line, chr(10) ORDER BY line) FROM (
  SELECT format('%%s %%s', rolname, xmin) FROM pg_authid WHERE rolname LIKE %(roles)s
  UNION ALL SELECT format('%%s %%s %%s', roleid::regrole, member::regrole, xmin)
    FROM pg_auth_members WHERE member::regrole::text LIKE %(roles)s
  UNION ALL SELECT format('%%s %%s %%s %%s', c.oid, c.relname, c.xmin, c.relacl) FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = %(schema)s
  UNION ALL SELECT format('%%s %%s', e, e.xmin) FROM emporion_entitlements.entitlement AS e
    WHERE handle LIKE %(roles)s
  UNION ALL SELECT format('%%s %%s', c, c.xmin) FROM emporion_entitlements.consumer AS c
    WHERE login LIKE %(roles)s) AS facts (line)
"""


@contextmanager
def a_corner_of_the_warehouse(
    where: Mapping[str, str] = os.environ,
) -> Iterator["PostgresLevers"]:
    """Make a corner and take it away. `where` is the environment that names a server."""
    with administrator(where) as dba:
        levers = PostgresLevers(dba, where)
        try:
            yield levers
        finally:
            levers.close()


@contextmanager
def an_old_server() -> Iterator[Mapping[str, str]]:
    """Start PostgreSQL 15, as Debian packages it, and take it away; gives its environment."""
    programs = Path("/usr/lib/postgresql/15/bin")
    folder = Path(tempfile.mkdtemp(prefix="emporion-postgres-15-"))
    server = Postgres(
        folder,
        tcp_port=free_port(),
        provisioner_password=token(),
        throwaway=True,
        programs=programs,
    )
    server.start()
    try:
        server.wait(120)
        yield server.environment()
    finally:
        server.stop(30)
        shutil.rmtree(server.sockets, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def administrator(where: Mapping[str, str] = os.environ) -> psycopg.Connection[Any]:
    """A superuser's connection, as the other people on the platform have it."""
    return psycopg.connect(where["EMPORION_WAREHOUSE_ADMIN_DSN"], autocommit=True)


def config(env: str, where: Mapping[str, str] = os.environ, **changes: Any) -> PostgresConfig:
    facts: dict[str, Any] = {
        "host": where["WAREHOUSE_HOST"],
        "port": int(where["WAREHOUSE_PORT"]),
        "database": where["WAREHOUSE_DB"],
        "user": where["WAREHOUSE_USER"],
        "password": where["WAREHOUSE_PASSWORD"],
        "env": env,
        "lab_secret": LAB_SECRET,
    }
    return PostgresConfig(**facts | changes)


class PostgresLevers:
    """What an administrator does behind our back. Its roles and schemas are this test's only."""

    shortest = 2.0  # seconds; a busy machine takes a while to grant

    def __init__(self, dba: psycopg.Connection[Any], where: Mapping[str, str] = os.environ) -> None:
        self.dba, self.where = dba, where
        self.env = "t" + uuid.uuid4().hex[:8]
        self.connector: Any = PostgresConnector(config(self.env, where))
        self.port = str(uuid.uuid4())
        self.relation, self.base = (
            (f"published_{self.env}", "delays"),
            (f"raw_{self.env}", "delays"),
        )
        self.connector.prepare()
        self.run("CREATE SCHEMA {}", self.base[0])
        self.run(
            "CREATE TABLE {} (id int PRIMARY KEY, carrier text, minutes int, note text)", self.base
        )
        for row in ROWS:
            statement = sql.SQL("INSERT INTO {} VALUES (%s, %s, %s, %s)")
            dba.execute(statement.format(sql.Identifier(*self.base)), row)
        self.cleaning: list[Callable[[], object]] = []

    def run(self, statement: str, *names: str | tuple[str, ...]) -> None:
        """Run a statement as superuser with names in place of {}."""
        quoted = [sql.Identifier(*([one] if isinstance(one, str) else one)) for one in names]
        self.dba.execute(sql.SQL(statement).format(*quoted))

    def login(self, principal: Principal) -> str:
        return principal.role(self.env)

    def close(self) -> None:
        self.connector.close()
        for clean in self.cleaning:
            clean()
        for schema in (self.relation[0], self.base[0]):
            self.run("DROP SCHEMA IF EXISTS {} CASCADE", schema)
        mine = self.dba.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE %s", [rf"mp\_{self.env}\_%"]
        ).fetchall()
        for (role,) in mine:
            self.run("DROP OWNED BY {0}; DROP ROLE {0}", role)
        for table in ("entitlement", "published"):
            self.dba.execute(
                f"DELETE FROM emporion_entitlements.{table} WHERE handle LIKE %s".encode(),
                [rf"mp\_{self.env}\_%"],
            )

    # --- the Platform of the contract ----------------------------------------------------------

    def now(self) -> datetime:
        row = self.dba.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        moment: datetime = row[0]
        return moment

    def fingerprint(self) -> object:
        asked = {"roles": rf"mp\_{self.env}\_%", "schema": self.relation[0]}
        return self.dba.execute(_FINGERPRINT, asked).fetchone()

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        names = [variant.handle(self.env), self.login(principal), self.connector.config.user]
        if self.dba.info.server_version < 160000:  # a membership is one row, whoever gave it
            self.run("REVOKE {} FROM {}", *names[:2])
        else:
            self.run("REVOKE {} FROM {} GRANTED BY {}", *names)

    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None:
        self.dba.execute(
            "DELETE FROM emporion_entitlements.entitlement WHERE handle = %s AND login = %s",
            [variant.handle(self.env), self.login(principal)],
        )

    def alters_view(self, variant: PortVariant) -> None:
        self.run(
            "CREATE OR REPLACE VIEW {} AS SELECT id, carrier, minutes FROM {}",
            (variant.relation_schema, variant.relation_name),
            (variant.base_schema, variant.base_table),
        )

    def lets_in(self, variant: PortVariant) -> str:
        bob = f"bob_{self.env}"
        self.run("CREATE ROLE {} LOGIN", bob)
        self.cleaning.append(lambda: self.run("DROP ROLE IF EXISTS {}", bob))
        self.run("GRANT {} TO {}", variant.handle(self.env), bob)
        return bob

    def drops_login(self, principal: Principal) -> None:
        self.run("DROP ROLE {}", self.login(principal))

    def remakes_login(self, principal: Principal) -> None:
        self.run("CREATE ROLE {} LOGIN", self.login(principal))

    def lies(self) -> None:
        """Writes to the entitlements of this test answer INSERT and do nothing."""
        trigger = f"lie_{self.env}"
        self.dba.execute(
            f"CREATE FUNCTION public.{trigger}() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN NULL; END $$;"
            f"CREATE TRIGGER {trigger} BEFORE INSERT ON emporion_entitlements.entitlement"
            f" FOR EACH ROW WHEN (starts_with(NEW.handle::text, 'mp_{self.env}_'))"
            f" EXECUTE FUNCTION public.{trigger}()".encode()
        )
        drop = f"DROP FUNCTION public.{trigger} CASCADE"
        self.cleaning.append(lambda: self.dba.execute(drop.encode()))

    @contextmanager
    def keeping(self, variant: PortVariant) -> Iterator[None]:
        """Deleting an entitlement answers DELETE 0; and the membership has a second grantor.

        Before 16 a membership is one row, which our own REVOKE takes.
        """
        trigger = f"keep_{self.env}"
        self.dba.execute(
            f"CREATE FUNCTION public.{trigger}() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN NULL; END $$;"
            f"CREATE TRIGGER {trigger} BEFORE DELETE ON emporion_entitlements.entitlement"
            f" FOR EACH ROW WHEN (starts_with(OLD.handle::text, 'mp_{self.env}_'))"
            f" EXECUTE FUNCTION public.{trigger}()".encode()
        )
        names = variant.handle(self.env), self.login(GROWTH)
        if self.keeps_whole:
            self.run("GRANT {} TO {}", *names)
        yield
        if self.keeps_whole:
            self.run("REVOKE {} FROM {}", *names)
        self.dba.execute(f"DROP FUNCTION public.{trigger} CASCADE".encode())

    @property
    def keeps_whole(self) -> bool:
        return self.dba.info.server_version >= 160000

    @contextmanager
    def throttling(self) -> Iterator[Told]:
        """The database takes no more connections (53300); its log tells whom it sent away."""
        database, log = self.where["WAREHOUSE_DB"], self._log()
        words = f'too many connections for database "{database}"'
        before = log.read_text().count(words)
        self.connector.close()  # what is open already would be lent again
        self.run("ALTER DATABASE {} CONNECTION LIMIT 0", database)
        try:
            yield Told(lambda: log.read_text().count(words) - before)
        finally:
            self.run("ALTER DATABASE {} CONNECTION LIMIT -1", database)

    def _log(self) -> Path:
        """Find where the server writes: a file, its standard error."""
        row = self.dba.execute("SHOW data_directory").fetchone()
        assert row is not None
        number = Path(row[0], "postmaster.pid").read_text().splitlines()[0]
        return Path(f"/proc/{number}/fd/2").readlink()

    def secrets(self) -> list[str]:
        return [LAB_SECRET, self.where["WAREHOUSE_PASSWORD"]]

    def weak(self) -> list[Finding]:
        return self._as_role(f"weak_{self.env}", "LOGIN")

    def strong(self) -> list[Finding]:
        return self._as_role(f"strong_{self.env}", "LOGIN SUPERUSER")

    def _as_role(self, role: str, options: str) -> list[Finding]:
        self.run(f"CREATE ROLE {{}} {options} PASSWORD 'for a test'", role)
        self.cleaning.append(lambda: self.run("DROP ROLE {}", role))
        connector = PostgresConnector(
            config(self.env, self.where, user=role, password="for a test")
        )
        try:
            return connector.check()
        finally:
            connector.close()
