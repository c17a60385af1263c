"""The whole product as processes: what `make up` runs, on a folder of its own with little data."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.state import free_port

ROOT = Path(__file__).resolve().parents[2]
# What a person's shell has; the rest of this process's environment names the tests' own servers.
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")
PATIENCE = 900.0  # on a machine with other work, a first start takes minutes


@dataclass(frozen=True)
class Stack:
    """A running marketplace: its address and its state folder."""

    url: str
    var: Path

    @property
    def password(self) -> str:
        """The demo password of everybody."""
        return (self.var / "secrets" / "demo-password").read_text().strip()

    def token(self, username: str) -> str:
        """Make an API token as the command line does."""
        return self.manage("issue_token", username)

    def manage(self, *command: str) -> str:
        """Run a management command on this stack; give what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "deploy.embedded.attach", sys.executable, "manage.py", *command],
            cwd=ROOT,
            env={name: os.environ[name] for name in KEPT if name in os.environ}
            | {"EMPORION_VAR": str(self.var)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()


@contextmanager
def running(var: Path) -> Iterator[Stack]:
    """Start everything from the working tree with the small demo; stop it as Ctrl-C does."""
    port, log = free_port(), var.parent / "up.log"
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {"PORT": str(port), "EMPORION_VAR": str(var), "EMPORION_DEMO_SAMPLE": "1"}
    env |= {"EMPORION_ALLOW_TARGETS": "127.0.0.1"}  # webhooks of tests stay on this machine
    with (
        log.open("w") as output,
        subprocess.Popen(
            [sys.executable, "-m", "deploy.embedded.supervisor"],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as supervisor,
    ):
        stack = Stack(f"http://127.0.0.1:{port}", var)
        try:
            end = time.monotonic() + PATIENCE
            while f"READY {stack.url}/" not in log.read_text():
                assert supervisor.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.1)
            yield stack
        finally:
            supervisor.send_signal(2)
            supervisor.wait(30)


def reachable(url: str) -> int:
    """Give the status of an address."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(answer.status)
