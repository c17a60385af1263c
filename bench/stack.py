"""The stack that is measured: the one of `make up`, in a folder of its own, gone afterwards."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from deploy.embedded.state import State, free_port

ROOT = Path(__file__).resolve().parents[1]
_READY_S = 240
_STOP_S = 60
# The rate limit is off and webhooks may go to this machine; all else is as shipped.
_SETTINGS = {
    "EMPORION_THROTTLE": "1000000000/min",
    "EMPORION_ALLOW_TARGETS": "127.0.0.1",
    "LOG_LEVEL": "WARNING",
}


class NotReady(Exception):
    """The stack did not start."""


@dataclass
class Stack:
    """One run: the supervisor with its web server, worker, scheduler, PostgreSQL and Valkey."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="emporion-bench-")))
    port: int = field(default_factory=free_port)
    ready_seconds: float = 0.0
    demo: bool = False
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    process: subprocess.Popen[bytes] | None = None
    _log: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it and wait until it is ready."""
        began = time.monotonic()
        log = self.folder / "supervisor.log"
        self._log = log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.embedded.supervisor"],
            cwd=ROOT,
            env={
                **os.environ,
                **_SETTINGS,
                "EMPORION_DEMO": "1" if self.demo else "0",
                "EMPORION_VAR": str(self.folder / "var"),
                "PORT": str(self.port),
            },
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while b"\nREADY " not in log.read_bytes():
            if self.process.poll() is not None or time.monotonic() - began > _READY_S:
                said = log.read_text(errors="replace")[-3000:]
                self.__exit__(None, None, None)
                raise NotReady(said)
            time.sleep(0.05)
        self.ready_seconds = time.monotonic() - began
        self.environment = State(self.folder / "var").environment() | _SETTINGS
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it and remove its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if self._log is not None:
            self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def secret(self, name: str) -> str:
        """Read a secret that the stack made for itself, such as the demo's password."""
        return State(self.folder / "var").secret(name)

    def memory(self) -> dict[str, float]:
        """Megabytes of each kind of process, as PSS: what is shared is counted once."""
        assert self.process is not None
        found: dict[str, float] = {}
        for pid in family(self.process.pid):
            kind, size = _kind_of(pid), _pss_mb(pid)
            found[kind] = found.get(kind, 0.0) + size
        return found


def family(root: int) -> list[int]:
    """Give a process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it has ended meanwhile
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += parents.get(pid, [])
    return found


def _kind_of(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return "other"
    kinds = ("granian", "postgres", "valkey", "beat", "worker", "supervisor", "watchdog")
    return next((kind for kind in kinds if kind in words), "other")


def _pss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
