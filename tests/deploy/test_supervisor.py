import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from deploy.embedded.supervisor import WAREHOUSE_PORT
from tests.deploy.application import ROOT, Stack, running, write_application
from tests.deploy.processes import all_gone, eventually, mentioning, runs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    return write_application(tmp_path_factory.mktemp("app"))


@pytest.fixture(scope="module")
def stack(application, tmp_path_factory):
    """One running stack for the tests that leave it running."""
    with running(application, tmp_path_factory.mktemp("state") / "var") as stack:
        yield stack
        assert stack.stop() == 0


def get(stack, path="/health/ready"):
    with urllib.request.urlopen(stack.url + path, timeout=5) as answer:
        return answer.read().decode()


def commands_of(stack, word):
    """The processes of the stack whose command line holds this word."""
    return [
        pid for pid in stack.family() if word.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def test_it_answers_from_its_own_database(stack):
    assert get(stack).split()[1] == "True"


def test_its_secrets_are_private_and_none_is_said(stack):
    secrets = list((stack.var / "secrets").iterdir())

    assert {path.name for path in secrets} == {
        "secret-key",
        "field-key",
        "demo-password",
        "warehouse-provisioner",
    }
    for path in secrets:
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_text().strip() not in stack.said


def test_static_files_were_collected(stack):
    assert (stack.var / "staticfiles" / "hello.txt").read_text() == "hello\n"


def test_each_process_has_its_log(stack):
    names = {path.name for path in (stack.var / "log").iterdir()}

    assert names >= {"postgres.log", "valkey.log", "web.log", "worker.log", "scheduler.log"}


def test_a_second_start_on_the_same_state_is_refused_and_disturbs_nothing(application, stack):
    second = Stack(application, stack.var)

    assert second.process.wait(30) == 1
    assert f"Emporion already runs on {stack.var} (process {stack.process.pid})" in second.said
    assert "True" in get(stack)
    second.output.close()


def test_a_taken_port_is_refused_with_a_way_out(application, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        stack = Stack(application, tmp_path / "var", PORT=str(port))

        assert stack.process.wait(30) == 1

    assert f"Port {port} is taken. Choose another: PORT=8001 make up" in stack.said
    assert not (tmp_path / "var" / "pg").exists()
    stack.output.close()


@pytest.mark.parametrize(
    "word",
    [
        "granian",
        "celery\0-A\0marketplace\0worker",
        "celery\0-A\0marketplace\0beat",
        "valkey-server",
    ],
)
def test_a_process_that_is_killed_comes_back(stack, word):
    before = commands_of(stack, word)
    leader = min(before)

    os.kill(leader, signal.SIGKILL)

    assert eventually(lambda: not set(before) & set(commands_of(stack, word)) and _ok(stack))
    assert eventually(lambda: len(commands_of(stack, word)) == len(before))
    assert "ended with code -9; starting it again in 0.5 s" in stack.said


def test_a_database_that_is_killed_comes_back_with_all_it_held(stack):
    postmaster = int((stack.var / "pg" / "postmaster.pid").read_text().split()[0])

    os.kill(postmaster, signal.SIGKILL)

    assert eventually(lambda: not runs(postmaster) and "Starting PostgreSQL again" in stack.said)
    assert eventually(lambda: _ok(stack))


def test_a_web_worker_that_is_killed_comes_back_by_itself(stack):
    serving = int(get(stack).split()[0])

    os.kill(serving, signal.SIGKILL)

    assert eventually(lambda: _ok(stack) and len(commands_of(stack, "granian")) >= 3)
    assert stack.process.poll() is None


def test_a_manage_command_finds_the_running_stack(stack, application):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "deploy.embedded.attach", sys.executable, "-c"),
            "import os; print(os.environ['EMPORION_ENV'], os.environ['DATABASE_URL'])",
        ],
        cwd=application,
        env={"EMPORION_VAR": str(stack.var), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )

    kind, url = done.stdout.split()
    assert kind == "embedded"
    assert url.startswith("postgresql://emporion@/emporion?host=")


def test_ctrl_c_stops_all_in_order_and_a_second_start_takes_seconds(application, tmp_path):
    with running(application, tmp_path / "var") as first:
        family = first.family()
        assert len(family) >= 8

        assert first.stop(signal.SIGINT) == 0

        assert first.stopped_in_order() == ["scheduler", "web", "worker", "Valkey", "PostgreSQL"]
        assert all_gone(family, seconds=1)
        assert "Static files collected" in first.said

    began = time.monotonic()
    with running(application, tmp_path / "var") as second:
        assert time.monotonic() - began < 15
        assert "Static files collected" not in second.said
        assert second.stop(signal.SIGTERM) == 0
    assert eventually(lambda: mentioning(str(tmp_path / "var")) == [])


def test_nothing_is_left_when_the_supervisor_is_killed(application, tmp_path):
    with running(application, tmp_path / "var") as stack:
        family = stack.family()
        assert len(family) >= 8

        stack.process.kill()
        stack.process.wait(10)

        assert all_gone(family, seconds=15)
    assert eventually(lambda: mentioning(str(tmp_path / "var")) == [])


def test_the_warehouse_prefers_a_port_that_the_kernel_gives_to_nobody():
    lowest, _ = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()

    assert int(lowest) > WAREHOUSE_PORT


def test_ctrl_c_while_it_starts_stops_what_already_runs(application, tmp_path):
    stack = Stack(application, tmp_path / "var")
    assert stack.await_words("PostgreSQL runs")

    assert stack.stop(signal.SIGINT) == 0

    assert stack.stopped_in_order()[-2:] == ["Valkey", "PostgreSQL"]
    assert "READY" not in stack.said
    assert eventually(lambda: mentioning(str(tmp_path / "var")) == [])
    stack.output.close()


SWALLOWED = """
import os, signal, sys, time
from pathlib import Path
from deploy.embedded.state import State
from deploy.embedded.supervisor import Supervisor

class Gone:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)

class Swallows(Supervisor):
    def _start(self):
        Gone()

Swallows(State(Path(sys.argv[1])), 8000, {}).run()
"""


def test_a_signal_that_the_interpreter_swallows_still_stops_everything(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED, str(tmp_path / "var")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "Exception ignored in" in done.stderr
    assert (done.returncode, done.stdout.strip()) == (0, "Stopping")


def test_a_failing_preparation_is_said_and_everything_stops(application, tmp_path):
    stack = Stack(application, tmp_path / "var", DJANGO_SETTINGS_MODULE="marketplace.missing")

    assert stack.process.wait(60) == 1

    assert "Preparation failed with code 1" in stack.said
    assert stack.stopped_in_order() == ["Valkey", "PostgreSQL"]
    assert eventually(lambda: mentioning(str(tmp_path / "var")) == [])
    stack.output.close()


def _ok(stack):
    try:
        return "True" in get(stack)
    except OSError:
        return False
