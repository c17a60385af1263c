"""Incidents: opened, followed and resolved by those who answer for the product."""

from datetime import timedelta

import pytest

from catalog.actions.incidents import open_incident, resolve_incident, update_incident
from catalog.models import Incident, IncidentUpdate
from marketplace.kernel.clock import now
from marketplace.kernel.errors import ImpossibleMove, Invalid, NotAllowed, NotFound, Stale
from marketplace.kernel.events.models import Event

DELAYS = "flight-operations.flight-delays"
TROUBLE = {
    "key": DELAYS,
    "title": "Carriers are missing",
    "severity": "major",
    "text": "We look into it.",
}


def words(incident):
    return list(incident.updates.values_list("author", "state", "text"))


def test_an_incident_runs_from_the_first_word_to_the_last(mesh, olaf):
    began = now() - timedelta(hours=2)
    incident = open_incident(olaf, **TROUBLE, ports=["curated"], started_at=began)
    update_incident(olaf, incident_id=incident.pk, text="Mended.", state="monitoring")
    update_incident(olaf, incident_id=incident.pk, text="It came back.", state="open")
    ended = resolve_incident(olaf, incident_id=incident.pk, text="Over.", cause="A late file.")

    assert words(incident) == [
        ("olaf", "open", "We look into it."),
        ("olaf", "monitoring", "Mended."),
        ("olaf", "open", "It came back."),
        ("olaf", "resolved", "Over."),
    ]
    assert (ended.state, ended.cause, ended.started_at, ended.ports) == (
        "resolved",
        "A late file.",
        began,
        ["curated"],
    )
    names = Event.objects.filter(subject=f"incident/{incident.pk}").values_list("name", flat=True)
    assert list(names) == [
        "incident.opened",
        "incident.updated",
        "incident.updated",
        "incident.resolved",
    ]


def test_what_is_over_takes_no_more_words(mesh, olaf):
    incident = open_incident(olaf, **TROUBLE)
    resolve_incident(olaf, incident_id=incident.pk, text="Over.")

    with pytest.raises(ImpossibleMove):
        update_incident(olaf, incident_id=incident.pk, text="One more thing.")
    with pytest.raises(ImpossibleMove):
        resolve_incident(olaf, incident_id=incident.pk, text="Over again.")

    assert len(words(incident)) == 2


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"title": " "}, "/title"),
        ({"title": "t" * 161}, "/title"),
        ({"text": ""}, "/text"),
        ({"severity": "huge"}, "/severity"),
        ({"ports": ["curated", "nowhere"]}, "/ports/1"),
        ({"started_at": "later"}, "/started_at"),
    ],
)
def test_a_wrong_incident_is_refused(mesh, olaf, wrong, pointer):
    if wrong.get("started_at"):
        wrong = {"started_at": now() + timedelta(hours=1)}

    with pytest.raises(Invalid) as refused:
        open_incident(olaf, **{**TROUBLE, **wrong})

    assert [one.pointer for one in refused.value.problems] == [pointer]
    assert not Incident.objects.exists()


@pytest.mark.parametrize("who", ["ana", "petra", "gus", "sid"])
def test_others_tell_of_no_trouble(mesh, people, olaf, who):
    incident = open_incident(olaf, **TROUBLE)

    with pytest.raises(NotAllowed):
        open_incident(people[who], **TROUBLE)
    with pytest.raises(NotAllowed):
        update_incident(people[who], incident_id=incident.pk, text="Fine now.")
    with pytest.raises(NotAllowed):
        resolve_incident(people[who], incident_id=incident.pk, text="Fine now.")

    assert Incident.objects.get().state == "open"
    assert IncidentUpdate.objects.count() == 1


def test_a_hidden_product_s_incident_is_not_there(mesh, petra, sid):
    incident = open_incident(petra, **{**TROUBLE, "key": "customer.secret-plans"})

    with pytest.raises(NotFound):
        update_incident(sid, incident_id=incident.pk, text="What is this?")


def test_two_who_write_at_once_do_not_overwrite_each_other(mesh, olaf):
    incident = open_incident(olaf, **TROUBLE)
    update_incident(olaf, incident_id=incident.pk, text="Mended.", version=1)

    with pytest.raises(Stale):
        resolve_incident(olaf, incident_id=incident.pk, text="Over.", version=1)

    assert Incident.objects.get().state == "open"
