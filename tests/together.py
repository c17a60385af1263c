"""Which tests share one worker, when several run: those that start the same servers.

Each stack and each platform is then started once.
"""

from pathlib import Path

import pytest

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


def keep_together(items: list[pytest.Item]) -> None:
    """Mark each test with its group, for `--dist loadgroup`."""
    for item in items:
        if name := group(item.path):
            item.add_marker(pytest.mark.xdist_group(name))
