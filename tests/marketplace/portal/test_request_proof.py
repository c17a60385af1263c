"""The proof names what was promised on each kind of platform, and the code it answered with."""

from datetime import UTC, datetime
from typing import Any

import pytest

from marketplace.portal.request_proof import tried

AT = datetime(2026, 1, 1, tzinfo=UTC)


def attempt(name: str, outcome: str, code: str = "", words: str = "asked") -> dict[str, Any]:
    return {"name": name, "sql": words, "sqlstate": code, "outcome": outcome}


def judged(*details: dict[str, Any], expected: str = "access", ok: bool = True) -> list[bool]:
    evidence = {"expected": expected, "ok": ok, "level": "proven", "details": details}
    return [one["ok"] for one in tried(evidence, AT)]


@pytest.mark.parametrize(
    "name",
    [
        "published view",
        "published stream",
        "published objects",
        "published columns",
        "consumer group",
        "report",
        "login",
        "entitlement",
    ],
)
def test_what_is_promised_is_allowed_and_no_longer_after_the_end(name):
    assert judged(attempt(name, "allowed")) == [True]
    assert judged(attempt(name, "refused"), ok=False) == [False]
    assert judged(attempt(name, "refused"), expected="no_access") == [True]


@pytest.mark.parametrize("name", ["control object", "writing", "another group", "whole bucket"])
def test_all_else_is_refused(name):
    assert judged(attempt(name, "refused")) == [True]
    assert judged(attempt(name, "allowed"), ok=False) == [False]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("42501", "asked (SQLSTATE 42501)"),
        ("00000", "asked (SQLSTATE 00000)"),
        ("42P01", "asked (SQLSTATE 42P01)"),
        ("403", "asked (403)"),
        ("AccessDenied", "asked (AccessDenied)"),
        ("", "asked"),
    ],
)
def test_only_sql_platforms_answer_with_sqlstates(code, shown):
    evidence = {"ok": True, "level": "proven", "details": [attempt("writing", "refused", code)]}

    assert tried(evidence, AT)[0]["detail"] == shown
    assert tried(evidence, AT)[0]["title"] == "Writing: refused"
