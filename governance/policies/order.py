"""The order in which people write a pack: the database keeps its keys by length."""

from typing import Any, Final

_KEYS: Final = (
    *("key", "version", "id", "title", "description", "when", "verdict", "notice", "sentence"),
    *("stages", "role", "why", "rules", "all", "any", "not", "fact", "op", "value"),
)
_RANK: Final = {key: place for place, key in enumerate(_KEYS)}


def as_written(part: Any) -> Any:
    """Give a pack, or a part of one, with its keys in the order of a shipped pack; equal to it."""
    if isinstance(part, dict):
        names = sorted(part, key=lambda name: _RANK.get(name, len(_RANK)))
        return {name: as_written(part[name]) for name in names}
    return [as_written(one) for one in part] if isinstance(part, list) else part
