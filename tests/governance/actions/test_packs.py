"""Packs: installed once, numbered, activated by governance alone."""

import pytest

from governance.actions.packs import activate_policy, install_packs, put_policy
from governance.models import Policy
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import Invalid, NotAllowed, NotFound
from marketplace.kernel.events.models import Event

PACK = {
    "key": "house-rules",
    "title": "House rules",
    "rules": [
        {
            "id": "public",
            "title": "Public",
            "when": {"fact": "classification", "op": "eq", "value": "public"},
            "verdict": "allow",
            "sentence": "It is public.",
        }
    ],
}


def numbers(key="house-rules"):
    return list(Policy.objects.filter(key=key).order_by("number").values_list("number", "active"))


def test_installing_again_installs_nothing(db):
    assert install_packs(SYSTEM) == 0
    assert numbers("emporion-base") == [(1, True)]


def test_a_missing_pack_is_installed_and_decides(db):
    Policy.objects.all().delete()

    assert install_packs(SYSTEM) == 1
    assert numbers("emporion-base") == [(1, True)]


def test_a_newer_shipped_version_waits_for_governance(db):
    Policy.objects.update(number=99)

    assert install_packs(SYSTEM) == 1
    assert numbers("emporion-base") == [(1, False), (99, True)]


def test_governance_writes_versions_and_says_which_decides(people, gus):
    put_policy(gus, pack=PACK)
    put_policy(gus, pack={**PACK, "title": "Better", "version": 77})
    assert numbers() == [(1, False), (2, False)]

    activate_policy(gus, key="house-rules", number=2)
    activate_policy(gus, key="house-rules", number=1)

    assert numbers() == [(1, True), (2, False)]
    assert Policy.objects.get(key="house-rules", active=True).activated_by == "gus"
    told = Event.objects.filter(name="policy.activated", actor="gus").values_list("data", flat=True)
    assert [(d["number"], d["before"]) for d in told] == [(2, 0), (1, 2)]


def test_activating_what_is_in_force_changes_nothing_else(people, gus):
    put_policy(gus, pack=PACK)
    activate_policy(gus, key="house-rules", number=1)
    activate_policy(gus, key="house-rules", number=1)

    assert numbers() == [(1, True)]


def test_a_bad_pack_is_refused_with_every_place(people, gus):
    bad = {**PACK, "rules": [{**PACK["rules"][0], "verdict": "maybe", "colour": "red"}]}

    with pytest.raises(Invalid) as refused:
        put_policy(gus, pack=bad)

    assert [e["pointer"] for e in refused.value.facts["errors"]] == [
        "/rules/0/colour",
        "/rules/0/verdict",
    ]
    assert numbers() == []


def test_an_unknown_version_is_not_there(people, gus):
    with pytest.raises(NotFound):
        activate_policy(gus, key="emporion-base", number=5)

    assert numbers("emporion-base") == [(1, True)]


@pytest.mark.parametrize("who", ["ana", "olaf", "petra", "dana", "pia", "sid"])
def test_others_write_no_policy(people, who):
    with pytest.raises(NotAllowed):
        put_policy(people[who], pack=PACK)
    with pytest.raises(NotAllowed):
        activate_policy(people[who], key="emporion-base", number=1)

    assert numbers() == []
