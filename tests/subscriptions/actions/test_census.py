"""Two hundred grants, forty changes by hand: each is found, named right, and answered."""

import time
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.db.models.functions import Now

from catalog.models import OutputPort, PlatformConnection
from marketplace.kernel.errors import ImpossibleMove, Invalid, NotAllowed, NotFound
from marketplace.kernel.events.models import Event
from subscriptions.actions import agreements, census, findings, grants, requests
from subscriptions.actions.explaining import explain
from subscriptions.actions.requests import Ask, request_access
from subscriptions.models import (
    AccessAgreement,
    AccessRequest,
    DriftFinding,
    Grant,
    Handle,
    Notice,
)
from subscriptions.queries import waiting_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def react():
    """Say what follows drift on the warehouse."""

    def run(how):
        PlatformConnection.objects.update(on_drift=how)

    return run


@pytest.fixture
def look():
    """Compare every handle now."""

    def run():
        Handle.objects.update(next_at=Now())
        return grants.reconcile_due()

    return run


@pytest.fixture
def held(platform, ask_curated, work) -> AccessAgreement:
    """Growth reads Flight delays, curated."""
    asked = ask_curated()
    work()
    return AccessAgreement.objects.get(request=asked)


@pytest.fixture
def it(held, platform, look, work, react):
    """All of the above in one."""
    return SimpleNamespace(held=held, platform=platform, look=look, work=work, react=react)


def login_of(platform, kind="team", key="growth") -> str:
    return platform.execute(
        "SELECT login FROM emporion_entitlements.consumer WHERE kind = %s AND key = %s", [kind, key]
    ).fetchone()[0]


def as_provisioner(platform, statement):
    platform.execute(f"SET ROLE emporion_provisioner; {statement}; RESET ROLE")


def drop(platform, login):
    platform.execute(f"DROP OWNED BY {login}; DROP ROLE {login}")


def test_forty_changes_among_two_hundred_grants_are_all_named_and_only_they_are_healed(
    platform, work, look, people, curated
):
    users = get_user_model().objects
    for number in range(200):
        name = f"person{number:03}"
        user = users.create(username=name, password="!")
        actor = type(people["sid"])(name, user_id=user.pk)
        request_access(
            actor,
            ask=Ask(curated.product.key, "curated", "user", name, "analytics", "Test", 90),
        )
    work()
    assert Grant.objects.filter(state="verified").count() == 200
    handle = Handle.objects.get().name
    versions = dict(Grant.objects.values_list("principal_key", "version"))
    login = {n: login_of(platform, "user", f"person{n:03}") for n in range(40)}
    for n in range(10):
        as_provisioner(platform, f"REVOKE {handle} FROM {login[n]} CASCADE")
    for n in range(10, 20):
        platform.execute(
            "DELETE FROM emporion_entitlements.entitlement WHERE login = %s", [login[n]]
        )
    for n in range(20, 30):
        platform.execute(
            "UPDATE emporion_entitlements.entitlement SET expires_at = 'infinity'"
            " WHERE login = %s", [login[n]],
        )  # fmt: skip
    for n in range(30, 35):
        drop(platform, login[n])
    for n in range(5):
        platform.execute(f"CREATE ROLE mp_stranger_{n}; GRANT {handle} TO mp_stranger_{n}")
    before = time.monotonic()

    look()

    seconds = time.monotonic() - before
    found = {kind: set() for kind in ("missing", "altered", "orphan", "foreign", "excess")}
    for row in DriftFinding.objects.all():
        found[row.kind].add(row.principal or row.what)
    assert found["missing"] == {f"user:person{n:03}" for n in range(20)}
    assert found["altered"] == {f"user:person{n:03}" for n in range(20, 30)}
    assert found["orphan"] == {f"user:person{n:03}" for n in range(30, 35)}
    assert {words.split()[0] for words in found["foreign"]} == {
        f"mp_stranger_{n}" for n in range(5)
    }
    assert found["excess"] == set()
    touched = {
        key
        for key, version in Grant.objects.values_list("principal_key", "version")
        if versions[key] != version
    }
    assert {f"person{n:03}" for n in [*range(20), *range(30, 35)]} <= touched
    assert touched <= {f"person{n:03}" for n in range(35)}
    assert Grant.objects.filter(state="verified").count() == 200
    stays = platform.execute(
        "SELECT count(*) FROM pg_auth_members WHERE member::regrole::text LIKE 'mp_stranger%%'"
    ).fetchone()
    assert stays == (5,)
    assert seconds < 60


def test_what_is_healed_is_closed_and_nothing_is_told(held, platform, look, work):
    as_provisioner(platform, f"REVOKE {held.grant.handle.name} FROM {login_of(platform)} CASCADE")

    look()
    work()

    row = DriftFinding.objects.get()
    assert (row.kind, row.principal, row.state) == ("missing", "team:growth", "healed")
    assert row.grant_id == held.grant.pk
    assert Grant.objects.get().state == "verified"
    assert not Notice.objects.filter(type="DRIFT_FOUND").exists()


def test_reporting_touches_nothing_until_somebody_heals(it, olaf, ana, sid):
    held, platform, look, work, react = it.held, it.platform, it.look, it.work, it.react
    react("report")
    as_provisioner(platform, f"REVOKE {held.grant.handle.name} FROM {login_of(platform)} CASCADE")
    look()
    look()
    work()

    row = DriftFinding.objects.get()
    assert row.state == "open"
    assert Event.objects.filter(name="drift.found").count() == 1
    told = Notice.objects.get(type="DRIFT_FOUND")
    assert [one.user.username for one in told.recipients.all()] == ["olaf"]
    for actor in (ana, sid):
        with pytest.raises((NotFound, NotAllowed)):
            census.answer(actor, finding_id=row.pk, how="heal")

    census.answer(olaf, finding_id=row.pk, how="heal")
    work()
    look()

    row.refresh_from_db()
    assert (row.state, Grant.objects.get().state) == ("healed", "verified")
    assert Handle.objects.get().findings_standing == 0


def test_what_was_changed_by_others_is_not_said_to_be_proven(it, olaf, ana):
    held, platform, look, react = it.held, it.platform, it.look, it.react
    react("report")
    as_provisioner(platform, f"REVOKE {held.grant.handle.name} FROM {login_of(platform)} CASCADE")
    look()
    look()

    grant, product = Grant.objects.get(), held.port.product.key
    assert grant.state == "drifted"
    assert Event.objects.filter(name="access.grant.drifted").count() == 1
    said = explain(ana, product=product, port="curated", person="ana")
    assert said.answer == "unproven"
    assert (
        "team:growth lost its membership." in {step.key: step.text for step in said.steps}["grant"]
    )

    as_provisioner(
        platform,
        f"GRANT {held.grant.handle.name} TO {login_of(platform)} WITH INHERIT TRUE, SET FALSE",
    )
    look()

    assert (DriftFinding.objects.get().state, Grant.objects.get().state) == ("healed", "verified")
    assert explain(ana, product=product, port="curated", person="ana").answer == "yes"


def test_a_change_that_is_reported_can_be_healed_by_hand(it, olaf):
    held, platform, look, work, react = it.held, it.platform, it.look, it.work, it.react
    react("report")
    as_provisioner(platform, f"REVOKE {held.grant.handle.name} FROM {login_of(platform)} CASCADE")
    look()

    census.answer(olaf, finding_id=DriftFinding.objects.get().pk, how="heal")
    work()
    look()

    assert (DriftFinding.objects.get().state, Grant.objects.get().state) == ("healed", "verified")


def test_a_new_reaction_counts_for_what_stands_open(it):
    it.react("report")
    handle = it.held.grant.handle.name
    as_provisioner(it.platform, f"REVOKE {handle} FROM {login_of(it.platform)} CASCADE")
    it.look()
    assert DriftFinding.objects.get().state == "open"

    it.react("quarantine")
    it.look()
    it.work()

    agreement = AccessAgreement.objects.get()
    assert (agreement.state, agreement.grant.state) == ("suspended", "verified_removed")


def test_quarantine_suspends_what_was_changed(held, platform, look, work, react):
    react("quarantine")
    as_provisioner(platform, f"REVOKE {held.grant.handle.name} FROM {login_of(platform)} CASCADE")

    look()
    work()

    agreement = AccessAgreement.objects.get()
    assert (agreement.state, agreement.grant.state) == ("suspended", "verified_removed")
    assert agreement.suspend_reason.startswith("The platform was changed by others: ")
    assert DriftFinding.objects.get().state in ("quarantined", "gone")


def let_growth_in_again(platform, held, work, olaf):
    """Revoke, and then undo it by hand with the provisioner's own credential."""
    handle, login = held.grant.handle.name, login_of(platform)
    agreements.revoke(olaf, agreement_id=held.pk, reason="Over.")
    work()
    as_provisioner(platform, f"GRANT {handle} TO {login}")
    platform.execute(
        "INSERT INTO emporion_entitlements.entitlement (handle, login, consumer, agreement,"
        " expires_at) SELECT %s, login, consumer, 'by-hand', 'infinity'"
        " FROM emporion_entitlements.consumer WHERE login = %s", [handle, login],
    )  # fmt: skip


def test_what_nobody_agreed_to_is_asked_for_after_the_fact(it, olaf):
    held, platform, look, work, react = it.held, it.platform, it.look, it.work, it.react
    react("adopt")
    let_growth_in_again(platform, held, work, olaf)
    look()
    work()

    row = DriftFinding.objects.get(kind="excess")
    request = AccessRequest.objects.get(kind="retro")
    assert (row.state, row.request_id, row.principal) == ("adopting", request.pk, "team:growth")
    assert (request.state, request.requester) == ("in_review", "system")
    look()
    count = "SELECT count(*) FROM emporion_entitlements.entitlement"
    assert platform.execute(count).fetchone() == (1,)  # kept until Olaf has answered

    requests.approve(olaf, request_id=request.pk)
    work()
    look()

    row.refresh_from_db()
    assert row.state == "adopted"
    assert AccessAgreement.objects.get(request=request).state == "active"


def test_a_membership_by_hand_that_opens_nothing_waits_for_its_owner(it, olaf, gus):
    """A GRANT by hand alone lets nobody read: it is taken away, and the owner is asked."""
    held, platform, look, work, react = it.held, it.platform, it.look, it.work, it.react
    react("adopt")
    handle, login = held.grant.handle.name, login_of(platform)
    agreements.revoke(olaf, agreement_id=held.pk, reason="Over.")
    work()
    as_provisioner(platform, f"GRANT {handle} TO {login}")
    look()
    looks = Event.objects.filter(name="drift.census").count()
    look()
    look()

    row, request = DriftFinding.objects.get(), AccessRequest.objects.get(kind="retro")
    assert (row.state, row.request_id) == ("adopting", request.pk)
    assert Event.objects.filter(name="drift.census").count() - looks <= 1

    requests.approve(olaf, request_id=request.pk)
    work()
    look()

    row.refresh_from_db()
    assert row.state == "adopted"
    assert AccessAgreement.objects.get(request=request).state == "active"


def test_what_a_policy_would_allow_is_asked_of_people_after_the_fact(it, olaf):
    held, platform, look, work, react = it.held, it.platform, it.look, it.work, it.react
    react("adopt")
    contract = held.contract
    contract.facts["purposes"] = ["analytics", "operations"]
    contract.save()
    let_growth_in_again(platform, held, work, olaf)
    look()

    request = AccessRequest.objects.get(kind="retro")
    assert (request.decision.outcome, request.state) == ("allow", "in_review")
    assert list(waiting_for(olaf)) == [request]


def test_heal_takes_away_what_is_kept_for_its_owner(it, olaf):
    held, platform, look, work, react = it.held, it.platform, it.look, it.work, it.react
    react("report")
    let_growth_in_again(platform, held, work, olaf)
    look()
    react("adopt")
    DriftFinding.objects.update(note="Growth has another request open.")

    census.answer(olaf, finding_id=DriftFinding.objects.get().pk, how="heal")
    work()
    look()

    count = "SELECT count(*) FROM emporion_entitlements.entitlement"
    assert platform.execute(count).fetchone() == (0,)
    assert DriftFinding.objects.get().state == "healed"


def test_what_is_refused_after_the_fact_is_taken_away(it, olaf):
    held, platform, look, work, react = it.held, it.platform, it.look, it.work, it.react
    react("adopt")
    let_growth_in_again(platform, held, work, olaf)
    look()
    requests.reject(olaf, request_id=AccessRequest.objects.get(kind="retro").pk, note="No.")
    work()
    look()

    count = "SELECT count(*) FROM emporion_entitlements.entitlement"
    assert platform.execute(count).fetchone() == (0,)
    assert DriftFinding.objects.get(kind="excess").state == "healed"


def test_what_others_gave_is_never_touched_but_can_be_left_or_adopted(it, olaf, petra):
    held, platform, look, work = it.held, it.platform, it.look, it.work
    handle = held.grant.handle.name
    platform.execute(f"CREATE ROLE mp_stranger; GRANT {handle} TO mp_stranger")
    look()
    row = DriftFinding.objects.get()
    assert (row.kind, row.state) == ("foreign", "open")

    with pytest.raises(ImpossibleMove, match="never touched"):
        census.answer(olaf, finding_id=row.pk, how="heal")
    with pytest.raises(Invalid):
        census.answer(olaf, finding_id=row.pk, how="accept", words="")
    with pytest.raises(Invalid):
        census.answer(olaf, finding_id=row.pk, how="adopt")
    census.answer(
        olaf, finding_id=row.pk, how="adopt", consumer_kind="team", consumer_key="customer"
    )
    request = AccessRequest.objects.get(kind="retro")
    assert (request.consumer_key, request.state) == ("customer", "in_review")
    with pytest.raises((NotFound, NotAllowed)):
        requests.approve(petra, request_id=request.pk)
    requests.approve(olaf, request_id=request.pk)
    work()
    look()

    row.refresh_from_db()
    assert (row.state, row.note) == (
        "accepted",
        f"Adopted by request {request.number}; what others gave was left as it is.",
    )
    assert platform.execute(
        "SELECT count(*) FROM pg_auth_members WHERE member = 'mp_stranger'::regrole"
    ).fetchone() == (1,)


def test_a_port_may_react_otherwise_than_its_connection(it, olaf, ana):
    held, platform, look = it.held, it.platform, it.look
    port = OutputPort.objects.get(pk=held.port_id)
    census.set_reaction(olaf, port_id=port.pk, reaction="report")
    as_provisioner(platform, f"REVOKE {held.grant.handle.name} FROM {login_of(platform)} CASCADE")
    look()
    assert DriftFinding.objects.get().state == "open"

    with pytest.raises(NotAllowed):
        census.set_reaction(ana, port_id=port.pk, reaction="heal")
    with pytest.raises(Invalid):
        census.set_reaction(olaf, port_id=port.pk, reaction="shrug")
    census.set_reaction(olaf, port_id=port.pk, reaction="")
    look()
    assert DriftFinding.objects.order_by("pk").last().state in ("healed", "gone", "open")


def test_the_operator_asks_for_a_census_now(held, pia, olaf):
    Handle.objects.update(next_at=Now())
    assert census.ask_census(pia, key="warehouse") == 1
    with pytest.raises(NotAllowed):
        census.ask_census(olaf, key="warehouse")
    with pytest.raises(NotFound):
        census.ask_census(pia, key="none")


def test_a_finding_that_stands_is_seen_again_without_an_event_each_time(it):
    it.react("report")
    login = login_of(it.platform)
    handle = it.held.grant.handle
    as_provisioner(it.platform, f"REVOKE {handle.name} FROM {login} CASCADE")
    it.look()
    first = DriftFinding.objects.get()
    told = Event.objects.filter(name="drift.census").count()

    it.look()
    it.look()

    again = DriftFinding.objects.get()
    assert again.seen_at > first.seen_at
    assert (again.state, Event.objects.filter(name="drift.census").count()) == ("open", told)
    assert not findings.seen_again(handle, 0, (), "report")
