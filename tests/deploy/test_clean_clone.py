"""The first promise of the README: a clean clone, one command, a marketplace that answers."""

import os
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from deploy.embedded.state import free_port
from tests.deploy.processes import eventually, mentioning, runs
from tests.journeys.story import PEOPLE, Caller
from tests.journeys.story import walk as walk_story

ROOT = Path(__file__).resolve().parents[2]
MINUTES_AT_MOST = 5
# What a person's shell has. The rest of this process's environment names the tests' own servers.
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "PYENV_ROOT", "UV_CACHE_DIR", "SSL_CERT_FILE")


def walk(clone, var, url):
    """Walk what a visitor can do right after the start, over HTTP; called while the stack runs."""
    for path in ("health/ready", "accounts/login/"):
        with urllib.request.urlopen(f"{url}{path}", timeout=10) as answer:
            assert answer.status == 200
    assert (var / "secrets" / "demo-password").read_text()
    callers = {name: Caller(url.rstrip("/"), token(clone, var, name)) for name in PEOPLE}
    change = clone / "demo" / "changes" / "flight-delays-curated-2.0.0.yaml"
    walk_story(callers, change.read_text())


def token(clone, var, name):
    """Make a token as the README says, in the clone."""
    done = subprocess.run(
        ["make", "--silent", "token", f"ARGS={name}"],
        cwd=clone,
        env=environment(EMPORION_VAR=str(var)),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def copy_of_working_tree(target):
    """What `git clone` would give, and what is not committed yet; nothing that Git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def environment(**settings):
    """The environment of a fresh terminal; packages come from the caches of this machine."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or name.startswith(("PIP_", "UV_"))
    }
    return passed | settings


@pytest.mark.slow
def test_a_clean_clone_is_up_with_one_command_and_stops_without_a_trace(tmp_path):
    clone, var, log = tmp_path / "emporion", tmp_path / "state", tmp_path / "up.log"
    port = free_port()
    copy_of_working_tree(clone)

    with (
        log.open("w") as output,
        subprocess.Popen(
            ["make", "up"],
            cwd=clone,
            env=environment(PORT=str(port), EMPORION_VAR=str(var)),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as make,
    ):
        try:
            ready = f"READY http://127.0.0.1:{port}/"
            assert eventually(
                lambda: ready in log.read_text() or make.poll() is not None,
                MINUTES_AT_MOST * 60,
            ), log.read_text()
            assert ready in log.read_text(), log.read_text()
            walk(clone, var, f"http://127.0.0.1:{port}/")

            family = mentioning(str(var))
            assert len(family) >= 9
            os.kill(int((var / "lock").read_text()), signal.SIGINT)
            assert make.wait(60) == 0, log.read_text()
            left = [pid for pid in family if runs(pid)]
            assert left == []
            assert eventually(lambda: mentioning(str(var)) == [])
        finally:
            for pid in mentioning(str(var)):
                os.kill(pid, signal.SIGKILL)
