"""Which call belongs to which action."""

from collections.abc import Callable
from typing import Any

from tests.permissions.scene import Scene

Call = Callable[[Scene], dict[str, Any]]
CALLS: dict[str, Call] = {}


def of(*names: str) -> Callable[[Call], Call]:
    """Say which actions a call is for."""

    def keep(call: Call) -> Call:
        CALLS.update(dict.fromkeys(names, call))
        return call

    return keep
