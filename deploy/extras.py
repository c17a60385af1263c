"""What chosen extras add to the locked packages: `python -m deploy.extras mariadb nats`.

Prints their entries of requirements-connectors.lock, with versions and hashes, for pip or uv;
`--install` installs them into .venv, and without a name the extras are listed. Only the standard
library: the image is built with this file before anything is installed.
"""

import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = "requirements-connectors.lock"
NOT_FOR_PLATFORMS = {"dev", "embedded"}
_ENTRY = re.compile(r"^(?=[\w.-]+==)", re.MULTILINE)


class UnknownExtra(ValueError):
    """There is no extra of that name."""


def extras(root: Path = ROOT) -> dict[str, set[str]]:
    """Give the extras that a deployment may choose, each with the packages that it names."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return {
        name: {_name_of(line) for line in lines}
        for name, lines in project["optional-dependencies"].items()
        if name not in NOT_FOR_PLATFORMS
    }


def entries(wanted: Iterable[str], root: Path = ROOT) -> str:
    """Give the lock's entries for these extras and all that they need. Raises UnknownExtra."""
    known, chosen = extras(root), set[str]()
    for extra in wanted:
        if extra not in known:
            raise UnknownExtra(f"There is no extra {extra}; there are {', '.join(sorted(known))}.")
        chosen |= known[extra]
    text = (root / LOCK).read_text("utf-8")
    locked = [(_name_of(one), one, _needed_by(one)) for one in _ENTRY.split(text) if one]
    before = set[str]()
    while chosen != before:
        before = set(chosen)
        chosen |= {name for name, _, needed_by in locked if needed_by & chosen}
    return "".join(entry for name, entry, _ in locked if name in chosen)


def install(wanted: Iterable[str]) -> None:
    """Install the extras into .venv. Raises UnknownExtra, and CannotInstall of deploy.up."""
    from deploy.up import install_files

    with tempfile.NamedTemporaryFile("w", suffix=".lock", encoding="utf-8") as lock:
        lock.write(entries(wanted))
        lock.flush()
        install_files(ROOT, ROOT / ".venv", [Path(lock.name)])


def main(arguments: list[str]) -> int:
    """Run from the command line."""
    wanted = [word for word in arguments if word != "--install"]
    try:
        if not wanted:
            print(" ".join(sorted(extras())))
        elif "--install" in arguments:
            install(wanted)
        else:
            print(entries(wanted), end="")
    except UnknownExtra as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


def _needed_by(entry: str) -> set[str]:
    """Give the packages that want this one: the comment `# via` that uv writes below each entry."""
    words = re.sub(r"[#,]|\bvia\b", " ", "".join(re.findall(r"^ +#.*$", entry, re.MULTILINE)))
    return {word.lower() for word in words.split()}


def _name_of(line: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", line, maxsplit=1)[0]).lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
