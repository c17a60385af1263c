"""Whom an incident reaches: consumers of the ports that are hit, and followers; each once."""

import pytest

from catalog.actions.incidents import open_incident, resolve_incident, update_incident
from catalog.events import IncidentOpened
from marketplace.kernel.events.delivering import deliver_due
from subscriptions.actions.follows import follow
from subscriptions.handlers.products import tell_incident
from subscriptions.models import Notice, NoticeRecipient
from tests.marketplace.portal.conftest import granted  # noqa: F401

DELAYS = "flight-operations.flight-delays"
TROUBLE = {"key": DELAYS, "title": "Late", "severity": "major", "text": "We look into it."}


@pytest.fixture
def told(work):
    def names(incident):
        deliver_due()
        rows = NoticeRecipient.objects.filter(notice__details__incident=str(incident.pk))
        found = {}
        for row in rows.order_by("notice_id", "user__username").select_related("notice", "user"):
            found.setdefault(row.notice.title, []).append(row.user.username)
        return found

    return names


def test_consumers_and_followers_hear_every_word(granted, olaf, gus, told):  # noqa: F811
    follow(gus, key=DELAYS)
    incident = open_incident(olaf, **TROUBLE, ports=["curated"])
    update_incident(olaf, incident_id=incident.pk, text="Mended.", state="monitoring")
    resolve_incident(olaf, incident_id=incident.pk, text="Over.", cause="A late file.")

    assert told(incident) == {
        "Flight delays: Late": ["ana", "gus"],
        "Flight delays: Late: mended, being watched": ["ana", "gus"],
        "Flight delays: Resolved: Late": ["ana", "gus"],
    }
    assert Notice.objects.get(title__contains="Resolved").text == "Over.\n\nCause: A late file."


def test_the_same_event_twice_is_one_notice(granted, olaf, told):  # noqa: F811
    incident = open_incident(olaf, **TROUBLE)
    told(incident)
    event = IncidentOpened(
        subject=f"incident/{incident.pk}",
        product=DELAYS,
        incident_id=str(incident.pk),
        title="Late",
        severity="major",
        ports=[],
        text="We look into it.",
    )

    tell_incident(event)

    assert Notice.objects.filter(type="INCIDENT").count() == 1


def test_who_reads_another_port_is_left_in_peace(granted, olaf, apply, told):  # noqa: F811
    from catalog.actions.editing import save_port
    from catalog.descriptors.model import OutputPortDescriptor

    save_port(olaf, key=DELAYS, port=OutputPortDescriptor(name="gates", version="1"), version=None)
    incident = open_incident(olaf, **TROUBLE, ports=["gates"])

    assert told(incident).get("Flight delays: Late", []) == []
