import sys
import time

import pytest

from deploy.embedded.children import Child
from deploy.embedded.keepalive import FIRST_PAUSE, Services
from deploy.embedded.watchdog import Watchdog
from tests.deploy.processes import all_gone, eventually

SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def said():
    return []


@pytest.fixture
def services(said):
    watchdog = Watchdog(grace=1)
    running = Services(watchdog, said.append)
    yield running
    running.stop()
    watchdog.dismiss()


def child(name, folder, code=SLEEP):
    return Child(name, [sys.executable, "-c", code], folder / f"{name}.log")


def test_services_stop_in_the_reverse_order_of_their_start(services, said, tmp_path):
    for name in ("PostgreSQL", "Valkey", "worker", "web", "scheduler"):
        services.start(child(name, tmp_path), grace=10)

    services.stop()

    order = [line.split()[1] for line in said]
    assert order == ["scheduler", "web", "worker", "Valkey", "PostgreSQL"]


def test_a_service_that_dies_comes_back_after_a_pause_and_it_is_said(services, said, tmp_path):
    worker = child("worker", tmp_path)
    services.start(worker, grace=10)
    first = worker.pid

    worker.process.kill()
    assert eventually(lambda: not worker.alive)
    died = time.monotonic()
    services.look()
    assert eventually(lambda: services.look() is None and worker.alive)

    assert worker.pid != first
    assert time.monotonic() - died >= FIRST_PAUSE
    assert said == [
        f"worker ended with code -9; starting it again in 0.5 s (see {tmp_path / 'worker.log'})",
        "Starting worker again",
    ]


def test_the_pause_doubles_while_a_service_keeps_dying(services, said, tmp_path):
    services.start(child("web", tmp_path, "import sys; sys.exit(1)"), grace=10)

    assert eventually(lambda: services.look() is None and len(said) >= 5)

    pauses = [line.split(" in ")[1].split(" (")[0] for line in said if "code" in line]
    assert pauses[:3] == ["0.5 s", "1 s", "2 s"]


def test_what_a_dead_service_left_behind_is_killed_before_it_starts_again(services, tmp_path):
    code = (
        "import subprocess, sys;"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "print(p.pid, flush=True); p.wait()"
    )
    web = child("web", tmp_path, code)
    services.start(web, grace=10)
    assert eventually(lambda: web.log.read_text().strip().isdigit())
    left = int(web.log.read_text())

    web.process.kill()
    assert eventually(lambda: not web.alive)
    services.look()

    assert all_gone([left])


def test_a_service_with_a_launch_of_its_own_uses_it_each_time(services, tmp_path):
    database = child("PostgreSQL", tmp_path)
    launches = []

    def launch():
        launches.append(time.monotonic())
        database.start()

    services.start(database, launch, grace=10)
    database.process.kill()
    assert eventually(lambda: services.look() is None and len(launches) == 2)

    assert database.alive
