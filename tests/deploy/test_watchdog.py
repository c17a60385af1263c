import io
import signal
import subprocess
import sys
from pathlib import Path

from deploy.embedded.watchdog import Watchdog, watch
from tests.deploy.processes import all_gone, eventually, runs

ROOT = Path(__file__).resolve().parents[2]

# A supervisor with one service whose leader and whose fork both ignore the polite signal.
SUPERVISOR = """
import pathlib, sys, time
from deploy.embedded.children import Child
from deploy.embedded.keepalive import Services
from deploy.embedded.watchdog import Watchdog
watchdog = Watchdog(grace=0.3)
stubborn = '''
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
print(os.getpid(), flush=True)
time.sleep(600)
'''
log = pathlib.Path(sys.argv[1])
Services(watchdog, print).start(Child("web", [sys.executable, "-c", stubborn], log), grace=10)
print(watchdog.process.pid, flush=True)
time.sleep(600)
"""


def test_nothing_is_left_when_the_supervisor_is_killed(tmp_path):
    log = tmp_path / "web.log"
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(log)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as supervisor:
        watchdog = int(supervisor.stdout.readline())
        assert eventually(lambda: log.exists() and len(log.read_text().split()) == 2)
        family = [int(pid) for pid in log.read_text().split()]
        assert all(runs(pid) for pid in [*family, watchdog])

        supervisor.send_signal(signal.SIGKILL)
        supervisor.wait(10)

    assert all_gone([*family, watchdog], seconds=10)


def test_a_dismissed_watchdog_touches_nothing(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    ) as other:
        watchdog = Watchdog(grace=0.1)
        watchdog.guard(other.pid, signal.SIGTERM)

        watchdog.dismiss()

        assert watchdog.process.returncode == 0
        assert other.poll() is None
        other.communicate(b"\n")
    assert other.returncode == 0


def test_a_watchdog_does_not_stop_with_ctrl_c():
    watchdog = Watchdog()
    watchdog.guard(2**22 + 1, signal.SIGTERM)  # no such group: it is only there to be read
    assert eventually(lambda: _ignores(watchdog.process.pid, signal.SIGINT))

    watchdog.process.send_signal(signal.SIGINT)
    watchdog.process.send_signal(signal.SIGTERM)

    assert watchdog.process.poll() is None
    watchdog.dismiss()
    assert watchdog.process.returncode == 0


def test_it_ends_only_what_still_ran():
    told = "+ 100 15\n+ 101 2\n- 100\n"

    assert watch(io.StringIO(told)) == {101: 2}


def test_it_ends_nothing_after_a_farewell():
    assert watch(io.StringIO("+ 100 15\nbye\n")) == {}


def test_telling_a_dead_watchdog_is_no_fault():
    watchdog = Watchdog()
    watchdog.process.kill()
    watchdog.process.wait()

    watchdog.guard(2**22 + 1, signal.SIGTERM)
    watchdog.dismiss()

    assert watchdog.process.returncode == -signal.SIGKILL


def _ignores(pid, number):
    line = next(
        x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("SigIgn")
    )
    return bool(int(line.split()[1], 16) >> (number - 1) & 1)
