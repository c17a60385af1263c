"""A warehouse that is away, slow or lies."""

import pytest
from django.db.models.functions import Now

from bench.chaos.proxy import Proxy
from catalog.models import PlatformConnection
from marketplace.kernel.events.models import Event
from subscriptions.actions import agreements, settling
from subscriptions.models import Grant, Handle, PlatformGate

pytestmark = pytest.mark.django_db

LIE = """
    CREATE OR REPLACE FUNCTION public.lie_{table}() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER lie BEFORE {event} ON emporion_entitlements.{table}
        FOR EACH ROW EXECUTE FUNCTION public.lie_{table}();
"""


def try_again(work, done=lambda: True) -> None:
    """Try at once what is put off, past the breaker; on a busy machine a few times."""
    for _ in range(5):
        PlatformGate.objects.all().delete()
        Handle.objects.update(next_at=Now())
        work()
        if done():
            return


@pytest.fixture
def way(platform):
    """The only way from the marketplace to the warehouse, by a proxy."""
    kept = PlatformConnection.objects.get()
    with Proxy(str(kept.config["host"]), int(kept.config["port"])) as proxy:
        PlatformConnection.objects.update(config={**kept.config, "port": proxy.port})
        yield proxy


@pytest.fixture
def liar(platform):
    """Let writes of one kind answer as if they were done."""
    told = []

    def lie(event: str) -> None:
        platform.execute(LIE.format(table="entitlement", event=event))
        told.append(event)

    yield lie
    if told:
        platform.execute("DROP FUNCTION public.lie_entitlement CASCADE")


def test_a_platform_that_lies_about_a_grant_never_makes_it_active(
    liar, ask_curated, work, the, platform
):
    liar("INSERT OR UPDATE")
    asked = ask_curated()

    for _ in range(settling.PARK_AFTER + 1):
        try_again(work)
        assert the(asked).state != "active"

    agreement = the(asked)
    assert (agreement.state, agreement.grant.state) == ("failed", "failed")
    assert agreement.grant.needs_human
    assert agreement.grant.diagnostics
    assert not Event.objects.filter(name="access.agreement.activated").exists()
    platform.execute("DROP TRIGGER lie ON emporion_entitlements.entitlement")
    Grant.objects.update(needs_human=False)
    try_again(work)
    assert the(asked).state == "active"


def test_a_platform_that_lies_about_a_revoke_never_makes_it_revoked(
    liar, ask_curated, work, the, platform
):
    asked = ask_curated()
    work()
    liar("DELETE OR UPDATE")
    agreements.revoke(_olaf(), agreement_id=the(asked).pk, reason="The project ended.")

    for _ in range(settling.PARK_AFTER + 1):
        try_again(work)

    agreement = the(asked)
    assert (agreement.state, agreement.grant.revoke_unverified) == ("ending", True)
    assert not Event.objects.filter(name="access.agreement.revoked").exists()
    platform.execute("DROP TRIGGER lie ON emporion_entitlements.entitlement")
    try_again(work)
    assert the(asked).state == "revoked"


def test_a_warehouse_that_refuses_is_waited_for_and_the_page_says_so(way, ask_curated, work, the):
    way.become("refuse")
    asked = ask_curated()
    work()

    agreement = the(asked)
    assert agreement.state == "pending"
    assert "does not answer" in agreement.grant.handle.waits_for
    way.become("pass")
    try_again(work, lambda: the(asked).state == "active")
    assert (the(asked).state, the(asked).grant.handle.waits_for) == ("active", "")


def test_a_warehouse_that_is_slow_is_only_slow(way, ask_curated, work, the):
    way.delay = 0.02
    way.become("slow")
    asked = ask_curated()

    work()

    assert the(asked).state == "active"
    assert not Event.objects.filter(name="access.grant.failed").exists()


def test_a_connection_cut_in_the_middle_leaves_a_true_state(way, ask_curated, work, the):
    asked = ask_curated()
    work()
    way.become("refuse")
    agreements.suspend(_olaf(), agreement_id=the(asked).pk, reason="An incident.")
    work()
    assert (the(asked).state, the(asked).grant.state) == ("suspended", "deprovisioning")

    way.become("pass")
    try_again(work, lambda: the(asked).grant.state == "verified_removed")

    assert the(asked).grant.state == "verified_removed"


def _olaf():
    from marketplace.kernel.identity.current import actor_of_user
    from marketplace.kernel.identity.models import User

    return actor_of_user(User.objects.get(username="olaf"))
