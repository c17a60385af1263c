"""The shape of the code is part of what we test."""

import ast
import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

from marketplace.kernel.actions import REGISTRY
from marketplace.kernel.errors import refusals
from marketplace.kernel.events.log import TYPES, DomainEvent
from marketplace.kernel.states import MACHINES
from subscriptions.management.commands import generate_docs

ROOT = Path(__file__).parents[2]
PACKAGES = ["marketplace", "catalog", "governance", "subscriptions"]
SOURCES = [
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_it_is_for(package):
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("__init__.py")
        if "migrations" not in path.parts and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_every_refusal_has_its_own_code():
    generate_docs._import_all()
    codes = [error.code for error in refusals()]

    assert sorted(set(codes)) == sorted(codes)
    assert len(codes) > 15


def test_every_event_is_registered_under_its_name():
    generate_docs._import_all()

    def below(kind):
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    own = [k for k in below(DomainEvent) if not k.__name__.startswith("_")]
    assert {k.name for k in own if not k.__module__.startswith("tests.")} <= set(TYPES)


def test_every_action_asks_a_permission():
    for package in ("catalog.actions", "governance.actions", "subscriptions.actions"):
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            import_module(module.name)

    careless = [
        name
        for name, run in REGISTRY.items()
        if not name.startswith("tests.") and not generate_docs._asked(run)
    ]
    assert careless == []


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.thing)
def test_every_state_is_reached(machine):
    reached, before = {machine.initial}, set()
    while reached != before:
        before = set(reached)
        reached |= {
            after
            for ends in machine.moves.values()
            for start, after in ends.items()
            if start in reached
        }

    assert machine.states - reached <= {"foreign", "orphaned", "proposed", "draft"}


def test_nothing_sends_work_from_an_action():
    """A broker is never spoken to where a transaction may be open: no .delay, no apply_async."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("delay", "apply_async", "on_commit")
    ]

    assert found == []


def test_the_generated_reference_is_current():
    generate_docs._import_all()
    stale = [
        name
        for name, text in generate_docs.pages().items()
        if (ROOT / "docs/reference" / name).read_text(encoding="utf-8") != text
    ]

    assert stale == []


def test_no_lock_names_a_host():
    locks = [*ROOT.glob("requirements*.lock"), ROOT / "frontend/package-lock.json"]

    assert "requirements.lock" in [lock.name for lock in locks]
    assert [lock.name for lock in locks if "://" in lock.read_text()] == []
