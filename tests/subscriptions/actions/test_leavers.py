"""Who leaves has nothing any more, and nothing is left without somebody who answers for it."""

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client

from catalog.actions.domains import save_team
from catalog.descriptors.model import Member, TeamDescriptor
from catalog.models import DataProduct
from marketplace.kernel.actors import CARETAKER, GOVERNANCE, SYSTEM
from marketplace.kernel.errors import ImpossibleMove, Invalid, NotAllowed, SignInFirst
from marketplace.kernel.events.models import Event
from marketplace.kernel.identity.actions import issue_token
from marketplace.kernel.identity.current import actor_of_token, actor_of_user
from marketplace.kernel.identity.models import Membership, Team, User
from subscriptions.actions import lab, leavers, requests
from subscriptions.consumers import known
from subscriptions.models import (
    AccessAgreement,
    ApprovalStage,
    Departure,
    IssuedLogin,
    Notice,
)
from subscriptions.permissions import owns, speaks_for
from subscriptions.queries import waiting_for
from tests.rest import api
from tests.rows import nothing_changes

__all__ = ["api"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def lena(people) -> User:
    """Lena leads team growth."""
    user = User.objects.create(username="lena", display_name="Lena Lead", password="!")
    Membership.objects.create(user=user, team=Team.objects.get(slug="growth"), role="lead")
    return user


def reads(given) -> bool:
    try:
        with psycopg.connect(given.url, connect_timeout=10) as session:
            session.execute(f"SELECT count(*) FROM {given.relation}".encode())
    except psycopg.Error:
        return False
    return True


def test_ana_leaves_and_her_own_access_and_logins_end(platform, ask_curated, work, people, lena):
    ask_curated()
    ask_curated(consumer_kind="user", consumer_key="ana")
    work()
    team = AccessAgreement.objects.get(consumer_kind="team")
    given = lab.credentials(people["ana"], agreement_id=team.pk, minutes=30)
    _, token = issue_token(SYSTEM, username="ana")

    left = leavers.deactivate(people["pia"], username="ana", reason="She left the company.")
    work()

    own = AccessAgreement.objects.select_related("grant").get(consumer_kind="user")
    assert (own.state, own.grant.state) == ("revoked", "verified_removed")
    team.refresh_from_db()
    assert (team.state, team.requester) == ("active", "lena")
    assert IssuedLogin.objects.get().state == "revoked"
    assert not reads(given)
    with pytest.raises(SignInFirst):
        actor_of_token(token)
    assert left.hits["agreements"] == ["Flight delays, curated, held by ana"]
    assert left.hits["routed"] == [["agreement", "Flight delays, curated, held by growth", "lena"]]
    assert (left.hits["teams"], left.hits["tokens"]) == (["growth"], ["token"])
    told = Event.objects.get(name="identity.account.deactivated")
    assert (told.actor, told.data["logins"], told.data["agreements"]) == ("pia", 1, 1)
    notice = Notice.objects.get(type="ROUTED_TO_YOU")
    assert list(notice.recipients.values_list("user__username", flat=True)) == ["lena"]


def test_the_last_member_leaves_and_the_teams_access_ends(platform, ask_curated, work, people):
    ask_curated()
    work()

    left = leavers.deactivate(people["gus"], username="ana", reason="She left.")
    work()

    row = AccessAgreement.objects.get()
    assert (row.state, row.end_reason) == ("revoked", "Team growth has no members left.")
    assert left.hits["agreements"] == ["Flight delays, curated, held by growth"]


def test_the_only_owner_leaves_and_governance_takes_care(mesh, ask_full, people, deliver):
    asked = ask_full()

    left = leavers.deactivate(people["pia"], username="petra", reason="She left.")
    deliver()

    assert ["product", "customer.bookings", "gus"] in left.hits["routed"]
    gus = actor_of_user(User.objects.get(username="gus"))
    bookings = DataProduct.objects.get(key="customer.bookings")
    assert Membership.objects.get(user__username="gus").role == CARETAKER
    assert owns(gus, bookings)
    assert "customer" not in gus.teams
    assert asked in waiting_for(gus)
    requests.reject(gus, request_id=asked.pk, note="Not now.")


def test_a_caretaker_reads_nothing_and_goes_when_there_is_an_owner(mesh, people):
    leavers.deactivate(people["pia"], username="petra", reason="She left.")
    gus = actor_of_user(User.objects.get(username="gus"))

    assert not speaks_for(gus, known("team", "customer"))
    unchanged = TeamDescriptor(id="customer", name="Customer", members=())
    save_team(SYSTEM, wanted=unchanged)
    assert Membership.objects.get(team__slug="customer").role == CARETAKER

    members = (Member(username="sid", role="product_owner"),)
    save_team(SYSTEM, wanted=TeamDescriptor(id="customer", name="Customer", members=members))

    rows = Membership.objects.filter(team__slug="customer").values_list("user__username", "role")
    assert list(rows) == [("sid", "product_owner")]


def test_an_answer_that_nobody_can_give_goes_to_governance(mesh, ask_full, people, deliver):
    asked = ask_full()
    ApprovalStage.objects.filter(request=asked).update(role="privacy_officer")

    leavers.deactivate(people["pia"], username="dana", reason="She left.")
    deliver()

    # Dana was in no team: nothing of a team is settled, so the roles are looked at themselves.
    stage = ApprovalStage.objects.get(request=asked)
    assert stage.role == "governance"
    assert asked in waiting_for(people["gus"])


def test_programs_get_another_sponsor(mesh, people, lena):
    ana = User.objects.get(username="ana")
    robot = User.objects.create(username="robot", kind="service", sponsor=ana, password="!")
    Membership.objects.create(user=robot, team=Team.objects.get(slug="growth"), role="member")

    leavers.deactivate(people["pia"], username="ana", reason="She left.")

    robot.refresh_from_db()
    assert robot.sponsor == lena


def test_coming_back_restores_nothing(mesh, people, lena):
    user = get_user_model().objects.get(username="ana")
    browser = Client()
    browser.force_login(user)
    assert browser.get("/settings").status_code == 200
    leavers.deactivate(people["pia"], username="ana", reason="She left.")
    assert browser.get("/settings").status_code != 200

    leavers.reactivate(people["pia"], username="ana", reason="She is back.")

    assert browser.get("/settings").status_code != 200
    again = actor_of_user(get_user_model().objects.get(username="ana"))
    assert (again.teams, again.roles) == (frozenset(), frozenset())
    row = Departure.objects.get()
    assert row.back_by == "pia"
    assert Event.objects.filter(name="identity.account.reactivated").count() == 1
    with pytest.raises(ImpossibleMove):
        leavers.reactivate(people["pia"], username="ana", reason="Again.")


def test_roles_are_taken_and_must_be_given_anew(mesh, people):
    User.objects.create(username="gwen", roles=[GOVERNANCE], password="!")
    left = leavers.deactivate(people["pia"], username="gus", reason="He left.")
    leavers.reactivate(people["pia"], username="gus", reason="He is back.")

    assert left.hits["roles"] == [GOVERNANCE]
    assert User.objects.get(username="gus").roles == []


def test_who_may_not_and_what_is_refused(mesh, people):
    for name in ("ana", "olaf", "dana", "sid"):
        with nothing_changes(), pytest.raises(NotAllowed):
            leavers.deactivate(people[name], username="petra", reason="x")
    with nothing_changes(), pytest.raises(NotAllowed):
        leavers.deactivate(people["pia"], username="pia", reason="I leave.")
    with nothing_changes(), pytest.raises(Invalid):
        leavers.deactivate(people["pia"], username="ana", reason=" ")
    with nothing_changes(), pytest.raises(leavers.LastOfRole):
        leavers.deactivate(people["gus"], username="pia", reason="She left.")


def test_a_member_taken_out_of_a_team_loses_their_logins(platform, ask_curated, work, people, lena):
    ask_curated()
    work()
    agreement = AccessAgreement.objects.get()
    given = lab.credentials(people["ana"], agreement_id=agreement.pk, minutes=30)
    assert reads(given)

    members = (Member(username="lena", role="lead"),)
    save_team(people["pia"], wanted=TeamDescriptor(id="growth", name="Growth", members=members))
    work()

    assert IssuedLogin.objects.get().state == "revoked"
    assert not reads(given)
    agreement.refresh_from_db()
    assert agreement.state == "active"
    settled = Event.objects.filter(name="identity.team.settled").latest("seq")
    assert (settled.data["team"], settled.data["logins"]) == ("growth", 1)


def test_over_rest_a_preview_changes_nothing(api, mesh, ask_full, lena):
    ask_full()
    with nothing_changes():
        would = api.pia.post("/accounts/ana/deactivate?dry_run=true", {"reason": "Leaves."}).json
    assert (would["hits"]["teams"], would["dry_run"]) == (["growth"], True)

    done = api.pia.post("/accounts/ana/deactivate", {"reason": "She left."}).json
    shown = api.gus.get("/accounts/ana").json

    assert done["hits"]["routed"] == would["hits"]["routed"]
    assert (shown["active"], shown["teams"]) == (False, [])
    assert api.gus.get("/accounts/ana/departures").json["results"][0]["by"] == "pia"
    assert [one["username"] for one in api.dana.get("/accounts?active=false").json["results"]] == [
        "ana"
    ]
    assert api.olaf.get("/accounts").status == 403
    assert api.pia.post("/accounts/mallory/deactivate", {"reason": "x"}).status == 404


def test_from_the_shell(mesh, lena, capsys):
    with nothing_changes():
        call_command("leaver", "preview", "ana")
    assert "teams      growth" in capsys.readouterr().out
    with pytest.raises(CommandError, match="invalid"):
        call_command("leaver", "deactivate", "ana")

    call_command("leaver", "deactivate", "ana", "--reason", "She left.")
    call_command("leaver", "reactivate", "ana", "--reason", "She is back.")

    assert "without anything from before" in capsys.readouterr().out
