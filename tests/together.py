"""Which tests share one worker, when several run: those that start the same servers.

Each stack and each platform is then started once.
"""

from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent
WHOLE = ("browser", "deploy")


def group(path: Path) -> str:
    """The name of the group of a test file: `browser`, `deploy`, a platform; empty for most."""
    first, *rest = path.relative_to(TESTS).parts
    if first in WHOLE:
        return first
    if first != "connectors":
        return ""
    name = Path(rest[0]).stem.removeprefix("test_")
    return name if (TESTS / first / name).is_dir() else ""


def scope(test: str) -> str:
    """What is handed out at once: the whole group of this test, by its node id, or the test."""
    return group(TESTS.parent / test.partition("::")[0]) or test


class Together(LoadScopeScheduling):
    """Give each worker one group after the other, and what has none test by test.

    The groups of `--dist loadgroup` (pytest-xdist 3.8) are not seen by pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)
