"""Throwaway PostgreSQL and Valkey for a test run, a pytest plugin (`-p tests.servers`).

They start before Django's settings are read, because the settings take DATABASE_URL and the rest
from the environment; they end, and their folder goes, with the run. What is already set in the
environment wins: a server of one's own. Each worker of pytest-xdist starts its own.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.embedded.servers import Postgres, Valkey
from deploy.embedded.state import field_key, free_port, token

_PREFIX = "emporion-test-"
_OFFERED = "EMPORION_TEST_OFFERED"
_POSTGRES_SETTINGS = ("DATABASE_URL", "WAREHOUSE_HOST")


@dataclass
class Servers:
    """What one test run started."""

    folder: Path = field(
        default_factory=lambda: Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")),
    )
    running: list[Postgres | Valkey] = field(default_factory=list)

    def start(self) -> None:
        """Start what the environment does not name, and name it there."""
        _forget_controllers()
        _sweep()
        _offer(_secrets() | {"EMPORION_ENV": "test", "EMPORION_VAR": str(self.folder)})
        if any(name not in os.environ for name in _POSTGRES_SETTINGS):
            self._add(
                Postgres(
                    self.folder,
                    tcp_port=free_port(),
                    provisioner_password=token(),
                    throwaway=True,
                ),
            )
        if "BROKER_URL" not in os.environ:
            self._add(Valkey(self.folder, throwaway=True))

    def _add(self, server: Postgres | Valkey) -> None:
        server.start()
        self.running.append(server)
        _offer(server.environment())

    def wait(self) -> None:
        """Wait until all of them answer."""
        for server in self.running:
            server.wait()

    def stop(self) -> None:
        """Stop them and remove all they wrote."""
        for server in reversed(self.running):
            server.stop(grace=5)
        for server in self.running:
            shutil.rmtree(server.sockets, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


_KEY = pytest.StashKey[Servers]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start, before pytest-django loads the settings (a wrapper runs before every plain hook)."""
    servers = early_config.stash[_KEY] = Servers()
    try:
        servers.start()
        return (yield)
    except BaseException:
        servers.stop()
        raise


def pytest_sessionstart(session: pytest.Session) -> None:
    """Have them ready before the first test is collected."""
    session.config.stash[_KEY].wait()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop, also after a failure or Ctrl-C."""
    config.stash[_KEY].stop()


def _secrets() -> dict[str, str]:
    """Keys that only this run knows."""
    return {
        "SECRET_KEY": token(),
        "EMPORION_FIELD_KEY": field_key(),
    }


def _sweep() -> None:
    """Remove what runs that were killed have left; the folder's name holds the process."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdigit() and not _lives(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    """Whether there is a process of this number, ours or not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _offer(settings: dict[str, str]) -> None:
    """Set what is not set yet, and remember that it came from here."""
    fresh = [name for name in settings if name not in os.environ]
    os.environ |= {name: settings[name] for name in fresh}
    os.environ[_OFFERED] = ",".join(filter(None, [os.environ.get(_OFFERED, ""), *fresh]))


def _forget_controllers() -> None:
    """In a worker of pytest-xdist, let go of the controller's servers.

    Each worker has its own: roles and schemas of the warehouse belong to the whole cluster, and
    tests clean them up.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        for name in filter(None, os.environ.pop(_OFFERED, "").split(",")):
            os.environ.pop(name, None)
