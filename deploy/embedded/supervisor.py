"""`make up`: the whole marketplace on this machine, from the database to the page, until Ctrl-C.

Order of start: PostgreSQL and Valkey, then the preparing step, then worker, web and scheduler. It
stops in the reverse order, so nothing writes to a server that is gone. DATABASE_URL and BROKER_URL
from outside take the place of the embedded servers.

    EMPORION_VAR   the state folder (default: var/)      PORT   of the portal (default: 8000)
    EMPORION_DEMO  0 leaves the demo mesh out            WEB_WORKERS, CELERY_WORKERS   (default: 2)
"""

import http.client
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import redis

from deploy.embedded.children import Child, wait_until
from deploy.embedded.keepalive import Services
from deploy.embedded.prepare import wants_demo
from deploy.embedded.problems import CannotStart
from deploy.embedded.servers import Postgres, Valkey, await_predecessor
from deploy.embedded.state import (
    LOOPBACK,
    State,
    field_key,
    is_free,
    password,
    socket_folder,
)
from deploy.embedded.watchdog import Watchdog

ROOT = Path(__file__).resolve().parents[2]
QUEUES = "grants,events,messages"
# Below the ports that the kernel gives to whoever asks for any (32768 and up on Linux): one of
# those could be taken between the look and the start.
WAREHOUSE_PORT = 25432
_AGAIN_S = 0.2
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to stop; not an Exception, so that nothing takes it for a fault."""


class Supervisor:
    """One run of the stack on one state folder."""

    def __init__(self, state: State, port: int, outside: dict[str, str]) -> None:
        self.state = state
        self.port = port
        self.outside = outside
        self.ours = base_environment(state, port)
        self.environment = self.ours | outside  # what is set from outside wins
        self.watchdog = Watchdog()
        self.services = Services(self.watchdog, say)
        self.valkey: Valkey | None = None
        self._stopping = False

    def run(self) -> None:
        """Start everything, keep it running until a signal, stop everything."""
        for number in STOP_SIGNALS:
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)  # nohup's wish is respected
        signal.signal(signal.SIGALRM, self._on_signal)
        try:
            self._run_until_stopped()
        except Stopped:
            say("\nStopping")
        finally:
            self._stopping = True
            self.services.stop()
            self.watchdog.dismiss()

    def _run_until_stopped(self) -> None:
        try:
            self._start()
            while True:
                self.services.look()
                time.sleep(0.3)
        finally:
            self._stopping = True
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Leave whatever is being done; once that began, nothing disturbs the orderly end.

        What is raised inside a callback of the interpreter (of a fork, a destructor) goes no
        further than that callback: so it is raised again until it got through.
        """
        if not self._stopping:
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
            raise Stopped(signal.Signals(number).name)

    def _start(self) -> None:
        began = time.monotonic()
        if not is_free(self.port):
            raise CannotStart(f"Port {self.port} is taken. Choose another: PORT=8001 make up")
        say(f"Emporion on {self.state.folder}")
        self._start_servers()
        kept = {*self.ours, "DATABASE_URL", "BROKER_URL"}
        self.state.keep_environment({name: self.environment[name] for name in kept})
        self._prepare()
        worker, web, beat = (make(self) for make in (worker_child, web_child, beat_child))
        self.services.start(worker, grace=15)
        self.services.start(web, grace=10)
        self.services.start(beat, grace=5)
        wait_until(lambda: answers(self.port, "/health/ready"), web, seconds=60, pause=0.1)
        if self.valkey is not None:
            wait_until(lambda: has_consumer(self.environment["BROKER_URL"]), worker, seconds=60)
        say(f"  Web, worker and scheduler run (logs in {self.state.log})")
        self._greet(time.monotonic() - began)

    def _start_servers(self) -> None:
        """Start what is not given from outside, and wait for it."""
        sockets = socket_folder(self.state.folder)
        servers: list[Postgres | Valkey] = []
        if "DATABASE_URL" not in self.outside or "WAREHOUSE_HOST" not in self.outside:
            await_predecessor(self.state.folder / "pg")
            servers.append(
                Postgres(
                    self.state.folder,
                    tcp_port=self.state.port("warehouse-port", WAREHOUSE_PORT),
                    provisioner_password=self.state.secret("warehouse-provisioner"),
                    sockets=sockets,
                ),
            )
        if "BROKER_URL" not in self.outside:
            self.valkey = Valkey(self.state.folder, sockets=sockets)
            servers.append(self.valkey)
        for server in servers:
            self.services.start(server.child, server.start, grace=20)
        for server in servers:
            server.wait()
            say(f"  {server.child.name} runs")
            self.ours |= server.environment()
        self.environment = self.ours | self.outside

    def _prepare(self) -> None:
        """Run the preparing step to its end; its progress is ours."""
        child = self.python("Preparation", ["-m", "deploy.embedded.prepare"], log=None)
        child.start()
        self.watchdog.guard(child.pid, child.stop_signal)
        try:
            while child.alive:
                time.sleep(0.03)
        finally:
            child.stop(grace=5)
            self.watchdog.forget(child.pid)
        if child.exit_code:
            raise CannotStart(
                f"Preparation failed with code {child.exit_code}, see the lines above."
            )

    def python(self, name: str, arguments: list[str], *, log: str | None) -> Child:
        """A child that runs our own interpreter in the repository."""
        return Child(
            name,
            [sys.executable, *arguments],
            self.state.log / log if log else None,
            environment=self.environment,
            folder=ROOT,
        )

    def _greet(self, seconds: float) -> None:
        if wants_demo(self.environment):
            say(
                "\n  Sign in as ana (analyst), olaf or petra (owners), gus (governance), dana (data"
                "\n  protection), pia (operator) or sid (stranger). The password of all of them:"
                f"\n      {self.environment['EMPORION_DEMO_PASSWORD']}",
            )
        else:
            say("\n  Make the first administrator in another terminal: make superuser")
        say(f"\nStarted in {seconds:.1f} s. Ctrl-C stops everything.")
        say(f"READY http://{LOOPBACK}:{self.port}/")


def base_environment(state: State, port: int) -> dict[str, str]:
    """The settings of every child, those of the servers apart."""
    return {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        "EMPORION_ENV": "embedded",
        "EMPORION_VAR": str(state.folder),
        "EMPORION_BASE_URL": f"http://{LOOPBACK}:{port}",
        "SECRET_KEY": state.secret("secret-key"),
        "EMPORION_FIELD_KEY": state.secret("field-key", field_key),
        "EMPORION_DEMO_PASSWORD": state.secret("demo-password", password),
        "PYTHONUNBUFFERED": "1",
    }


def worker_child(stack: Supervisor) -> Child:
    """The Celery worker. Without mingle and gossip it starts a second sooner; neither is used."""
    options = ["--without-mingle", "--without-gossip", "-n", "worker@embedded", "-l", "INFO"]
    workers = stack.environment.get("CELERY_WORKERS", "2")
    command = ["-m", "celery", "-A", "marketplace", "worker", *options, "-c", workers, "-Q", QUEUES]
    return stack.python("worker", command, log="worker.log")


def web_child(stack: Supervisor) -> Child:
    """The web server, loopback only: a reverse proxy belongs before it, not this stack."""
    options = {
        "--interface": "wsgi",
        "--host": LOOPBACK,
        "--port": str(stack.port),
        "--workers": stack.environment.get("WEB_WORKERS", "2"),
        "--blocking-threads": "4",
        "--workers-kill-timeout": "8",
    }
    flags = ["--no-ws", "--respawn-failed-workers"]
    pairs = [part for pair in options.items() for part in pair]
    command = ["-m", "granian", *pairs, *flags, "marketplace.wsgi:application"]
    return stack.python("web", command, log="web.log")


def beat_child(stack: Supervisor) -> Child:
    """The scheduler, only a ticker: every worker also looks by itself."""
    schedule = str(stack.state.folder / "celerybeat-schedule")
    command = [
        "-m",
        "celery",
        "-A",
        "marketplace",
        "beat",
        "-s",
        schedule,
        "--pidfile=",
        "-l",
        "INFO",
    ]
    return stack.python("scheduler", command, log="scheduler.log")


def answers(port: int, path: str) -> bool:
    """Whether the web server says 200 to a GET."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def has_consumer(broker_url: str) -> bool:
    """Whether a worker waits for messages at the embedded broker."""
    with redis.Redis.from_url(broker_url.replace("redis+socket://", "unix://")) as client:
        return any(other["cmd"] == "brpop" for other in client.client_list())


def say(line: str) -> None:
    """Tell the person at the terminal, who may be gone."""
    with suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def guarded(start: Callable[[], None]) -> int:
    """Run and turn what we know can go wrong into one sentence; returns the exit code."""
    try:
        start()
    except CannotStart as problem:
        say(f"\n{problem}")
        return 1
    return 0


def main() -> int:
    """Start on the folder and port that the environment names."""
    state = State(Path(os.environ.get("EMPORION_VAR") or ROOT / "var"))
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit():
        say(f"PORT must be a number, not {port!r}.")
        return 2

    def start() -> None:
        state.lock()
        try:
            Supervisor(state, int(port), dict(os.environ)).run()
        finally:
            state.unlock()

    return guarded(start)


if __name__ == "__main__":
    sys.exit(main())
