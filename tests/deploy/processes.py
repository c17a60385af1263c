"""Looking at processes from outside, as `ps` does."""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PATIENCE = 120.0  # seconds; only a test that fails, or a busy machine, waits this long


def runs(pid: int) -> bool:
    """Whether the process lives; one that only waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def all_gone(pids: Iterable[int], seconds: float = PATIENCE) -> bool:
    """Wait until none of them lives."""
    return eventually(lambda: not any(runs(pid) for pid in pids), seconds)


def eventually(holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Wait until it holds; returns whether it did in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def mentioning(text: str) -> list[int]:
    """Every live process, except our own, whose command line or environment holds this text."""
    wanted = text.encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        if pid == os.getpid():
            continue
        try:
            seen = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if wanted in seen and runs(pid):
            found.append(pid)
    return found
