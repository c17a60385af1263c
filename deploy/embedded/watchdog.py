"""Ends the stack's processes when the supervisor dies without having stopped them.

The kernel tells each direct child of a killed supervisor (PR_SET_PDEATHSIG), but not what those
children forked. So this small process holds the reading end of a pipe whose only writing end is the
supervisor's. When the pipe closes without a farewell, it ends the process groups it was told of.

Lines on the pipe: `+ <group> <signal>` (a child started), `- <group>` (it ended), `bye`.
It is run as a file with `python -I -S`, so it imports the standard library only.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import IO

GRACE = 8.0  # seconds between the polite signal and SIGKILL


class Watchdog:
    """The supervisor's end: start it first, tell it of every child, dismiss it last."""

    def __init__(self, grace: float = GRACE) -> None:
        # It must outlive us: no death signal, and a session of its own, away from Ctrl-C.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(grace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def guard(self, group: int, polite: signal.Signals) -> None:
        """Tell it of a process group to end, and of the signal that asks for it."""
        self._tell(f"+ {group} {int(polite)}")

    def forget(self, group: int) -> None:
        """Tell it that this process group is gone."""
        self._tell(f"- {group}")

    def dismiss(self) -> None:
        """Send it home: everything has been stopped in order."""
        self._tell("bye")
        with suppress(OSError):
            self._pipe.close()
        self.process.wait()

    @property
    def _pipe(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    def _tell(self, line: str) -> None:
        with suppress(OSError, ValueError):  # it was killed: the death signals remain
            self._pipe.write(line.encode() + b"\n")
            self._pipe.flush()


def watch(lines: IO[str]) -> dict[int, int]:
    """Follow the pipe to its end; returns the groups that were left, with their polite signals."""
    left: dict[int, int] = {}
    for line in lines:
        match line.split():
            case ["+", group, polite]:
                left[int(group)] = int(polite)
            case ["-", group]:
                left.pop(int(group), None)
            case ["bye"]:
                return {}
    return left


def end(groups: dict[int, int], grace: float) -> None:
    """Ask each group to end, wait for all of them together, kill what remains."""
    for group, polite in groups.items():
        _send(group, polite)
    deadline = time.monotonic() + grace
    while any(_send(group, 0) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        _send(group, signal.SIGKILL)


def _send(group: int, number: int) -> bool:
    """Send a signal to a process group (0 only asks); returns whether there is such a group."""
    try:
        os.killpg(group, number)
    except OSError:
        return False
    return True


def main(grace: float) -> None:
    """Watch, deaf to the signals that stop the supervisor."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end(watch(sys.stdin), grace)


if __name__ == "__main__":
    main(float(sys.argv[1]))
