"""One child process: started so that it cannot outlive us, logged to a file, stopped in order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from deploy.embedded.problems import CannotStart

MAX_LOG = 10_000_000  # bytes; a larger log is put aside at the next start
_PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass
class Child:
    """A program that runs as the leader of its own process group, with its output in `log`.

    Without a log its output is ours.

    Its own group keeps the terminal's Ctrl-C away from it (we stop children in order) and lets us
    reach what it forked: Celery's pool, the web server's workers, PostgreSQL's backends.
    """

    name: str
    command: Sequence[str]
    log: Path | None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    identity: Mapping[str, Any] = field(default_factory=dict, repr=False)  # user=, group= of Popen
    process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def start(self) -> None:
        """Start it, or start it again after it ended."""
        with self._output() as output:
            self.process = subprocess.Popen(
                list(self.command),
                env=dict(self.environment),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
                preexec_fn=_dies_with_parent(self.stop_signal),  # noqa: PLW1509 two system calls
                **self.identity,
            )

    def _output(self) -> AbstractContextManager[IO[bytes] | None]:
        """Open the log, after putting a long one aside."""
        if self.log is None:
            return nullcontext()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > MAX_LOG:
            self.log.replace(self.log.with_name(f"{self.log.name}.1"))
        return self.log.open("ab")

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its group. Only after start()."""
        assert self.process is not None
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the leading process runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended (minus the signal's number if killed); None while it runs."""
        return None if self.process is None else self.process.poll()

    def stop(self, grace: float = 20.0) -> bool:
        """Ask it to end, wait up to `grace` seconds, then kill what is left of its group.

        Returns whether it ended by itself. Stopping a child that is not running is fine.
        """
        if self.process is None:
            return True
        in_time = True
        if self.alive:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                in_time = False
        self.kill_group()
        self.process.wait()
        return in_time

    def kill_group(self) -> None:
        """Kill at once whatever still runs in its group, the leader included."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def _dies_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Make the step that asks the kernel to send `death_signal` when our process dies.

    Linux only (prctl(2), PR_SET_PDEATHSIG); elsewhere the watchdog alone sees to it.
    """
    ours = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def before_exec() -> None:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != ours:  # we died between fork and prctl
                os._exit(1)

    return before_exec


def wait_until(
    ready: Callable[[], bool],
    child: Child,
    *,
    seconds: float,
    pause: float = 0.02,
) -> None:
    """Wait until `ready()` holds.

    Raises ChildFailed when the child ends first or the time is over; the message quotes the end of
    its log.
    """
    end = time.monotonic() + seconds
    while not ready():
        if not child.alive:
            raise ChildFailed(child, f"ended with code {child.exit_code}")
        if time.monotonic() > end:
            raise ChildFailed(child, f"was not ready after {seconds:g} s")
        time.sleep(pause)


class ChildFailed(CannotStart):
    """A child process ended, or did not become ready in time."""

    def __init__(self, child: Child, what: str) -> None:
        rest = f"; the end of {child.log}:\n{tail(child.log)}" if child.log else ""
        super().__init__(f"{child.name} {what}{rest}")
        self.child = child


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log file, for an error message."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "(no log)"
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])
