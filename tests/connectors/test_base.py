"""The values that all connectors share refuse what makes no sense."""

from datetime import UTC, datetime
from typing import Any

import pytest

from marketplace.connectors.base import (
    BadIdentifier,
    Conflict,
    Limits,
    Member,
    Observed,
    ObservedMember,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    QueryRefused,
    RowFilter,
    Step,
)

GROWTH = Principal("team", "growth")
UNTIL = datetime(2026, 12, 31, tzinfo=UTC)


def variant(**changes: Any) -> PortVariant:
    facts: dict[str, Any] = {
        "port_id": "0199-port",
        "port_key": "flight-operations.flight-delays/curated/1",
        "relation_schema": "published",
        "relation_name": "delays",
        "base_schema": "raw",
        "base_table": "delays",
        "columns": ("id", "carrier"),
    }
    return PortVariant(**facts | changes)


@pytest.mark.parametrize("kind", ["user", "team", "data_product", "application", "agent"])
def test_every_kind_of_principal_has_a_login_of_its_own(kind: str) -> None:
    assert Principal(kind, "growth").role("prod").startswith("mp_prod_")
    assert Principal(kind, "growth").role("prod") != Principal(kind, "grow").role("prod")


@pytest.mark.parametrize(("kind", "key"), [("role", "a"), ("team", ""), ("team", "a\nb")])
def test_no_other_principal_exists(kind: str, key: str) -> None:
    with pytest.raises(ValueError, match="principal"):
        Principal(kind, key)


@pytest.mark.parametrize(
    "changes",
    [
        {"relation_schema": 'a"b'},
        {"relation_name": "a\x00b"},
        {"base_table": ""},
        {"columns": ("id", "a;b")},
        {"columns": ()},
        {"columns": ("id", "id")},
        {"port_id": "a:b"},
        {"port_id": "$mp$"},
        {"variant": "a'b"},
        {"variant": "a\nb"},
        {"relation_schema": "raw"},
    ],
)
def test_a_variant_is_checked_before_it_exists(changes: dict[str, Any]) -> None:
    with pytest.raises((BadIdentifier, ValueError)):
        variant(**changes)


def test_a_variants_handle_depends_on_port_variant_and_environment_only() -> None:
    handle = variant().handle("prod")

    assert handle == variant(port_key="renamed", columns=("id",)).handle("prod")
    assert handle != variant(variant="eu").handle("prod")
    assert handle != variant(port_id="other").handle("prod")
    assert handle != variant().handle("test")


def test_a_variants_digest_tells_what_it_shows() -> None:
    digest = variant().digest

    assert digest == variant(port_key="renamed").digest
    assert digest != variant(columns=("carrier", "id")).digest
    assert digest != variant(row_filters=(RowFilter("carrier", "=", "LH"),)).digest
    assert (
        variant(row_filters=(RowFilter("n", "=", 1),)).digest
        != variant(row_filters=(RowFilter("n", "=", "1"),)).digest
    )


@pytest.mark.parametrize(
    ("op", "value"),
    [
        ("like", "a"),
        ("=", None),
        ("=", ("a",)),
        ("in", "a"),
        ("in", ()),
        ("is null", "a"),
        ("=", "a\x00b"),
        ("in", ("a", "b\x00")),
        ("= 1 OR true --", 1),
    ],
)
def test_a_filter_that_does_not_fit_is_refused(op: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"operator|fit|NUL"):
        RowFilter("carrier", op, value)


def test_moments_have_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Member(GROWTH, datetime(2026, 12, 31), "a")  # noqa: DTZ001 - the point


def test_nobody_is_wanted_twice() -> None:
    twice = frozenset({Member(GROWTH, UNTIL, "a"), Member(GROWTH, None, "b")})

    with pytest.raises(ValueError, match="twice"):
        PortDesired(variant(), twice)


def test_a_plan_is_true_when_there_is_something_to_do_and_knows_its_digest() -> None:
    step = Step("one", "GRANT", "REVOKE", reversible=True, risk="widens")
    plan, empty = Plan.of("handle", (step,)), Plan.of("handle", ())

    assert plan
    assert not empty
    plan.check()
    with pytest.raises(Conflict):
        Plan("other", plan.steps, plan.digest).check()
    with pytest.raises(Conflict):
        Plan("handle", (), plan.digest).check()


def test_an_observation_is_compared_with_the_wish() -> None:
    wish = PortDesired(variant(), frozenset({Member(GROWTH, UNTIL, "a")}))
    whole = ObservedMember(GROWTH, UNTIL, "a")
    half = ObservedMember(GROWTH, UNTIL, "a", frozenset({"membership"}))

    def seen(*members: ObservedMember) -> Observed:
        return Observed(exists=True, view_digest="", members=frozenset(members))

    assert seen(whole).holds(wish)
    assert not seen(half).holds(wish)
    assert not seen().holds(wish)
    assert not seen(whole, ObservedMember(Principal("user", "sid"), None, "b")).holds(wish)


def test_drift_is_found_by_code() -> None:
    observed = Observed(
        exists=True, view_digest="", members=frozenset(), drift=("view-altered", "x:1", "x:2:3")
    )

    assert observed.drifted("view-altered") == ("",)
    assert observed.drifted("x") == ("1", "2:3")
    assert observed.drifted("y") == ()


def test_limits_are_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        Limits(rows=0)


def test_a_refusal_has_a_known_code() -> None:
    with pytest.raises(ValueError, match="unknown"):
        QueryRefused("because", "…")
