"""`make up` on a fresh machine: find a Python, make .venv, install what is locked, start the stack.

Only the standard library, and only syntax that Python 3.9 knows: whatever `python3` is here runs
this file. `--install` only installs (with `dev`: the tools of the developers, too).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 12)
DEMO_LOCK = "requirements-demo.lock"
UV_LOCK = "requirements-uv.lock"
RUN_LOCK = "requirements-embedded.lock"
DEV_LOCK = "requirements-dev.lock"  # holds all that RUN_LOCK holds, in the same versions


def main(arguments: Sequence[str]) -> int:
    """Install, then become the supervisor (or end, with --install)."""
    if arguments[:1] == ["--install"]:
        return _told(lambda: install(DEV_LOCK if "dev" in arguments else RUN_LOCK))
    status = _told(lambda: install(RUN_LOCK))
    if status == 0:
        python = str(venv_python(ROOT / ".venv"))
        os.chdir(ROOT)
        os.execv(python, [python, "-m", "deploy.embedded.supervisor", *arguments])  # noqa: S606
    return status


class CannotInstall(Exception):
    """The environment cannot be made; the message says why and what to do."""


def _told(step: Callable[[], None]) -> int:
    """Run a step; its refusal is a sentence and exit code 1, Ctrl-C is 130."""
    try:
        step()
    except CannotInstall as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped while installing; start again to go on.", file=sys.stderr)
        return 130
    return 0


def install(lock: str, root: Path = ROOT) -> None:
    """Bring `.venv` to the state that the lock files describe; quick when it is there already."""
    venv = root / ".venv"
    with _alone(root):
        if not runs(venv_python(venv)):
            make_venv(venv, find_interpreter())
        stamp = stamp_of(root, lock, venv)
        if stamp == _read(venv / "emporion-stamp") or (
            lock == RUN_LOCK and stamp_of(root, DEV_LOCK, venv) == _read(venv / "emporion-stamp")
        ):
            return
        began = time.monotonic()
        with_what = install_locks(root, venv, lock)
        put_on_path(root, venv)
        (venv / "emporion-stamp").write_text(stamp, encoding="utf-8")
    print(f"Installed with {with_what} in {time.monotonic() - began:.1f} s", flush=True)


def find_interpreter() -> str:
    """Find a Python that is new enough, by running each candidate.

    A name on the PATH proves nothing: pyenv's shims are there and fail when not selected.
    """
    for candidate in candidates():
        if runs(Path(candidate)):
            return candidate
    raise CannotInstall(
        "Emporion needs Python {}.{} or newer, and none was found. Install one, for example:\n"
        "  Debian or Ubuntu:  apt install python3.13 python3.13-venv\n"
        "  macOS:             brew install python@3.13\n"
        "  anywhere:          uv python install 3.13".format(*OLDEST)
    )


def candidates() -> Iterator[str]:
    """Every Python that may do, the preferred first."""
    yield sys.executable
    for name in ("python3.14", "python3.13", "python3.12"):
        on_path = shutil.which(name)
        if on_path:
            yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    found = pyenv.glob("versions/3.1[2-9]*/bin/python")
    yield from map(str, sorted(found, key=_version_in, reverse=True))
    uv = shutil.which("uv")
    if uv:
        answer = _ask([uv, "python", "find", ">={}.{}".format(*OLDEST)])
        if answer:
            yield answer


def runs(python: Path) -> bool:
    """Whether this interpreter starts and is new enough."""
    answer = _ask([str(python), "-c", f"import sys; print(sys.version_info >= {OLDEST!r})"])
    return answer == "True"


def make_venv(venv: Path, interpreter: str) -> None:
    """Make the environment, over whatever broken or old one is there."""
    print(f"Making .venv with {interpreter}", flush=True)
    uv = shutil.which("uv")
    bare = [interpreter, "-m", "venv", "--clear", str(venv)]
    if uv:
        bare.insert(4, "--without-pip")  # uv installs without it
    done = subprocess.run(bare, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotInstall(
            f"{interpreter} could not make .venv:\n{done.stdout}{done.stderr}\n"
            "On Debian or Ubuntu the package python3-venv is missing."
        )


def stamp_of(root: Path, lock: str, venv: Path) -> str:
    """What decides whether to install again: the locks' contents and the interpreter."""
    digest = hashlib.sha256()
    for name in (lock, DEMO_LOCK):
        digest.update((root / name).read_bytes())
    digest.update(_ask([str(venv_python(venv)), "-c", "import sys; print(sys.version)"]).encode())
    digest.update(str(root).encode())  # put_on_path wrote it
    return json.dumps({"lock": lock, "sha256": digest.hexdigest()})


def install_locks(root: Path, venv: Path, lock: str) -> str:
    """Install the lock, and the demo's data package without what it depends on.

    With uv if there is one, else with uv from its own lock, else with pip, which is slower and
    needs nothing. Returns the name of what did it.
    """
    count = sum(1 for line in _read(root / lock).splitlines() if line[:1].isalnum())
    print(f"Installing {count} locked packages from {lock}", flush=True)
    return install_files(root, venv, [root / lock, root / DEMO_LOCK])


def install_files(root: Path, venv: Path, locks: Sequence[Path]) -> str:
    """Install these lock files one after another, each with its hashes, as `install_locks` says."""
    steps = [["--require-hashes", "--no-deps", "-r", str(lock)] for lock in locks]
    python = str(venv_python(venv))
    uv = shutil.which("uv")
    if uv is None and _succeeds([*_pip(python), "--require-hashes", "-r", str(root / UV_LOCK)]):
        uv = str(venv / "bin" / "uv")
    if uv and all(_succeeds([uv, "pip", "install", "-q", "--python", python, *s]) for s in steps):
        return "uv"
    for step in steps:
        done = subprocess.run([*_pip(python), *step], capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotInstall(f"Installing failed:\n{done.stdout}{done.stderr}")
    return "pip"


def _pip(python: str) -> list[str]:
    """The start of a pip command; pip itself is put there when the environment came without."""
    if not _succeeds([python, "-m", "pip", "--version"]):
        _succeeds([python, "-m", "ensurepip"])
    return [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def put_on_path(root: Path, venv: Path) -> None:
    """Let the environment's programs (pytest, celery) import from the repository."""
    for packages in venv.glob("lib/python3.*/site-packages"):
        (packages / "emporion.pth").write_text(f"{root}\n", encoding="utf-8")


def venv_python(venv: Path) -> Path:
    """The environment's interpreter."""
    return venv / "bin" / "python"


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One installation at a time; the lock is on a file that is always there, and only advisory."""
    with (root / "pyproject.toml").open() as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _ask(command: Sequence[str]) -> str:
    """What a command prints; nothing when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _succeeds(command: Sequence[str]) -> bool:
    """Whether a command succeeds, its output unseen."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _read(path: Path) -> str:
    """A file's text; empty when there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _version_in(path: Path) -> list[int]:
    """The version in a pyenv path, for sorting: 3.12 comes before 3.13."""
    version = path.parent.parent.name
    return [int(part) for part in version.split(".") if part.isdigit()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
