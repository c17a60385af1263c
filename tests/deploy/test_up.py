import ast
import os
import sys
from pathlib import Path

import pytest

from deploy import up

ROOT = Path(__file__).resolve().parents[2]
SHIM_OF_PYENV = '#!/bin/sh\necho "pyenv: python3.13: command not found" >&2; exit 127\n'


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def says_new_enough(path):
    return program(path, "#!/bin/sh\necho True\n")


def says_too_old(path):
    return program(path, "#!/bin/sh\necho False\n")


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine whose own python3 is too old, with an empty PATH and no pyenv."""
    monkeypatch.setattr(sys, "executable", str(says_too_old(tmp_path / "usr" / "python3")))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def test_the_running_interpreter_is_taken_when_it_is_new_enough(machine, monkeypatch):
    running = says_new_enough(machine / "usr" / "python3.12")
    monkeypatch.setattr(sys, "executable", str(running))
    says_new_enough(machine / "path" / "python3.14")

    assert up.find_interpreter() == str(running)


def test_the_newest_on_the_path_is_taken_next(machine):
    says_new_enough(machine / "path" / "python3.12")
    newest = says_new_enough(machine / "path" / "python3.13")

    assert up.find_interpreter() == str(newest)


def test_a_shim_that_fails_is_passed_over_for_the_version_behind_it(machine):
    program(machine / "path" / "python3.13", SHIM_OF_PYENV)
    behind = says_new_enough(machine / "pyenv" / "versions" / "3.13.0" / "bin" / "python")
    says_new_enough(machine / "pyenv" / "versions" / "3.12.9" / "bin" / "python")
    says_new_enough(machine / "pyenv" / "versions" / "3.9.18" / "bin" / "python")

    assert up.find_interpreter() == str(behind)


def test_uv_is_asked_last(machine):
    its = says_new_enough(machine / "uv" / "cpython" / "python")
    program(machine / "path" / "uv", f"#!/bin/sh\n[ \"$3\" = '>=3.12' ] && echo {its}\n")

    assert up.find_interpreter() == str(its)


def test_without_any_the_refusal_says_what_to_install(machine):
    program(machine / "path" / "python3.12", SHIM_OF_PYENV)

    with pytest.raises(up.CannotInstall, match=r"(?s)needs Python 3\.12 or newer.*apt install"):
        up.find_interpreter()


def test_this_interpreter_runs_and_nonsense_does_not(tmp_path):
    assert up.runs(Path(sys.executable))
    assert not up.runs(program(tmp_path / "python", "no program"))
    assert not up.runs(tmp_path / "nowhere")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with locks and an environment, installed; with uv, so without pip: quicker."""
    says_new_enough(tmp_path / "path" / "uv")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:{os.environ['PATH']}")
    for name in ("pyproject.toml", up.RUN_LOCK, up.DEV_LOCK, up.DEMO_LOCK, up.UV_LOCK):
        (tmp_path / name).write_text(f"# {name}\n")
    up.make_venv(tmp_path / ".venv", sys.executable)
    stamped(tmp_path, up.RUN_LOCK)
    return tmp_path


def stamped(root, lock):
    stamp = up.stamp_of(root, lock, root / ".venv")
    (root / ".venv" / "emporion-stamp").write_text(stamp)
    return stamp


def test_an_environment_that_is_up_to_date_is_left_alone(checkout, capsys):
    before = sorted((checkout / ".venv").rglob("*"))

    up.install(up.RUN_LOCK, checkout)

    assert capsys.readouterr().out == ""
    assert sorted((checkout / ".venv").rglob("*")) == before


def test_the_developers_environment_is_good_for_running_too(checkout, capsys):
    stamped(checkout, up.DEV_LOCK)

    up.install(up.RUN_LOCK, checkout)

    assert capsys.readouterr().out == ""


def test_the_running_environment_is_not_enough_for_developers(checkout):
    assert up.stamp_of(checkout, up.DEV_LOCK, checkout / ".venv") != stamped(checkout, up.RUN_LOCK)


@pytest.mark.parametrize("name", [up.RUN_LOCK, up.DEMO_LOCK])
def test_a_changed_lock_changes_the_stamp(checkout, name):
    before = up.stamp_of(checkout, up.RUN_LOCK, checkout / ".venv")

    (checkout / name).write_text("something==2\n")

    assert up.stamp_of(checkout, up.RUN_LOCK, checkout / ".venv") != before


def test_another_interpreter_changes_the_stamp(checkout):
    before = up.stamp_of(checkout, up.RUN_LOCK, checkout / ".venv")

    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    program(python, "#!/bin/sh\necho 3.99.0\n")

    assert up.stamp_of(checkout, up.RUN_LOCK, checkout / ".venv") != before


def test_programs_of_the_environment_import_from_the_checkout(checkout):
    up.put_on_path(checkout, checkout / ".venv")

    found = list((checkout / ".venv").glob("lib/python3.*/site-packages/emporion.pth"))
    assert [path.read_text() for path in found] == [f"{checkout}\n"]


def test_a_broken_environment_is_made_again(checkout):
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    assert not up.runs(python)

    up.make_venv(checkout / ".venv", sys.executable)

    assert up.runs(python)


def test_the_bootstrap_reads_as_python_3_9_and_needs_the_standard_library_only():
    tree = ast.parse((ROOT / "deploy" / "up.py").read_text(), feature_version=(3, 9))

    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
