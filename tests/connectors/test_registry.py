"""Finding the connector of a kind."""

import pytest

from marketplace.connectors import registry
from marketplace.connectors.memory import MemoryConnector
from marketplace.connectors.postgres import PostgresConnector

CONFIG = {
    "host": "127.0.0.1",
    "port": 1,
    "database": "warehouse",
    "user": "emporion_provisioner",
    "password": "a planted password",
    "env": "test",
    "lab_secret": "a planted secret of the lab",
}


def test_what_we_ship_is_found() -> None:
    assert {"memory", "postgres"} <= set(registry.kinds())
    assert registry.class_for("postgres") is PostgresConnector
    assert registry.class_for("memory") is MemoryConnector


def test_the_same_configuration_gives_the_same_connector() -> None:
    one = registry.connector_for("postgres", CONFIG)

    assert registry.connector_for("postgres", dict(reversed(CONFIG.items()))) is one
    assert registry.connector_for("postgres", CONFIG | {"env": "other"}) is not one


def test_an_unknown_kind_says_which_there_are() -> None:
    with pytest.raises(registry.UnknownKind, match=r"memory, .*postgres"):
        registry.connector_for("oracle", {})


@pytest.mark.parametrize(
    "changes",
    [
        {"env": "Prod"},
        {"lab_secret": "short"},
        {"publisher": 'a"b'},
        {"instance": "a:b"},
        {"instance": ""},
        {"unknown": 1},
    ],
)
def test_a_configuration_that_does_not_fit_is_refused_without_its_secrets(
    changes: dict[str, object],
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        registry.connector_for("postgres", CONFIG | changes)

    assert "planted" not in str(caught.value)


def test_secrets_are_marked_for_the_form_and_hidden() -> None:
    from dataclasses import fields

    from marketplace.connectors.postgres import PostgresConfig

    secret = {one.name for one in fields(PostgresConfig) if one.metadata.get("secret")}

    assert secret == {"password", "lab_secret"}
    assert "planted" not in repr(PostgresConfig(**CONFIG))  # type: ignore[arg-type]


def test_an_entry_point_adds_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    point = EntryPoint(
        "sheets", "marketplace.connectors.memory:MemoryConnector", registry.ENTRY_POINTS
    )
    monkeypatch.setattr(registry, "entry_points", lambda **_: [point])

    assert "sheets" in registry.kinds()
    assert isinstance(registry.connector_for("sheets", {"env": "test"}), MemoryConnector)
