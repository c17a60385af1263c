"""Domains and teams one by one."""

import pytest

from catalog.actions.domains import NotEmpty, delete_domain, delete_team, save_domain, save_team
from catalog.descriptors.model import DomainDescriptor, Member, TeamDescriptor
from catalog.models import Domain
from marketplace.kernel.actors import DOMAIN_OWNER, Actor
from marketplace.kernel.errors import NotAllowed, NotFound, Stale
from marketplace.kernel.events.models import Event
from marketplace.kernel.identity.models import Membership, Team
from tests.factories import descriptors as make


def fleet(**more):
    return DomainDescriptor(**{"id": "fleet", "name": "Fleet", "owner_team": "growth", **more})


def test_governance_makes_a_domain(mesh, gus):
    made = save_domain(gus, wanted=fleet(parent="customer", hue=359))

    assert (made.slug, made.parent.slug, made.owner_team.slug) == ("fleet", "customer", "growth")
    assert made.hue == 7
    told = Event.objects.filter(name="domain.changed").last()
    assert (told.subject, told.data["how"], told.actor) == ("domain/fleet", "created", "gus")


def test_a_second_word_replaces_and_a_same_word_does_not(mesh, gus):
    save_domain(gus, wanted=fleet())

    assert save_domain(gus, wanted=fleet()).version == 1
    assert save_domain(gus, wanted=fleet(name="Aircraft"), version=1).version == 2
    with pytest.raises(Stale) as refused:
        save_domain(gus, wanted=fleet(name="Planes"), version=1)

    assert refused.value.facts == {"version": 2}
    assert Domain.objects.get(slug="fleet").name == "Aircraft"


def test_its_owner_describes_a_domain_but_makes_none(mesh):
    noor = Actor("noor", memberships=(("customer", DOMAIN_OWNER),))
    own = DomainDescriptor(
        id="customer", name="Customers", description="People.", owner_team="customer"
    )

    assert save_domain(noor, wanted=own).name == "Customers"
    for wanted in (
        fleet(),
        DomainDescriptor(id="flight-operations", name="X", owner_team="growth"),
    ):
        with pytest.raises(NotAllowed):
            save_domain(noor, wanted=wanted)

    assert not Domain.objects.filter(slug="fleet").exists()


@pytest.mark.parametrize("who", ["ana", "olaf", "petra", "sid", "dana"])
def test_others_shape_nothing(mesh, people, who):
    for run in (
        lambda: save_domain(people[who], wanted=fleet()),
        lambda: delete_domain(people[who], slug="customer"),
        lambda: save_team(people[who], wanted=TeamDescriptor(id="new", name="New")),
        lambda: delete_team(people[who], slug="growth"),
    ):
        with pytest.raises(NotAllowed):
            run()

    assert sorted(Domain.objects.values_list("slug", flat=True)) == [
        "customer",
        "flight-operations",
    ]
    assert Team.objects.count() == 3


def test_only_an_empty_domain_goes(mesh, gus):
    save_domain(gus, wanted=fleet())
    save_domain(
        gus, wanted=DomainDescriptor(id="sub", name="Sub", owner_team="growth", parent="fleet")
    )

    for slug in ("customer", "fleet"):
        with pytest.raises(NotEmpty):
            delete_domain(gus, slug=slug)
    delete_domain(gus, slug="sub")
    delete_domain(gus, slug="fleet")

    with pytest.raises(NotFound):
        delete_domain(gus, slug="fleet")
    assert not Domain.objects.filter(slug__in=["sub", "fleet"]).exists()


def test_a_lead_changes_the_members_of_their_own_team(mesh, pia):
    save_team(
        pia,
        wanted=TeamDescriptor(
            id="growth", name="Growth", members=(Member(username="ana", role="lead"),)
        ),
    )
    lead = Actor("ana", memberships=(("growth", "lead"),))

    save_team(
        lead,
        wanted=TeamDescriptor(
            id="growth",
            name="Growth",
            members=(Member(username="ana", role="lead"), Member(username="sid")),
        ),
    )

    rows = Membership.objects.filter(team__slug="growth").values_list("user__username", "role")
    assert sorted(rows) == [("ana", "lead"), ("sid", "member")]
    told = Event.objects.filter(name="team.changed").last()
    assert (told.actor, told.data["members"]) == ("ana", ["ana", "sid"])


def test_only_an_empty_team_goes(mesh, apply, pia):
    apply(make.team("empty"))

    delete_team(pia, slug="empty")
    for slug in ("growth", "customer"):
        with pytest.raises(NotEmpty):
            delete_team(pia, slug=slug)
    with pytest.raises(NotFound):
        delete_team(pia, slug="empty")

    assert Team.objects.count() == 3
