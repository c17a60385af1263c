"""Differences are named once, by kind. Pure."""

from datetime import UTC, datetime, timedelta

from marketplace.connectors.base import (
    Member,
    Observed,
    ObservedMember,
    PortDesired,
    PortVariant,
    Principal,
)
from subscriptions.drift import classify

END = datetime(2030, 1, 1, tzinfo=UTC)
VARIANT = PortVariant("7", "d.p:x@1", "d_products", "p_x", "d", "t", ("a",))
ANA, BEN, CLEO, DAN = (Principal("user", name) for name in ("ana", "ben", "cleo", "dan"))


def seen(principal, *missing, end=END):
    return ObservedMember(principal, end, "1", frozenset(missing))


def wanted(*principals):
    return PortDesired(VARIANT, frozenset(Member(one, END, "1") for one in principals))


def observed(*members, drift=(), foreign=(), exists=True):
    return Observed(exists, VARIANT.digest, frozenset(members), tuple(foreign), tuple(drift))


def test_what_stands_as_agreed_is_no_finding():
    assert classify(wanted(ANA, BEN), observed(seen(ANA), seen(BEN))) == ()


def test_each_difference_has_one_kind():
    found = classify(
        wanted(ANA, BEN, CLEO),
        observed(
            seen(ANA, "membership"),
            seen(BEN, end=END + timedelta(days=1)),
            seen(CLEO, "login"),
            seen(DAN),
            drift=["view-altered", "base-missing", "login-remade:user:cleo"],
            foreign=["mallory is a member and no consumer of ours"],
        ),
    )

    assert [(one.kind, str(one.principal or "")) for one in found] == [
        ("altered", ""),
        ("orphan", ""),
        ("missing", "user:ana"),
        ("altered", "user:ben"),
        ("orphan", "user:cleo"),
        ("excess", "user:dan"),
        ("foreign", ""),
    ]
    assert found[-1].what == "mallory is a member and no consumer of ours."


def test_who_is_not_there_at_all_is_missing_and_whose_time_ran_out_is_nothing():
    found = classify(wanted(ANA), observed(seen(BEN), exists=False), ending=[BEN])

    assert [(one.kind, one.what) for one in found] == [
        ("missing", "The handle's role is gone."),
        ("missing", "user:ana is not let in."),
    ]
