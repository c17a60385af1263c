"""What owners tell their consumers reaches exactly those whom it concerns, once."""

from datetime import timedelta

import pytest

from marketplace.kernel.clock import now
from marketplace.kernel.errors import Invalid, NotAllowed, NotFound
from subscriptions.actions.owners_words import message_consumers, revoke_later
from subscriptions.models import AccessAgreement, Grant, Notice

pytestmark = pytest.mark.django_db
FLIGHTS = "flight-operations.flight-delays"
WORDS = {"title": "A gap on Sunday", "text": "Nothing comes from 2 to 4."}


@pytest.fixture
def granted(platform, ask_curated, work) -> AccessAgreement:
    """Growth reads Flight delays, curated, and it is proven."""
    asked = ask_curated()
    work()
    return AccessAgreement.objects.get(request=asked)


def told(kind) -> list[tuple[str, list[str]]]:
    rows = Notice.objects.filter(type=kind).order_by("pk")
    return [
        (row.title, sorted(row.recipients.values_list("user__username", flat=True))) for row in rows
    ]


def test_a_message_reaches_the_people_of_each_consumer_once(granted, olaf, work):
    concerned = message_consumers(olaf, key=FLIGHTS, **WORDS)
    work()
    work()

    assert concerned == [granted]
    assert told("OWNER_MESSAGE") == [("Flight delays: A gap on Sunday", ["ana"])]
    assert Notice.objects.get(type="OWNER_MESSAGE").text == "Nothing comes from 2 to 4."


def test_a_message_to_a_port_that_nobody_reads_is_refused(granted, olaf, work):
    with pytest.raises(Invalid, match="Nobody has access there now"):
        message_consumers(olaf, key=FLIGHTS, ports=["full"], **WORDS)
    work()

    assert told("OWNER_MESSAGE") == []


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"text": ""}, {"title": "x" * 151}, {"text": "x" * 4001}]
)
def test_a_message_needs_words(granted, olaf, wrong):
    with pytest.raises(Invalid):
        message_consumers(olaf, key=FLIGHTS, **(WORDS | wrong))


def test_others_do_not_write_to_the_consumers_of_a_product(granted, petra, gus, ana, sid):
    for actor in (petra, gus, ana, sid):
        with pytest.raises(NotAllowed):
            message_consumers(actor, key=FLIGHTS, **WORDS)
    with pytest.raises(NotFound):
        message_consumers(ana, key="customer.secret-plans", **WORDS)


def test_an_end_with_notice_is_told_and_known_to_the_platform(granted, olaf, work, platform):
    until = revoke_later(olaf, agreement_id=granted.pk, reason="We move house.", days=7).end_at
    work()

    granted.refresh_from_db()
    assert granted.state == "active"
    assert abs(granted.end_at - (now() + timedelta(days=7))) < timedelta(minutes=5)
    grant = Grant.objects.get(agreement=granted)
    assert (grant.state, grant.valid_until) == ("verified", until)
    kept = platform.execute("SELECT expires_at FROM emporion_entitlements.entitlement").fetchall()
    assert kept == [(until,)]
    assert ("Flight delays: access to port curated ends sooner", ["ana"]) in told("ACCESS_EXPIRING")


@pytest.mark.parametrize(
    ("days", "reason", "words"),
    [
        (0, "x", "Between 1 and 90"),
        (91, "x", "Between 1 and 90"),
        (7, " ", "in a sentence"),
        (90, "x", "sooner than that"),
    ],
)
def test_an_end_that_is_no_sooner_changes_nothing(granted, olaf, days, reason, words):
    with pytest.raises(Invalid, match=words):
        revoke_later(olaf, agreement_id=granted.pk, reason=reason, days=days)

    before = granted.end_at
    granted.refresh_from_db()
    assert (granted.end_at, granted.version) == (before, granted.version)


def test_strangers_shorten_nothing(granted, petra, ana, sid):
    for actor, refusal in ((petra, NotFound), (sid, NotFound), (ana, NotAllowed)):
        with pytest.raises(refusal):
            revoke_later(actor, agreement_id=granted.pk, reason="x", days=1)
