"""Bring the application up to date before its processes start: one Django process for all steps.

Run by the supervisor as `python -m deploy.embedded.prepare`; every step may be repeated.
"""

import gzip
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Collect the static files when they changed, migrate, load the demo unless told not to."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command, get_commands

    django.setup()
    with (Path(os.environ["EMPORION_VAR"]) / "log" / "prepare.log").open("a") as log:
        collecting = _collect_static(Path(settings.STATIC_ROOT), log)
        _step("Database migrated", lambda: call_command("migrate", interactive=False, stdout=log))
        if wants_demo(os.environ) and "load_demo" in get_commands():
            _step("Demo mesh loaded", lambda: call_command("load_demo", stdout=log))
        if collecting is not None:
            _step("Static files collected", collecting)


def wants_demo(environment: Mapping[str, str]) -> bool:
    """Whether there is to be a demo: not refused, and a warehouse here that we may fill."""
    return environment.get("EMPORION_DEMO", "1") != "0" and bool(
        environment.get("EMPORION_WAREHOUSE_ADMIN_DSN"),
    )


def _collect_static(target: Path, log: TextIO) -> Callable[[], None] | None:
    """Start collecting the static files beside the other steps; None when they are up to date.

    A process of its own, because the settings name the files differently while they are collected.
    Returns what waits for the end, and raises CalledProcessError when that is a bad one.
    """
    stamp = target / ".stamp"
    wanted = fingerprint([ROOT / "static"], extra=(ROOT / "requirements.lock").read_bytes() + b"gz")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return None
    command = [sys.executable, "manage.py", "collectstatic", "--no-input"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)

    def finish() -> None:
        if running.wait():
            raise subprocess.CalledProcessError(running.returncode, command)
        pack(target / "dist")
        stamp.write_text(wanted, encoding="utf-8")

    return finish


def pack(folder: Path) -> None:
    """Put a gzip file beside each text in a folder, which whitenoise sends to who takes it.

    Only our own files: all of them, with those of the API pages and the admin, would take 40 s.
    """
    for path in folder.glob("*"):  # nothing, when there is no such folder
        if path.suffix in {".css", ".js", ".svg"}:
            packed = gzip.compress(path.read_bytes(), 9, mtime=0)
            path.with_name(f"{path.name}.gz").write_bytes(packed)


def fingerprint(folders: list[Path], extra: bytes = b"") -> str:
    """A digest of names, sizes and times of all files below the folders, and of `extra`."""
    digest = hashlib.sha256(extra)
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found = path.stat()
                line = f"{path.relative_to(folder)} {found.st_size} {found.st_mtime_ns}\n"
                digest.update(line.encode())
    return digest.hexdigest()


def _step(name: str, run: Callable[[], object]) -> None:
    """Run one step and say how long it took."""
    began = time.monotonic()
    run()
    sys.stdout.write(f"  {name} ({time.monotonic() - began:.1f} s)\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
