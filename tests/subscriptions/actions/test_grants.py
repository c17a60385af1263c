"""From yes to proof, and from no to proof, on a real PostgreSQL."""

from datetime import timedelta

import psycopg
import pytest
from django.db.models.functions import Now

from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.events.models import Event
from marketplace.kernel.events.queries import verify_chain
from subscriptions.actions import agreements, grants, lab, requests
from subscriptions.actions.lab import NotReady
from subscriptions.lab import AccessEnded, LabRefused
from subscriptions.models import AccessAgreement, Grant, Handle, LabRun
from subscriptions.tasks import sweep

pytestmark = pytest.mark.django_db

BOOKINGS = "customer_products.bookings_full"
FLIGHTS = "flight_operations_products.flight_delays_curated"


def the(request):
    return AccessAgreement.objects.select_related("grant__handle", "port__platform").get(
        request=request
    )


def test_an_agreement_is_active_only_after_the_proof(platform, ask_curated, work):
    asked = ask_curated()
    assert the(asked).state == "pending"

    work()

    agreement = the(asked)
    assert (agreement.state, agreement.grant.state) == ("active", "verified")
    evidence = agreement.grant.evidence
    assert (evidence["level"], evidence["positive"], evidence["negative"]) == ("proven", True, True)
    refused = {d["name"]: d["sqlstate"] for d in evidence["details"] if d["outcome"] == "refused"}
    assert refused == {"control object": "42501", "base relation": "42501"}
    names = list(Event.objects.filter(name__startswith="access.").values_list("name", flat=True))
    assert names == [
        "access.request.submitted",
        "access.request.approved",
        "access.grant.provisioning",
        "access.grant.verified",
        "access.agreement.activated",
    ]


def test_ana_reads_real_rows_as_her_teams_own_role(platform, ask_curated, work, ana):
    agreement = the(ask_curated())
    with pytest.raises(NotReady):
        lab.run(ana, agreement_id=agreement.pk, sql=f"SELECT * FROM {FLIGHTS}")
    work()

    run, rows = lab.run(
        ana, agreement_id=agreement.pk, sql=f"SELECT carrier, dep_delay FROM {FLIGHTS} ORDER BY 1"
    )

    assert rows.rows == [("AA", 33), ("B6", None), ("UA", 2)]
    assert (run.state, run.row_count) == ("done", 3)
    _, who = lab.run(ana, agreement_id=agreement.pk, sql="SELECT session_user")
    assert who.rows[0][0].startswith("mp_demo_")
    agreement.refresh_from_db()
    assert agreement.uses == 2


def test_the_lab_refuses_what_is_not_hers(platform, ask_curated, work, ana, olaf):
    agreement = the(ask_curated())
    work()

    with pytest.raises(LabRefused) as refused:
        lab.run(ana, agreement_id=agreement.pk, sql="SELECT * FROM customer.bookings")
    assert refused.value.facts == {"reason": "permission-denied"}
    with pytest.raises(NotAllowed):
        lab.run(olaf, agreement_id=agreement.pk, sql="SELECT 1")
    assert list(LabRun.objects.values_list("state", "code")) == [("refused", "permission-denied")]


def test_a_revoke_is_proven_and_ends_open_sessions(platform, ask_full, work, ana, petra):
    asked = ask_full()
    requests.approve(petra, request_id=asked.pk)
    work()
    agreement = the(asked)
    info = lab.credentials(ana, agreement_id=agreement.pk, minutes=5)
    with psycopg.connect(info.url, autocommit=True) as session:
        assert session.execute(
            "SELECT count(*) FROM customer_products.bookings_full"
        ).fetchone() == (1,)

        agreements.revoke(petra, agreement_id=agreement.pk, reason="The project ended.")
        work()

        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    agreement = the(asked)
    assert (agreement.state, agreement.end_reason) == ("revoked", "The project ended.")
    assert agreement.grant.state == "verified_removed"
    evidence = agreement.grant.evidence
    assert (evidence["expected"], evidence["ok"], evidence["level"]) == (
        "no_access",
        True,
        "proven",
    )
    with pytest.raises(AccessEnded) as refused:
        lab.run(ana, agreement_id=agreement.pk, sql="SELECT 1")
    assert refused.value.facts["request_again"] == "/products/customer.bookings/request?port=full"
    assert verify_chain().ok


def test_only_the_owner_or_governance_revokes(platform, ask_curated, work, people):
    agreement = the(ask_curated())
    work()

    for name in ("ana", "petra", "sid"):
        with pytest.raises(Exception, match=r"may not|nothing here"):
            agreements.revoke(people[name], agreement_id=agreement.pk, reason="Because.")

    assert the(agreement.request).state == "active"


def test_ana_gives_access_back(platform, ask_curated, work, ana):
    agreement = the(ask_curated())
    work()

    agreements.terminate(ana, agreement_id=agreement.pk)
    work()

    assert the(agreement.request).state == "terminated"
    assert ask_curated().state == "approved"


def test_access_ends_on_the_platform_at_its_time_without_any_worker(
    platform, ask_curated, work, ana
):
    agreement = the(ask_curated())
    work()
    info = lab.credentials(ana, agreement_id=agreement.pk, minutes=5)

    with psycopg.connect(info.url, autocommit=True) as session:
        before = session.execute(f"SELECT count(*) FROM {FLIGHTS}").fetchone()
        platform.execute(
            "UPDATE emporion_entitlements.entitlement SET expires_at = now() - interval '1 second'"
        )
        after = session.execute(f"SELECT count(*) FROM {FLIGHTS}").fetchone()

    assert (before, after) == ((3,), (0,))
    with pytest.raises(AccessEnded):
        lab.run(ana, agreement_id=agreement.pk, sql=f"SELECT count(*) FROM {FLIGHTS}")


def test_the_sweep_ends_what_is_over(platform, ask_curated, work):
    agreement = the(ask_curated())
    work()
    AccessAgreement.objects.update(
        start_at=Now() - timedelta(days=2), end_at=Now() - timedelta(seconds=1)
    )

    sweep()
    work()

    agreement = the(agreement.request)
    assert (agreement.state, agreement.grant.state) == ("expired", "verified_removed")


def test_suspending_takes_away_and_resuming_gives_exactly_the_same(
    platform, ask_curated, work, olaf, ana
):
    agreement = the(ask_curated())
    work()

    agreements.suspend(olaf, agreement_id=agreement.pk, reason="Incident 12.")
    work()
    assert (the(agreement.request).state, the(agreement.request).grant.state) == (
        "suspended",
        "verified_removed",
    )
    with pytest.raises(AccessEnded):
        lab.run(ana, agreement_id=agreement.pk, sql="SELECT 1")
    agreements.resume(olaf, agreement_id=agreement.pk)
    work()

    assert (the(agreement.request).state, the(agreement.request).grant.state) == (
        "active",
        "verified",
    )


def test_a_grant_taken_away_by_hand_is_found_and_healed(platform, ask_curated, work):
    agreement = the(ask_curated())
    work()
    handle = agreement.grant.handle.name
    role = platform.execute(
        "SELECT member::regrole::text FROM pg_auth_members WHERE roleid = %s::regrole AND "
        "member::regrole::text LIKE 'mp%%\\_c'",
        [handle],
    ).fetchone()[0]
    platform.execute(f"REVOKE {handle} FROM {role} CASCADE")
    platform.execute(
        f"SET ROLE emporion_provisioner; REVOKE {handle} FROM {role} CASCADE; RESET ROLE"
    )
    Handle.objects.update(next_at=Now())

    work()

    assert the(agreement.request).grant.state == "verified"
    assert Event.objects.filter(name="access.grant.drifted").count() == 1


def test_a_platform_that_is_away_is_waited_for_and_the_page_says_so(
    platform, ask_curated, work, mesh
):
    from catalog.models import PlatformConnection

    connection = PlatformConnection.objects.get()
    right = connection.config
    PlatformConnection.objects.update(config={**right, "port": 1})
    agreement = the(ask_curated())

    work()

    assert the(agreement.request).state == "pending"
    assert "does not answer" in the(agreement.request).grant.handle.waits_for
    PlatformConnection.objects.update(config=right)
    Handle.objects.update(next_at=Now())
    work()
    assert the(agreement.request).state == "active"
    assert the(agreement.request).grant.handle.waits_for == ""


def test_a_worker_that_lost_its_lease_writes_nothing(platform, ask_curated):
    agreement = the(ask_curated())
    handle = agreement.grant.handle
    Handle.objects.update(fence=7)

    grants.reconcile(handle.pk, fence=6)

    grant = Grant.objects.get()
    assert (grant.state, grant.evidence) == ("pending", {})


def test_a_hundred_consumers_of_one_port_need_few_rounds(platform, ask_curated, work, people):
    from marketplace.kernel.identity.models import Team

    for number in range(20):
        slug = f"team-{number}"
        Team.objects.create(slug=slug, name=slug)
        from dataclasses import replace

        ask_curated(replace(people["ana"], memberships=((slug, "member"),)), consumer_key=slug)

    assert grants.reconcile_due() == 1

    assert set(AccessAgreement.objects.values_list("state", flat=True)) == {"active"}
    assert Grant.objects.filter(state="verified").count() == 20
