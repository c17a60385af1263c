"""Packs are shown in the order in which they were written."""

import json
from pathlib import Path

import pytest

from governance.policies import packs
from governance.policies.order import as_written

SHIPPED = sorted(Path(packs.__path__[0]).glob("*.json"))


def by_length(part):
    """Order keys as the database does."""
    if isinstance(part, dict):
        return {name: by_length(part[name]) for name in sorted(part, key=lambda n: (len(n), n))}
    return [by_length(one) for one in part] if isinstance(part, list) else part


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_pack_comes_back_as_it_was_written(path):
    pack = json.loads(path.read_text())
    test = {"value": 1, "op": "eq", "fact": "days"}

    assert as_written(by_length(pack)) == pack
    assert list(as_written(by_length(pack)))[:3] == ["key", "version", "title"]
    assert list(as_written(test)) == ["fact", "op", "value"]
