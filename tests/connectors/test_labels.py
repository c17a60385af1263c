"""Every value that a person fills in has a label of its own."""

import re

import pytest

from marketplace.connectors.forms import config_fields
from marketplace.connectors.labels import _SHARED
from marketplace.connectors.registry import BUILT_IN


@pytest.mark.parametrize("kind", sorted(BUILT_IN))
def test_no_label_is_only_the_fields_name(kind: str) -> None:
    for one in config_fields(kind):
        assert one.name in _SHARED, f"{kind}.{one.name} has no label"
        assert re.match(r"[A-Z].*\Z", one.label)


def test_a_fields_own_words_win() -> None:
    nats = {one.name: one for one in config_fields("nats")}
    postgres = {one.name: one for one in config_fields("postgres")}

    assert nats["password"].label == "Seed of the operator's signing key"
    assert (postgres["sslmode"].label, postgres["password"].label) == ("TLS mode", "Password")
    assert "verify-full" in postgres["sslmode"].help


def test_a_choice_behind_an_alias_is_a_choice() -> None:
    form = {one.name: one for one in config_fields("generator")}["form"]

    assert (form.kind, form.choices) == ("choice", ("sql", "terraform", "dbt"))
