"""The embedded servers: PostgreSQL with the application's database and a warehouse, and Valkey.

Both run as child processes of whoever starts them, keep their files below one `base` folder, and
end with their parent. Production uses servers of its own, named by DATABASE_URL and BROKER_URL.
"""

import os
import pwd
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import redis

from deploy.embedded import warehouse
from deploy.embedded.binaries import postgres_major, postgres_programs, valkey_program
from deploy.embedded.children import Child, wait_until
from deploy.embedded.problems import CannotStart, OtherVersion
from deploy.embedded.state import LOOPBACK, socket_folder

_PLAIN = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
_THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """PostgreSQL below `base`: the database `emporion` by socket, `warehouse` by TCP as well.

    `tcp_port` is a port of 127.0.0.1; without one there is no TCP at all (the socket then uses 5432
    in its name). `throwaway` trades safety of the data for speed and lets the application's role
    create databases: for tests.
    """

    def __init__(
        self,
        base: Path,
        *,
        tcp_port: int | None,
        provisioner_password: str,
        sockets: Path | None = None,
        throwaway: bool = False,
        programs: Path | None = None,
    ) -> None:
        self.base = base.absolute()
        self.data = self.base / "pg"
        self.sockets = sockets or socket_folder(self.base)
        self.tcp_port = tcp_port
        self.port = tcp_port or 5432
        self.throwaway = throwaway
        self._password = provisioner_password
        self._programs = programs or postgres_programs()
        self._wrapper, self._identity = _not_as_root()
        self.child = Child(
            "PostgreSQL",
            [*self._wrapper, str(self._programs / "postgres"), *self._options()],
            self.base / "log" / "postgres.log",
            environment=_PLAIN,
            stop_signal=signal.SIGINT,  # "fast": ends the sessions, writes all, stops
            identity=self._identity,
        )

    @property
    def url(self) -> str:
        """DATABASE_URL of the application's own database, over the socket."""
        return self._socket_url(warehouse.APPLICATION, warehouse.APPLICATION)

    @property
    def warehouse_admin_dsn(self) -> str:
        """The superuser's way into `warehouse`, over the socket: to load base tables."""
        return self._socket_url(warehouse.SUPERUSER, warehouse.WAREHOUSE)

    def environment(self) -> dict[str, str]:
        """The settings by which the marketplace finds both databases."""
        found = {"DATABASE_URL": self.url}
        if self.tcp_port:
            found |= {
                "WAREHOUSE_HOST": LOOPBACK,
                "WAREHOUSE_PORT": str(self.tcp_port),
                "WAREHOUSE_DB": warehouse.WAREHOUSE,
                "WAREHOUSE_USER": warehouse.PROVISIONER,
                "WAREHOUSE_PASSWORD": self._password,
                "EMPORION_WAREHOUSE_ADMIN_DSN": self.warehouse_admin_dsn,
            }
        return found

    def start(self) -> None:
        """Make the cluster if there is none, and start the server without waiting for it.

        Raises OtherVersion, and changes nothing, when the data folder is another major version's.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        await_predecessor(self.data)
        if (self.data / "PG_VERSION").exists():
            self._refuse_other_version()
        else:
            self._initdb()
        (self.data / "pg_hba.conf").write_text(warehouse.HBA, encoding="utf-8")
        self.child.start()

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until the server answers, then make sure that roles and databases are there."""
        wait_until(self._answers, self.child, seconds=seconds)
        cluster = self._socket_url(warehouse.SUPERUSER, "postgres")
        with psycopg.connect(cluster, autocommit=True) as connection:
            warehouse.prepare_cluster(
                connection,
                provisioner_password=self._password,
                may_create_databases=self.throwaway,
            )
        with psycopg.connect(self.warehouse_admin_dsn, autocommit=True) as connection:
            warehouse.prepare_warehouse(connection)
        sandbox = self._socket_url(warehouse.SUPERUSER, warehouse.SANDBOX)
        with psycopg.connect(sandbox, autocommit=True) as connection:
            warehouse.prepare_sandbox(connection)

    def stop(self, grace: float = 20.0) -> bool:
        """Stop the server; returns whether it ended by itself within `grace` seconds."""
        return self.child.stop(grace)

    def _socket_url(self, role: str, database: str) -> str:
        folder = quote(str(self.sockets), safe="/")
        return f"postgresql://{role}@/{database}?host={folder}&port={self.port}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._socket_url(warehouse.SUPERUSER, "postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _options(self) -> list[str]:
        """The server's command line: the data folder and the settings that are not the default."""
        settings = [
            f"port={self.port}",
            f"listen_addresses={LOOPBACK if self.tcp_port else ''}",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
            "max_connections=200",
            "shared_buffers=128MB",
            "wal_level=minimal",  # nobody replicates from here, and the demo loads in half the time
            "max_wal_senders=0",
            "jit=off",  # the pages' queries are short: compiling them costs more than it saves
            "timezone=UTC",
            "log_timezone=UTC",
            "log_line_prefix=%m [%p] %u@%d ",
            *(_THROWAWAY if self.throwaway else ()),
        ]
        return ["-D", str(self.data), *(part for each in settings for part in ("-c", each))]

    def _initdb(self) -> None:
        """Make a new cluster with one superuser."""
        if self._identity:
            for folder in (self.data, self.sockets):
                os.chown(folder, self._identity["user"], self._identity["group"])
        builtin = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        locale = builtin if postgres_major(self._programs) >= 17 else ["--locale=C.UTF-8"]  # noqa: PLR2004
        command = [
            *(*self._wrapper, str(self._programs / "initdb"), "-D", str(self.data)),
            *("-U", warehouse.SUPERUSER, "--encoding=UTF8", *locale),
            *("--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions"),
            *(("--no-sync",) if self.throwaway else ()),
        ]
        done = subprocess.run(
            command,
            env=_PLAIN,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **self._identity,
        )
        if done.returncode:
            raise CannotStart(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _refuse_other_version(self) -> None:
        written = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        ours = postgres_major(self._programs)
        if written != str(ours):
            raise OtherVersion(
                f"{self.data} was written by PostgreSQL {written}, but the server here is {ours}."
                f" Dump it with version {written} (EMPORION_PG_BIN names its folder; pg_dumpall),"
                " move the folder away, start again and restore the dump with psql.",
            )


class Valkey:
    """Valkey below `base`, on a unix socket only, with an append-only file."""

    def __init__(self, base: Path, *, sockets: Path | None = None, throwaway: bool = False) -> None:
        self.base = base.absolute()
        self.data = self.base / "valkey"
        self.sockets = sockets or socket_folder(self.base)
        self.socket = self.sockets / "valkey.sock"
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "no" if throwaway else "yes",
            "save": "",
            "maxmemory-policy": "noeviction",  # a queue must never drop a message to make room
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        self.child = Child(
            "Valkey",
            [str(valkey_program()), *options],
            self.base / "log" / "valkey.log",
            environment=_PLAIN,
        )

    @property
    def url(self) -> str:
        """BROKER_URL of this server."""
        return f"redis+socket://{self.socket}"

    def environment(self) -> dict[str, str]:
        """The setting by which the marketplace finds the broker."""
        return {"BROKER_URL": self.url}

    def start(self) -> None:
        """Start the server without waiting for it."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        self.child.start()

    def wait(self, seconds: float = 20.0) -> None:
        """Wait until it answers."""
        wait_until(self._answers, self.child, seconds=seconds)

    def stop(self, grace: float = 10.0) -> bool:
        """Stop the server; returns whether it ended by itself within `grace` seconds."""
        return self.child.stop(grace)

    def _answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket)) as client:
                client.ping()
        except redis.RedisError:
            return False
        return True


def await_predecessor(data: Path, seconds: float = 20.0) -> None:
    """Wait for a server that is still stopping on this folder, and forget one that is long gone.

    PostgreSQL refuses to start while any process has the id in postmaster.pid. After a crash and a
    reboot this can be a stranger. Only with /proc can we tell; else PostgreSQL decides.
    """
    lock = data / "postmaster.pid"
    end = time.monotonic() + seconds
    while lock.exists() and Path("/proc/self").exists():
        if not _is_server_of(data, lock):
            lock.unlink(missing_ok=True)
            return
        if time.monotonic() > end:
            raise CannotStart(f"Another PostgreSQL already runs on {data}.")
        time.sleep(0.05)


def _not_as_root() -> tuple[list[str], dict[str, Any]]:
    """How to run PostgreSQL, which refuses user id 0: what to put before the command, and as whom.

    As root: a user namespace in which we have another id; files stay root's. Where that is not
    allowed: the user `nobody`, who must be able to reach the data folder.
    """
    if os.geteuid() != 0:
        return [], {}
    wrapper = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    with suppress(OSError):
        if subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode == 0:
            return wrapper, {}
    nobody = pwd.getpwnam("nobody")
    return [], {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _is_server_of(data: Path, lock: Path) -> bool:
    """Whether the process that postmaster.pid names lives and serves this very data folder."""
    try:
        pid = int(lock.read_text(encoding="utf-8").split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return False
    return os.fsencode(data) in command.split(b"\0")
