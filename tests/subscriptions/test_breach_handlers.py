"""A broken promise of quality is told once to whom it concerns, and once more when it is mended."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.actions.quality import report_levels, report_results, report_windows
from catalog.events import PromiseBroken
from catalog.models import QualityBreach
from catalog.observations.base import LevelDay
from marketplace.kernel.events.models import Event
from subscriptions.actions.follows import follow
from subscriptions.breach_handlers import tell_broken
from subscriptions.models import Mail, Notice, NoticeRecipient

pytestmark = pytest.mark.django_db
DELAYS = "flight-operations.flight-delays"
NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def report(mesh, olaf, deliver):
    def run(status: str, hours: int = 0, **more):
        one = {
            "check_key": "flights/fresh",
            "name": "Not older than a day",
            "dimension": "timeliness",
            "status": status,
            "measured": {"detail": "31 h old"},
            "observed_at": NINE + timedelta(hours=hours),
            "source": "dbt",
        }
        report_results(olaf, key=DELAYS, results=[one | more])
        deliver()

    return run


def told() -> list[tuple[str, list[str]]]:
    rows = Notice.objects.filter(type="QUALITY_BREACH").order_by("pk")
    return [
        (row.title, sorted(row.recipients.values_list("user__username", flat=True))) for row in rows
    ]


BROKEN = "Flight delays: a check fails: Not older than a day"
MENDED = "Mended: Flight delays: Not older than a day"


def test_followers_and_owners_hear_once_until_it_is_mended(report, gus):
    follow(gus, key=DELAYS)

    report("fail")
    report("fail", 1)
    report("warn", 2)
    report("error", 3)
    assert told() == [(BROKEN, ["gus", "olaf"])]
    report("pass", 4)
    report("pass", 5)

    assert told() == [(BROKEN, ["gus", "olaf"]), (MENDED, ["gus", "olaf"])]
    copies = NoticeRecipient.objects.filter(notice__title=BROKEN)
    assert all(one.done_at and one.read_at for one in copies)
    assert QualityBreach.objects.get().mended_at is not None
    assert {mail.state for mail in Mail.objects.all()} == {"suppressed"}


def test_a_second_breach_of_the_same_check_is_told_anew(report):
    for hour, status in enumerate(["fail", "pass", "fail"]):
        report(status, hour)

    assert [title for title, _ in told()] == [BROKEN, MENDED, BROKEN]
    assert QualityBreach.objects.filter(mended_at__isnull=True).count() == 1


def test_a_late_word_of_the_past_neither_opens_nor_mends(report):
    report("pass", 4)
    report("fail", 1)
    assert told() == []

    report("fail", 5)
    report("pass", 2)
    assert [title for title, _ in told()] == [BROKEN]


def test_consumers_of_the_port_hear(report, ask_curated, platform, work, ana):
    ask_curated()
    work()

    report("fail", port="curated")

    assert told() == [(BROKEN, ["ana", "olaf"])]
    text = Notice.objects.get(type="QUALITY_BREACH").text
    assert text.startswith("31 h old. It concerns port curated. Since 2026-03-01 ")


def test_a_missed_service_level_is_a_breach_and_a_kept_one_mends_it(mesh, olaf, deliver):
    def day(number: int, state: str, value: float) -> None:
        one = LevelDay("latency", NINE.date() + timedelta(number), state, "ours", value, "24", "h")
        report_levels(olaf, key=DELAYS, levels=[one])
        deliver()

    day(0, "breached", 31)
    day(1, "breached", 30)
    day(2, "met", 20)

    assert [title for title, _ in told()] == [
        "Flight delays: a promise is missed: latency",
        "Mended: Flight delays: latency",
    ]
    assert Notice.objects.filter(title__startswith="Mended").get().text == (
        "latency 20 h, objective 24 h, measured on 2026-03-03"
    )


def test_days_as_a_whole_are_watched_too(mesh, olaf, deliver):
    for number, state in enumerate(["breached", "breached", "met"]):
        window = {"day": NINE.date() + timedelta(number), "state": state, "basis": "by hand"}
        report_windows(olaf, key=DELAYS, windows=[window])
    deliver()

    assert [title for title, _ in told()] == [
        "Flight delays: a promise is missed: service level",
        "Mended: Flight delays: service level",
    ]


def test_the_events_are_those_of_the_owners_team(report):
    report("fail")
    report("pass", 1)

    rows = Event.objects.filter(name__startswith="slo.").order_by("seq")
    assert [(row.name, row.teams, row.data["what"]) for row in rows] == [
        ("slo.breached", ["flight-operations"], "Not older than a day"),
        ("slo.recovered", ["flight-operations"], "Not older than a day"),
    ]


def test_the_same_event_twice_is_one_notice(report):
    report("fail")
    row = QualityBreach.objects.get()

    tell_broken(
        PromiseBroken(
            subject=f"breach/{row.pk}",
            product=DELAYS,
            breach_id=row.pk,
            kind="check",
            what=row.name,
            port="",
            words=row.words,
        )
    )

    assert [title for title, _ in told()] == [BROKEN]
