"""A throwaway MariaDB (Debian's `mariadb-server`) on loopback, prepared as an administrator would.

It is started by the first test that asks for it, one per worker of pytest-xdist.
"""

import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymysql

from deploy.embedded.children import Child, wait_until
from deploy.embedded.state import LOOPBACK, free_port, token
from marketplace.connectors.base import Finding, PortVariant, Principal
from marketplace.connectors.mariadb import MariadbConfig, MariadbConnector
from marketplace.connectors.mariadb.bootstrap import administrator_statements
from marketplace.connectors.mariadb.config import umbrella_of
from marketplace.connectors.mariadb.flavours import Flavour
from marketplace.connectors.mariadb.statements import name, qualified
from tests.connectors.contract import ROWS, Told

LAB_SECRET = "a secret planted for tests, 32 characters"
PROVISIONER = "emporion_provisioner"
_SERVER = "/usr/sbin/mariadbd"
_INSTALL = (
    *("mariadb-install-db", "--no-defaults", "--user=root", "--skip-test-db"),
    "--auth-root-authentication-method=normal",
)
_OPTIONS = (
    "--no-defaults",
    "--user=root",
    f"--bind-address={LOOPBACK}",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--innodb-buffer-pool-size=32M",
    "--innodb-flush-log-at-trx-commit=0",
    "--character-set-server=latin1",  # Debian's default is utf8mb4, others' is not
)


@dataclass
class Server:
    """Where it listens."""

    socket: Path
    port: int
    password: str
    flavour: Flavour = Flavour.MARIADB

    def administrator(self) -> Any:
        """Root's connection over the socket, as the other people on the platform have it."""
        return pymysql.connect(
            unix_socket=str(self.socket),
            user="root",
            charset="utf8mb4",
            autocommit=True,
            init_command="SET time_zone = '+00:00'",
        )


@contextmanager
def a_server() -> Iterator[Server]:
    """Start a server in a folder of its own, prepare it, and take both away."""
    folder = Path(tempfile.mkdtemp(prefix="emporion-mariadb-"))
    data, line, port = folder / "data", folder / "sock", free_port()
    subprocess.run(
        [*_INSTALL, f"--datadir={data}"],
        check=True,
        capture_output=True,
    )
    command = [_SERVER, *_OPTIONS, f"--datadir={data}", f"--socket={line}", f"--port={port}"]
    command += [f"--pid-file={folder / 'pid'}"]
    child = Child("MariaDB", command, folder / "log")
    server = Server(line, port, token())
    with prepared(server, child, folder):
        yield server


@contextmanager
def prepared(server: Server, child: Child, folder: Path) -> Iterator[None]:
    """Start it, do what an administrator does once, and take all away in the end."""
    child.start()
    try:
        wait_until(lambda: _answers(server), child, seconds=120)
        with server.administrator() as dba, dba.cursor() as cursor:
            for statement in administrator_statements(config(server, "test"), server.flavour):
                cursor.execute(statement)
            cursor.execute(f"ALTER USER {PROVISIONER}@'%' IDENTIFIED BY '{server.password}'")
        yield
    finally:
        child.stop(30)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(server: Server) -> bool:
    """Whether it listens; asked without the driver, which leaves a refused socket open."""
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(server.socket)) == 0


def config(server: Server, env: str, **changes: Any) -> MariadbConfig:
    facts: dict[str, Any] = {
        "host": LOOPBACK,
        "port": server.port,
        "user": PROVISIONER,
        "password": server.password,
        "env": env,
        "lab_secret": LAB_SECRET,
    }
    return MariadbConfig(**facts | changes)


class MariadbLevers:
    """What an administrator does behind our back. Its roles and databases are this test's only."""

    refused_with = "1142"  # ER_TABLEACCESS_DENIED_ERROR
    shortest = 3.0  # DDL is slow when the machine is busy
    keeps_whole = False  # a deleted row cannot be kept in secret: a membership can
    integer = "int(11)"
    accounts: tuple[str, ...] = (
        "SELECT Host, User, Priv FROM mysql.global_priv WHERE User LIKE %s",
    )
    mapping = "SELECT * FROM mysql.roles_mapping WHERE Role LIKE %s ORDER BY 1, 2, 3"

    def __init__(self, server: Server, dba: Any) -> None:
        self.server, self.dba = server, dba
        self.env = "t" + uuid.uuid4().hex[:8]
        self.connector: Any = MariadbConnector(config(server, self.env))
        self.port = str(uuid.uuid4())
        self.relation, self.base = (
            (f"{self.env}_products", "delays"),
            (f"{self.env}_raw", "delays"),
        )
        self.cleaning: list[Callable[[], object]] = []
        base = qualified(*self.base)
        self.run(f"CREATE DATABASE {name(self.base[0])} CHARACTER SET utf8mb4")
        self.run(
            f"CREATE TABLE {base} (id int PRIMARY KEY, carrier varchar(20), minutes int, note text)"
        )
        for row in ROWS:
            self.run(f"INSERT INTO {base} VALUES (%s, %s, %s, %s)", *row)
        self.run(f"GRANT SELECT ON {name(self.base[0])}.* TO emporion_publisher@localhost")

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement as root."""
        with self.dba.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def login(self, principal: Principal) -> str:
        return principal.role(self.env)

    def close(self) -> None:
        self.connector.close()
        for clean in self.cleaning:
            clean()
        for schema in (self.relation[0], self.base[0]):
            self.run(f"DROP DATABASE IF EXISTS {name(schema)}")
        mine = rf"mp\_{self.env}\_%"
        self.run(f"DELETE FROM mysql.db WHERE Db = '{self.base[0]}'")
        self.drops_accounts(mine)
        for table, column in (
            ("entitlement", "handle"),
            ("published", "handle"),
            ("handle", "handle"),
            ("consumer", "login"),
            ("credential", "login"),
        ):
            self.run(f"DELETE FROM emporion_entitlements.{table} WHERE {column} LIKE %s", mine)

    def drops_accounts(self, mine: str) -> None:
        for user, is_role in self.run(
            "SELECT User, is_role FROM mysql.user WHERE User LIKE %s", mine
        ):
            self.run(f"DROP ROLE `{user}`" if is_role == "Y" else f"DROP USER `{user}`@`%`")

    def without_default_role(self, principal: Principal) -> None:
        self.run(f"SET DEFAULT ROLE NONE FOR `{self.login(principal)}`@`%`")

    # --- the Platform of the contract ----------------------------------------------------------

    def now(self) -> datetime:
        moment: datetime = self.run("SELECT SYSDATE(6)")[0][0]
        return moment.replace(tzinfo=UTC)

    def fingerprint(self) -> object:
        mine = rf"mp\_{self.env}\_%"
        tables = "SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS"
        return (
            *(self.run(one, mine) for one in (*self.accounts, self.mapping)),
            self.run("SELECT * FROM mysql.tables_priv WHERE Db = %s", self.relation[0]),
            self.run(f"{tables} WHERE TABLE_SCHEMA = %s", self.relation[0]),
            self.run("SELECT * FROM emporion_entitlements.entitlement WHERE handle LIKE %s", mine),
            self.run("SELECT * FROM emporion_entitlements.consumer WHERE login LIKE %s", mine),
            self.run("SELECT * FROM emporion_entitlements.published WHERE handle LIKE %s", mine),
        )

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        """Only who administers a role may revoke it, so this is done by force."""
        self.run(
            "DELETE FROM mysql.roles_mapping WHERE Role = %s AND User = %s",
            variant.handle(self.env),
            umbrella_of(self.login(principal)),
        )
        self.run("FLUSH PRIVILEGES")

    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None:
        self.run(
            "DELETE FROM emporion_entitlements.entitlement WHERE handle = %s AND login = %s",
            variant.handle(self.env),
            self.login(principal),
        )

    def alters_view(self, variant: PortVariant) -> None:
        self.run(
            f"CREATE OR REPLACE VIEW {qualified(variant.relation_schema, variant.relation_name)}"
            f" AS SELECT id, carrier, minutes FROM {qualified(*self.base)}"
        )

    def lets_in(self, variant: PortVariant) -> str:
        bob = f"bob_{self.env}"
        self.run(f"CREATE USER {bob}@'%'")
        self.cleaning.append(lambda: self.run(f"DROP USER IF EXISTS {bob}@'%'"))
        relation = qualified(variant.relation_schema, variant.relation_name)
        self.run(f"GRANT SELECT ON {relation} TO {bob}@'%'")
        return bob

    def drops_login(self, principal: Principal) -> None:
        self.run(f"DROP USER `{self.login(principal)}`@`%`")

    def remakes_login(self, principal: Principal) -> None:
        self.run(f"CREATE USER `{self.login(principal)}`@`%` IDENTIFIED BY 'of another'")

    def lies(self) -> None:
        """Writes to the entitlements of this test answer success and land elsewhere."""
        trigger = f"emporion_entitlements.lie_{self.env}"
        self.run(
            f"CREATE TRIGGER {trigger} BEFORE INSERT ON emporion_entitlements.entitlement"
            f" FOR EACH ROW IF NEW.handle LIKE 'mp\\_{self.env}\\_%'"
            " THEN SET NEW.handle = CONCAT('lost_', UUID_SHORT()); END IF"
        )
        self.cleaning.append(lambda: self.run(f"DROP TRIGGER {trigger}"))

    @contextmanager
    def keeping(self, variant: PortVariant) -> Iterator[None]:
        """Leaving a handle answers success and revokes nothing."""
        del variant
        (kept,) = self.run("SHOW CREATE PROCEDURE emporion_control.leave_handle")
        procedure = "emporion_control.leave_handle"
        self.run(f"DROP PROCEDURE {procedure}")
        self.run(f"CREATE PROCEDURE {procedure}(asked VARCHAR(80), member VARCHAR(80)) BEGIN END")
        self.run(f"GRANT EXECUTE ON PROCEDURE {procedure} TO {PROVISIONER}@'%'")
        try:
            yield
        finally:
            self.run(f"DROP PROCEDURE {procedure}")
            with self.server.administrator() as dba, dba.cursor() as cursor:
                cursor.execute("USE emporion_control")
                cursor.execute("SET sql_mode = %s", [kept[1]])
                cursor.execute(kept[2])
            self.run(f"GRANT EXECUTE ON PROCEDURE {procedure} TO {PROVISIONER}@'%'")

    @contextmanager
    def throttling(self) -> Iterator[Told]:
        """The server is full (1040): it takes no more connections, and counts who tries."""
        ((was,),) = self.run("SELECT @@GLOBAL.max_connections")
        self.connector.close()  # what is open already would be lent again
        self.run("SET GLOBAL max_connections = 10")
        filling: list[Any] = []
        try:
            with suppress(pymysql.err.OperationalError):
                while True:
                    filling.append(self._provisioners())
            before = self._attempts()
            yield Told(lambda: self._attempts() - before)
        finally:
            self.run("SET GLOBAL max_connections = %s", was)
            for one in filling:
                one.close()

    def _provisioners(self) -> Any:
        return pymysql.connect(
            host=LOOPBACK, port=self.server.port, user=PROVISIONER, password=self.server.password
        )

    def _attempts(self) -> int:
        """Ask how many tried to connect so far, let in or not."""
        return int(self.run("SHOW GLOBAL STATUS LIKE 'Connections'")[0][1])

    def secrets(self) -> list[str]:
        return [LAB_SECRET, self.server.password]

    def weak(self) -> list[Finding]:
        return self._as(f"weak_{self.env}")

    def strong(self) -> list[Finding]:
        return self._as(f"strong_{self.env}", "GRANT ALL ON *.* TO {}")

    def _as(self, account: str, *grants: str) -> list[Finding]:
        self.run(f"CREATE USER {account}@'%' IDENTIFIED BY 'for a test'")
        self.cleaning.append(lambda: self.run(f"DROP USER {account}@'%'"))
        for grant in grants:
            self.run(grant.format(f"{account}@'%'"))
        changes = {"user": account, "password": "for a test"}
        connector = MariadbConnector(config(self.server, self.env, **changes))
        try:
            return connector.check()
        finally:
            connector.close()


class MysqlLevers(MariadbLevers):
    """The same on MySQL: its roles are accounts, its memberships rows that REVOKE takes away."""

    integer = "int"
    accounts = (
        (
            "SELECT Host, User, plugin, authentication_string, account_locked FROM mysql.user"
            " WHERE User LIKE %s ORDER BY 1, 2"
        ),
        "SELECT * FROM mysql.default_roles WHERE USER LIKE %s ORDER BY 1, 2, 3, 4",
    )
    mapping = "SELECT * FROM mysql.role_edges WHERE FROM_USER LIKE %s ORDER BY 1, 2, 3, 4"

    def drops_accounts(self, mine: str) -> None:
        for (user,) in self.run("SELECT User FROM mysql.user WHERE User LIKE %s", mine):
            self.run(f"DROP USER `{user}`@`%`")

    def without_default_role(self, principal: Principal) -> None:
        self.run(f"SET DEFAULT ROLE NONE TO `{self.login(principal)}`@`%`")

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        handle, umbrella = variant.handle(self.env), umbrella_of(self.login(principal))
        self.run(f"REVOKE `{handle}` FROM `{umbrella}`")


@contextmanager
def a_corner_of_mariadb(server: Server) -> Iterator[MariadbLevers]:
    """Make a corner and take it away."""
    kind = MysqlLevers if server.flavour is Flavour.MYSQL else MariadbLevers
    with server.administrator() as dba:
        levers = kind(server, dba)
        try:
            yield levers
        finally:
            levers.close()
