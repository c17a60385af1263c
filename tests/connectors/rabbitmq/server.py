"""A real RabbitMQ for the whole run, a virtual host of it per test, and its administrator."""

import json
import shutil
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import amqp

from deploy.embedded.children import Child, wait_until
from deploy.embedded.state import free_port
from marketplace.connectors.base import ConnectorError, Finding, PortVariant, Principal
from marketplace.connectors.rabbitmq import RabbitmqConfig, RabbitmqConnector
from marketplace.connectors.rabbitmq.management import ask, path
from tests.connectors.contract import ROWS, Told

PROGRAMS = Path("/usr/lib/rabbitmq/bin")
LAB_SECRET = "a secret planted for tests, 32 characters"
PASSWORD = "a password planted for tests"
QUEUE = "flights.delays"


class RabbitmqServer:
    """The server's process, on ports of its own, also those of Erlang."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.api_port, self.epmd_port = free_port(), free_port(), free_port()
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.api_port}\n"
            "log.console = true\nlog.console.level = warning\nlog.file = false\n"
            "vm_memory_high_watermark.absolute = 300MB\ndisk_free_limit.absolute = 10MB\n"
        )
        (folder / "enabled_plugins").write_text("[rabbitmq_management].")
        self.environment = {
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "RABBITMQ_NODENAME": f"{folder.name.replace('-', '_')}@localhost",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"
            ),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        self.child = Child(
            "RabbitMQ",
            [str(PROGRAMS / "rabbitmq-server")],
            folder / "server.log",
            environment=self.environment,
        )

    @property
    def admin(self) -> RabbitmqConfig:
        return self.config("/", user="guest", password="guest")

    def config(self, vhost: str, **changes: Any) -> RabbitmqConfig:
        facts: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "api_port": self.api_port,
            "user": "emporion",
            "password": PASSWORD,
            "env": "test",
            "lab_secret": LAB_SECRET,
            "vhost": vhost,
        }
        return RabbitmqConfig(**facts | changes)

    def start(self) -> None:
        self.child.start()
        wait_until(self.answers, self.child, seconds=240)
        ask(self.admin, "PUT", "users/emporion", {"password": PASSWORD, "tags": "administrator"})

    def answers(self) -> bool:
        try:
            return ask(self.admin, "GET", "health/checks/local-alarms").status == 200
        except ConnectorError:
            return False

    def stop(self) -> None:
        self.child.stop(60)
        command = ["epmd", "-port", str(self.epmd_port), "-kill"]
        subprocess.run(command, check=False, capture_output=True)


class RabbitmqLevers:
    """What an administrator does behind our back, in a virtual host of this test only."""

    refused_with = "403"

    def __init__(self, server: RabbitmqServer) -> None:
        self.server, self.vhost = server, f"t-{uuid.uuid4().hex[:8]}/flights"
        self.instance = self.vhost.split("/")[0]
        self.dba("PUT", path("vhosts", self.vhost))
        self.proxy = LyingProxy(server.api_port)
        self.config = server.config(
            self.vhost, api_port=self.proxy.server_port, instance=self.instance, env=self.env()
        )
        self.connector: Any = RabbitmqConnector(self.config)
        self.port, self.relation, self.base = (
            "port-1",
            ("published", "delays"),
            ("flights", "delays"),
        )
        self.connector.prepare()
        stream = {"durable": True, "arguments": {"x-queue-type": "stream", "x-max-age": "7D"}}
        self.dba("PUT", path("queues", self.vhost, QUEUE), stream)
        self.dba("DELETE", path("permissions", self.vhost, "guest"))
        names = ("id", "carrier", "minutes", "note")
        self.publish(*(dict(zip(names, row, strict=True)) for row in ROWS))

    def env(self) -> str:
        return "t" + self.instance[2:]

    def dba(self, method: str, where: str, body: object = None) -> Any:
        return ask(self.server.admin, method, where, body).value

    def login(self, principal: Principal) -> str:
        """Find the user by its mark, as an administrator would."""
        for one in self.dba("GET", "global-parameters"):
            mark = self.config.ours(one["value"])
            if mark and mark.get("key") == principal.key:
                return str(one["name"])
        raise AssertionError(principal)

    def publish(self, *payloads: object) -> None:
        writer = {"password": "writer", "tags": ""}
        self.dba("PUT", "users/writer", writer)
        rights = {"configure": "^$", "write": ".*", "read": "^$"}
        self.dba("PUT", path("permissions", self.vhost, "writer"), rights)
        where = f"127.0.0.1:{self.server.port}"
        with amqp.Connection(
            where, "writer", "writer", virtual_host=self.vhost, confirm_publish=True
        ) as link:
            channel = link.channel()
            for one in payloads:
                channel.basic_publish(amqp.Message(json.dumps(one)), routing_key=QUEUE)
        self.dba("DELETE", path("permissions", self.vhost, "writer"))

    def close(self) -> None:
        self.proxy.stop()
        for one in self.dba("GET", "users"):
            if one["name"].startswith(f"mp_{self.env()}_"):
                self.dba("DELETE", path("users", one["name"]))
        for one in self.dba("GET", "global-parameters"):
            if self.config.ours(one["value"]):
                self.dba("DELETE", path("global-parameters", one["name"]))
        self.dba("DELETE", path("vhosts", self.vhost))

    # --- the Platform of the contract ----------------------------------------------------------

    def now(self) -> datetime:
        return ask(self.server.admin, "GET", "whoami").at

    def fingerprint(self) -> object:
        ours = f"mp_{self.env()}_"
        marks = [
            one for one in self.dba("GET", "global-parameters") if self.config.ours(one["value"])
        ]
        users = [one for one in self.dba("GET", "users") if one["name"].startswith(ours)]
        rights = [one for one in self.dba("GET", "permissions") if one["vhost"] == self.vhost]
        queues = [one["name"] for one in self.dba("GET", path("queues", self.vhost))]
        return json.dumps([marks, users, rights, sorted(queues)], sort_keys=True)

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        self.dba("DELETE", path("permissions", self.vhost, self.login(principal)))

    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None:
        self.dba("PUT", path("users", self.login(principal)), {"password_hash": "", "tags": ""})

    def alters_view(self, variant: PortVariant) -> None:
        for one in self.dba("GET", "permissions"):
            if one["vhost"] == self.vhost and one["user"].startswith(f"mp_{self.env()}_"):
                rights = {"configure": "^$", "write": "^$", "read": ".*"}
                self.dba("PUT", path("permissions", self.vhost, one["user"]), rights)

    def lets_in(self, variant: PortVariant) -> str:
        self.dba("PUT", "users/bob", {"password": "bob", "tags": ""})
        rights = {"configure": "^$", "write": "^$", "read": "^flights"}
        self.dba("PUT", path("permissions", self.vhost, "bob"), rights)
        return "bob"

    def drops_login(self, principal: Principal) -> None:
        self.dropped = self.login(principal)
        self.dba("DELETE", path("users", self.dropped))

    def remakes_login(self, principal: Principal) -> None:
        self.dba("PUT", path("users", self.dropped), {"password": "another's", "tags": ""})

    def lies(self) -> None:
        self.proxy.lying = True

    @contextmanager
    def keeping(self, variant: PortVariant) -> Iterator[None]:
        """What is taken away is answered 204 and stays."""
        del variant
        self.proxy.keeping = True
        yield
        self.proxy.keeping = False

    @contextmanager
    def throttling(self) -> Iterator[Told]:
        """Whoever stands before the management API answers 429 (RabbitMQ itself never does)."""
        self.proxy.busy = 7
        yield Told(lambda: self.proxy.refused, 7.0)
        self.proxy.busy = 0

    def secrets(self) -> list[str]:
        return [LAB_SECRET, PASSWORD]

    def weak(self) -> list[Finding]:
        self.dba("PUT", "users/weak", {"password": "weak", "tags": "management"})
        config = self.server.config(self.vhost, user="weak", password="weak")
        return RabbitmqConnector(config).check()

    def strong(self) -> list[Finding]:
        rights = {"configure": ".*", "write": ".*", "read": ".*"}
        self.dba("PUT", path("permissions", self.vhost, "emporion"), rights)
        return list(self.connector.check())


class LyingProxy(ThreadingHTTPServer):
    """Stands before the management API.

    `lying`: a password is answered 204 and not kept. `keeping`: so is whatever takes something
    away. `busy`: everything is answered 429, with these seconds to wait; `refused` counts it.
    """

    daemon_threads = True

    def __init__(self, behind: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.behind, self.lying, self.keeping = behind, False, False
        self.busy, self.refused = 0, 0
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()


class _Passing(BaseHTTPRequestHandler):
    server: LyingProxy

    def log_message(self, *_: object) -> None:
        pass

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        given = json.loads(body or b"{}")
        if self.server.busy:
            self.server.refused += 1
            self.send_response(429)
            self.send_header("retry-after", str(self.server.busy))
            self.send_header("content-length", "0")
            self.end_headers()
            return
        hashed = given.get("password_hash") if isinstance(given, dict) else None
        takes = self.command == "DELETE" or hashed == ""
        if (self.server.lying and hashed) or (self.server.keeping and takes):
            self.send_response(204)  # with the date
            self.end_headers()
            return
        with closing(HTTPConnection("127.0.0.1", self.server.behind, timeout=60)) as link:
            link.request(self.command, self.path, body, dict(self.headers))
            response = link.getresponse()
            content = response.read()
        self.send_response_only(response.status)
        self.send_header("date", response.headers["date"])
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_DELETE = answer  # noqa: N815 - the library's names


@contextmanager
def a_rabbitmq_server() -> Iterator[RabbitmqServer]:
    folder = Path(tempfile.mkdtemp(prefix="emporion-rabbitmq-"))
    server = RabbitmqServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
