"""The provisioner's signed reports, pia's own, and everything that is none."""

import json
from datetime import UTC, datetime

import pytest

from catalog.actions.platform_reports import report_order
from catalog.models import PlatformConnection
from marketplace.channels.signing import headers, new_secret
from marketplace.connectors.reported import TicketConnector
from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.events.models import Event
from tests.connectors.contract import GROWTH
from tests.connectors.contract.reporting import ordered, variant, wanted

pytestmark = pytest.mark.django_db
HANDLE = variant().handle("test")


def desk_with_an_order(folder, secret):
    """Make platform `desk`, with one order waiting; gives its orders."""
    config = {"folder": str(folder), "env": "test", "secret": secret}
    PlatformConnection.objects.create(key="desk", name="Desk", kind="ticket", config=config)
    connector = TicketConnector.from_config(config)
    ordered(connector, wanted(variant(), GROWTH))
    return connector.orders


@pytest.fixture
def secret(tmp_path):
    secret = new_secret()
    desk_with_an_order(tmp_path, secret)
    return secret


@pytest.fixture
def orders(secret):
    row = PlatformConnection.objects.get(key="desk")
    return TicketConnector.from_config(row.config).orders


def send(client, secret, facts, *, key="desk", at=None, body=None):
    body = body if body is not None else json.dumps(facts).encode()
    stamp = int(at or datetime.now(UTC).timestamp())
    signed = headers([secret], f"{HANDLE}-report", stamp, body)
    return client.post(f"/callbacks/{key}", body, content_type="application/json", headers=signed)


def done(**changes):
    return {"handle": HANDLE, "generation": 1, "outcome": "done", "by": "terra"} | changes


def test_a_signed_report_is_taken_once_and_noted(client, secret, orders):
    first = send(client, secret, done())
    again = send(client, secret, done())

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == done(words="")
    assert orders.said(HANDLE)["by"] == "terra"
    event = Event.objects.filter(name="platform.reported").earliest("pk")
    assert event.data["outcome"] == "done"


@pytest.mark.parametrize("generation", [2, 7])
def test_a_report_on_another_generation_is_answered_with_409(client, secret, orders, generation):
    answer = send(client, secret, done(generation=generation))

    assert (answer.status_code, answer.json()["code"]) == (409, "stale-order")
    assert orders.said(HANDLE) is None
    assert not Event.objects.filter(name="platform.reported").exists()


def test_what_is_not_signed_altered_or_old_is_refused(client, secret, orders):
    other = send(client, new_secret(), done())
    old = send(client, secret, done(), at=datetime.now(UTC).timestamp() - 3600)
    bare = client.post("/callbacks/desk", json.dumps(done()), content_type="application/json")
    large = send(client, secret, None, body=b"x" * 20_000)

    for answer in (other, old, bare, large):
        assert (answer.status_code, answer.json()["code"]) == (401, "unsigned-report")
    assert orders.said(HANDLE) is None


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        (["done"], ""),
        ({**done(), "generation": "1"}, "/generation"),
        ({**done(), "generation": True}, "/generation"),
        ({**done(), "outcome": "maybe"}, "/outcome"),
        ({**done(), "by": ""}, "/by"),
        ({**done(), "words": "x" * 1001}, "/words"),
        ({**done(), "fence": 3}, "/fence"),
    ],
)
def test_a_report_that_does_not_read_changes_nothing(client, secret, orders, facts, pointer):
    answer = send(client, secret, facts)

    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert orders.said(HANDLE) is None


def test_other_platforms_take_no_reports(client, secret):
    PlatformConnection.objects.create(key="memory", name="M", kind="memory", config={"env": "test"})

    for key in ("memory", "nothing"):
        assert send(client, secret, done(), key=key).status_code == 404
    assert client.get("/callbacks/desk").status_code == 405


def test_pia_reports_in_her_own_name_and_ana_may_not(secret, orders, pia, ana):
    with pytest.raises(NotAllowed):
        report_order(ana, key="desk", handle=HANDLE, generation=1, outcome="done")
    assert orders.said(HANDLE) is None

    report_order(pia, key="desk", handle=HANDLE, generation=1, outcome="done")

    assert orders.said(HANDLE)["by"] == pia.subject
