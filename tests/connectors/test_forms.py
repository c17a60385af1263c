"""A form drawn from a connector's configuration."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from marketplace.connectors import forms, registry
from marketplace.connectors.reading import SECRET


@dataclass(frozen=True)
class LakeConfig:
    url: str
    mode: Literal["read", "write"] = "read"
    roles: tuple[str, ...] = ("one",)
    retries: int = 3
    strict: bool = True
    region: str | None = None
    key: str = field(default="", metadata={**SECRET, "help": "A private key."})
    env: str = ""


class LakeConnector:
    def __init__(self, config: LakeConfig) -> None:
        self.config = config


@pytest.fixture
def _lake(monkeypatch):
    kept = dict(registry.BUILT_IN) | {"lake": "tests.connectors.test_forms:LakeConnector"}
    monkeypatch.setattr(registry, "BUILT_IN", kept)


@pytest.mark.usefixtures("_lake")
def test_every_kind_of_value_becomes_a_field():
    found = {one.name: one for one in forms.config_fields("lake")}

    assert {name: one.kind for name, one in found.items()} == {
        "url": "text",
        "mode": "choice",
        "roles": "list",
        "retries": "number",
        "strict": "flag",
        "region": "text",
        "key": "text",
    }
    assert [name for name, one in found.items() if one.required] == ["url"]
    assert found["mode"].choices == ("read", "write")
    assert (found["key"].secret, found["key"].help) == (True, "A private key.")


def test_postgres_asks_for_what_it_needs_and_not_for_what_is_given():
    found = {one.name: one for one in forms.config_fields("postgres")}

    assert [name for name, one in found.items() if one.required] == [
        "host",
        "port",
        "database",
        "user",
        "password",
    ]
    assert found["password"].secret
    assert {"env", "lab_secret"}.isdisjoint(found)
    assert forms.config_fields("memory") == ()
