import signal
import sys
from pathlib import Path

import pytest

from deploy.embedded.children import MAX_LOG, Child, ChildFailed, tail, wait_until
from tests.deploy.processes import all_gone, runs

ROOT = Path(__file__).resolve().parents[2]
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('ready', flush=True); time.sleep(600)"
)
PARENT = (
    "import subprocess, sys;"
    f"child = subprocess.Popen([sys.executable, '-c', {STUBBORN!r}], stdout=subprocess.PIPE);"
    "child.stdout.readline(); print(child.pid, flush=True); child.wait()"
)


def python(code, folder, **options):
    return Child("dummy", [sys.executable, "-c", code], folder / "dummy.log", **options)


def test_a_child_that_obeys_is_stopped_by_its_signal(tmp_path):
    child = python("import time; time.sleep(600)", tmp_path)
    child.start()

    in_time = child.stop(grace=10)

    assert in_time
    assert child.exit_code == -signal.SIGTERM


def test_a_child_that_ignores_its_signal_is_killed_after_the_grace(tmp_path):
    child = python(STUBBORN, tmp_path)
    child.start()
    wait_until(lambda: "ready" in child.log.read_text(), child, seconds=10)

    in_time = child.stop(grace=0.1)

    assert not in_time
    assert child.exit_code == -signal.SIGKILL


def test_what_a_child_forked_is_killed_with_it(tmp_path):
    child = python(PARENT, tmp_path)
    child.start()
    wait_until(lambda: child.log.read_text().strip().isdigit(), child, seconds=10)
    grandchild = int(child.log.read_text())

    child.stop(grace=10)

    assert all_gone([child.pid, grandchild])


def test_stopping_what_never_started_is_fine(tmp_path):
    assert python("pass", tmp_path).stop()


def test_a_child_that_ends_early_is_reported_with_the_end_of_its_log(tmp_path):
    child = python("import sys; print('no such table'); sys.exit(3)", tmp_path)
    child.start()

    with pytest.raises(
        ChildFailed, match=r"(?s)dummy ended with code 3; the end of .*no such table"
    ) as failed:
        wait_until(lambda: False, child, seconds=10)

    assert failed.value.child is child


def test_a_child_that_never_becomes_ready_is_reported_when_the_time_is_over(tmp_path):
    child = python("import time; time.sleep(600)", tmp_path)
    child.start()

    with pytest.raises(ChildFailed, match=r"was not ready after 0\.1 s"):
        wait_until(lambda: False, child, seconds=0.1)

    child.stop()


def test_a_child_is_not_reached_by_ctrl_c_at_the_terminal(tmp_path):
    child = python(
        "import os; print(os.getpid() == os.getpgid(0), os.getpid() == os.getsid(0))", tmp_path
    )
    child.start()

    child.process.wait(10)

    assert child.log.read_text() == "True True\n"


def test_a_long_log_is_put_aside(tmp_path):
    (tmp_path / "dummy.log").write_bytes(b"x" * (MAX_LOG + 1))
    child = python("print('new')", tmp_path)

    child.start()
    child.process.wait(10)

    assert child.log.read_text() == "new\n"
    assert (tmp_path / "dummy.log.1").stat().st_size == MAX_LOG + 1


def test_the_end_of_a_log_that_is_not_there_is_said_so(tmp_path):
    assert tail(tmp_path / "none.log") == "(no log)"


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path):
    code = (
        "import pathlib, sys, time\n"
        "from deploy.embedded.children import Child\n"
        "child = Child('c', [sys.executable, '-c', 'import time; time.sleep(600)'],"
        f" pathlib.Path({str(tmp_path / 'c.log')!r}))\n"
        "child.start(); print(child.pid, flush=True); time.sleep(600)\n"
    )
    parent = python(code, tmp_path, environment={"PYTHONPATH": str(ROOT)})
    parent.start()
    wait_until(lambda: parent.log.read_text().strip().isdigit(), parent, seconds=10)
    grandchild = int(parent.log.read_text())
    assert runs(grandchild)

    parent.process.kill()
    parent.process.wait(10)

    assert all_gone([grandchild], seconds=5)
