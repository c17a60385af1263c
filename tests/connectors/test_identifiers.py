"""Names on their way to a platform (T12): none collides, none injects, bad ones never leave."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.connectors.identifiers import (
    BadIdentifier,
    Ident,
    check_environment,
    role_name,
    short_hash,
)
from marketplace.connectors.postgres.statements import literal, name
from tests.connectors.warehouse import administrator

GOOD = [
    "delays",
    "Flight Delays",
    "flight-delays.v1",
    "_hidden",
    "col$1",
    "größe",
    "東京",
    "скорость",
    "تأخير",
    "हिन्दी",
    "x" * 63,
    "é" * 31,
]
BAD = [
    "",
    " a",
    "a ",
    "a  b",
    "1a",
    "-a",
    "$a",
    ".a",
    'a"b',
    "a'b",
    "a`b",
    "a;b",
    "a/b",
    "a\\b",
    "a(b)",
    "a,b",
    "a:b",
    "a%b",
    "a\x00b",
    "a\nb",
    "a\tb",
    "a\rb",
    "a\x7fb",
    "a\x85b",
    "a\u00a0b",
    "a\u200bb",
    "a\u202eb",
    "a\u2066b",
    "a\ufeffb",
    "a\u2028b",
    "a\U0001f600",
    "\u0301a",
    "\ufb01x",
    "\uff41bc",
    "e\u0301",
    "\u212bngstrom",
    "a\ud800",
    "x" * 64,
    "é" * 32,
]


@pytest.mark.parametrize("text", GOOD)
def test_ordinary_names_of_all_scripts_pass_unchanged(text: str) -> None:
    assert Ident(text) == text
    assert name(text) == f'"{text}"'


@pytest.mark.parametrize("text", BAD)
def test_other_names_are_refused_before_any_call(text: str) -> None:
    with pytest.raises(BadIdentifier):
        Ident(text)


@given(st.text(max_size=80))
def test_whatever_passes_is_one_name_for_postgresql(text: str) -> None:
    """No quote, no NUL, no control or formatting character, and short enough not to be cut."""
    try:
        passed = Ident(text)
    except BadIdentifier:
        return

    assert passed == text
    assert len(passed.encode()) <= 63
    assert not set(passed) & set("\"'`;\\\x00\n\r\t")
    assert passed.isprintable()


def test_postgresql_reads_every_name_back_as_it_was_written() -> None:
    with administrator() as dba:
        for text in GOOD:
            row = dba.execute(f"SELECT 1 AS {name(text)}".encode())
            assert [column.name for column in row.description or ()] == [text]


@given(st.text(alphabet=st.characters(exclude_characters="\x00", codec="utf-8")))
def test_every_value_is_quoted_for_any_setting_of_backslashes(text: str) -> None:
    quoted = literal(text)

    inner = quoted.strip().removeprefix("E").removeprefix("'").removesuffix("'")
    assert "'" not in inner.replace("''", "")
    if "\\" in text:
        assert quoted.strip().startswith("E'")


def test_postgresql_reads_odd_values_back_as_they_were_written() -> None:
    odd = ["'", "''", "\\", "\\'", "$$", "$mp$", "%s", "; --", "\n", "\u202e", "\U0001f600", "E'"]
    with administrator() as dba:
        for text in odd:
            for setting in ("on", "off"):
                with dba.transaction():
                    dba.execute(f"SET LOCAL standard_conforming_strings = {setting}".encode())
                    row = dba.execute(f"SELECT {literal(text)}".encode()).fetchone()
                assert row == (text,)


def test_a_value_with_nul_is_refused() -> None:
    with pytest.raises(psycopg.DataError):
        literal("a\x00b")


def test_a_long_name_is_shortened_without_collision() -> None:
    names = {Ident.fit("x" * 70 + str(number)) for number in range(500)}
    names |= {Ident.fit("é" * 60 + str(number)) for number in range(500)}

    assert len(names) == 1000
    assert max(len(one.encode()) for one in names) <= 63
    assert Ident.fit("short") == "short"


def test_a_bad_name_is_not_made_good_by_shortening() -> None:
    with pytest.raises(BadIdentifier):
        Ident.fit("x" * 70 + '"')


def test_names_of_roles_are_plain_and_differ_for_every_part() -> None:
    names = [
        role_name("prod", "r", f"port-{number}", variant)
        for number in range(500)
        for variant in ("", "eu")
    ]

    assert len(set(names)) == 1000
    assert {len(one) for one in names} == {20}
    assert all(one.replace("_", "").isalnum() and one.islower() for one in names)
    assert short_hash("ab", "c") != short_hash("a", "bc")
    assert short_hash("a", "") != short_hash("a")


@pytest.mark.parametrize("env", ["", "Prod", "1a", "a_b", "a-b", "a" * 13, "a\n", "é"])
def test_an_environment_that_would_not_fit_is_refused(env: str) -> None:
    with pytest.raises(BadIdentifier):
        check_environment(env)
