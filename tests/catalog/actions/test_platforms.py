"""Platforms: their secret goes in and never comes out."""

import pytest

from catalog.actions.platforms import check_platform, prepare_platform, register_platform
from catalog.models import PlatformConnection
from marketplace.kernel.errors import Invalid, NotAllowed, NotFound, Stale
from marketplace.kernel.events.models import Event

CONFIG = {"host": "127.0.0.1", "port": 1, "database": "d", "user": "provisioner"}


def register(actor, **more):
    given = {"key": "lake", "name": "Lake", "kind": "postgres", "config": CONFIG, "secret": "s3"}
    return register_platform(actor, **{**given, **more})


def test_the_secret_is_sealed_and_no_event_has_it(people, pia):
    row = register(pia, secret="very-secret-words")

    assert b"very-secret-words" not in bytes(row.secret)
    told = Event.objects.get(name="platform.registered")
    assert (told.subject, told.data) == ("platform/lake", {"kind": "postgres"})


def test_a_change_keeps_the_secret_and_counts(people, pia):
    first = register(pia)

    second = register(pia, secret=None, name="Big lake", version=1)

    assert (second.version, second.name) == (2, "Big lake")
    assert bytes(second.secret) == bytes(first.secret)
    with pytest.raises(Stale):
        register(pia, version=1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "no-such"}, ["/kind unknown"]),
        ({"config": {}}, [f"/config/{name} required" for name in CONFIG]),
        ({"config": {**CONFIG, "host": ""}}, ["/config/host required"]),
        ({"config": {**CONFIG, "colour": "red"}}, ["/config/colour unknown-field"]),
        ({"config": {**CONFIG, "password": "s3"}}, ["/config/password secret"]),
        ({"config": {**CONFIG, "port": "5432"}}, ["/config/port invalid"]),
        ({"config": {**CONFIG, "port": True}}, ["/config/port invalid"]),
        ({"secrets": {"colour": "s3"}}, ["/secrets/colour unknown-field"]),
        ({"secret": None}, ["/secrets/password required"]),
        (
            {"kind": "ticket", "config": {"folder": "x"}, "secret": None},
            ["/secrets/secret required"],
        ),
        (
            {"kind": "generator", "config": {"folder": "x", "form": "prose"}, "secret": None},
            ["/config/form unknown"],
        ),
        ({"config": {**CONFIG, "env": "not an environment"}}, ["/config unusable"]),
    ],
)
def test_what_the_connector_cannot_use_is_refused(people, pia, wrong, told):
    with pytest.raises(Invalid) as refused:
        register(pia, **wrong)

    problems = refused.value.facts["errors"]
    assert sorted(f"{e['pointer']} {e['code']}" for e in problems) == sorted(told)
    assert not PlatformConnection.objects.exists()


@pytest.mark.parametrize("who", ["ana", "olaf", "gus", "dana", "sid"])
def test_only_the_operator_connects(people, who):
    with pytest.raises(NotAllowed):
        register(people[who])
    with pytest.raises(NotAllowed):
        check_platform(people[who], key="lake")

    assert not PlatformConnection.objects.exists()


def test_an_unreachable_platform_is_found_out(people, pia):
    register(pia)

    findings = check_platform(pia, key="lake")

    assert [(f.level, f.code) for f in findings] == [("error", "unreachable")]
    row = PlatformConnection.objects.get()
    assert row.findings[0]["code"] == "unreachable"
    assert row.checked_at is not None
    with pytest.raises(NotFound):
        check_platform(pia, key="no-such")


def test_the_warehouse_can_be_prepared_twice(warehouse, pia):
    prepare_platform(pia, key="warehouse")

    found = prepare_platform(pia, key="warehouse")

    assert [one for one in found if one.level == "error"] == []
