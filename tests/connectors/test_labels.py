"""Every value that a person fills in has a label of its own."""

import re

import pytest

from marketplace.connectors.forms import config_fields
from marketplace.connectors.labels import _SHARED, choice_label
from marketplace.connectors.registry import BUILT_IN, label_of_kind


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


@pytest.mark.parametrize("kind", sorted(BUILT_IN))
def test_a_kind_of_platform_is_called_by_a_name(kind: str) -> None:
    assert label_of_kind(kind) != kind


def test_what_is_not_installed_is_called_by_its_key() -> None:
    assert label_of_kind("nothing-of-ours") == "nothing-of-ours"
    assert label_of_kind("postgres") == "PostgreSQL"


def test_choices_are_said_in_words() -> None:
    grants = {one.name: one for one in config_fields("lakeformation")}["grants"]

    assert [choice_label(one) for one in grants.choices] == [
        "Columns by name",
        "The whole table",
        "Tables that carry an LF-tag",
    ]
    assert choice_label("SCRAM-SHA-512") == "SCRAM-SHA-512"


def test_every_choice_of_every_kind_has_words() -> None:
    choices = [one for kind in BUILT_IN for field in config_fields(kind) for one in field.choices]

    assert len(choices) > 10
    assert all(choice_label(one) for one in choices)
