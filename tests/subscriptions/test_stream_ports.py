"""A stream is a port like a table: found, asked for, granted and proven, previewed, taken away."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalog.actions.platforms import prepare_platform, register_platform
from catalog.actions.profiles import look_again, take_profile
from catalog.models import OutputPort, PortProfile
from catalog.queries import SearchQuery, read_query, sample, search
from marketplace.connectors.base import Question
from marketplace.connectors.nats import links
from marketplace.connectors.nats.keys import Key
from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.events.models import Event
from marketplace.portal.request_proof import tried
from subscriptions.actions.agreements import terminate
from subscriptions.actions.requests import approve
from subscriptions.lab import AccessEnded, LabRefused, execute
from subscriptions.models import AccessAgreement, IssuedLogin
from tests.connectors.nats.server import LAB_SECRET, NatsServer, a_nats_server
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import browser

__all__ = ["browser"]
pytestmark = pytest.mark.django_db
KEY = "flight-operations.delay-events"
COLUMNS = make.FLIGHT_COLUMNS | {"crew": {"logicalType": "string", "tags": ["pii"]}}
DELAYS = [
    {"flight_id": 1, "carrier": "LH", "origin": "HAM", "dep_delay": 12, "crew": "Zoe 1"},
    {"flight_id": 2, "carrier": "AF", "origin": "CDG", "dep_delay": 0, "crew": "Max 2"},
]


@pytest.fixture
def broker(people) -> Iterator[NatsServer]:
    with a_nats_server() as server:
        server.api("STREAM.CREATE.FLIGHTS", {"name": "FLIGHTS", "subjects": ["flights.>"]})
        server.publish("flights.delays", *DELAYS)
        facts = {"host": "127.0.0.1", "port": server.port, "lab_secret": LAB_SECRET}
        keys = {"account": server.data.public, "system_account": server.system.public}
        register_platform(
            people["pia"],
            key="events",
            name="Events",
            kind="nats",
            config=facts | keys,
            secret=server.operator.seed,
        )
        assert [one.level for one in prepare_platform(people["pia"], key="events")] == []
        yield server


@pytest.fixture
def events(broker, mesh, apply) -> OutputPort:
    """The port delay-events, live: a subject on a real NATS server."""
    port = make.port(
        "live",
        contract="delay-events",
        platform="events",
        interface="stream",
        resource="FLIGHTS.flights.delays",
    )
    apply(
        make.product(KEY, purpose="Each delay when it is known.", ports=[port]),
        make.contract("delay-events", product=KEY, columns=COLUMNS),
    )
    return OutputPort.objects.select_related("product", "platform", "contract").get(
        product__key=KEY
    )


def test_a_stream_is_asked_for_granted_read_and_taken_away(events, people, ask_curated, work):
    asked = ask_curated(product=KEY, port="live")
    approve(people["olaf"], request_id=asked.pk)
    work()

    agreement = AccessAgreement.objects.get()
    assert agreement.state == "active"
    evidence = agreement.grant.evidence
    assert (evidence["level"], evidence["positive"], evidence["negative"]) == (
        "proven",
        True,
        True,
    )
    assert all(one["ok"] for one in tried(evidence, agreement.activated_at))
    rows = execute(agreement, Question(f"SELECT * FROM {events.relation} LIMIT 1"))
    assert [column.name for column in rows.columns] == list(COLUMNS)
    assert rows.rows == [(2, "AF", "CDG", 0, "Max 2")]
    with pytest.raises(LabRefused):
        execute(agreement, Question("SELECT 1"))

    terminate(people["ana"], agreement_id=agreement.pk, reason="Not needed any more.")
    work()

    agreement.refresh_from_db()
    assert agreement.state == "terminated"
    with pytest.raises(AccessEnded):
        execute(agreement, Question(f"SELECT * FROM {events.relation}"))


@pytest.fixture
def granted(events, people, ask_curated, work) -> AccessAgreement:
    """Growth reads the subject."""
    asked = ask_curated(product=KEY, port="live")
    approve(people["olaf"], request_id=asked.pk)
    work()
    return AccessAgreement.objects.get()


def test_a_login_is_shown_whole_once_and_one_of_two_is_dropped(granted, broker, browser):
    ana, address = browser("ana"), f"/access/{granted.pk}/login"

    pages = [ana.post(address, {"minutes": "15"}) for _ in range(2)]
    shown, other = (page.context["handed"] for page in pages)
    assert "<dt>Subject</dt><dd><code>flights.delays</code></dd>" in pages[0].text
    assert "<dt>Stream</dt><dd><code>FLIGHTS</code></dd>" in pages[0].text

    assert [one["file_name"] for one in shown["secrets"]] == ["emporion.creds"]
    assert [str(one["label"]) for one in shown["open"]] == [
        "Server",
        "Inbox prefix",
        "Consumer on the stream",
    ]
    seed = shown["secrets"][0]["value"].splitlines()[5]
    for page in (address, "/settings/logins", f"/products/{KEY}/connect"):
        assert seed not in ana.get(page).text
    lets_in(broker, shown)
    hers = IssuedLogin.objects.order_by("pk")[0]
    ana.post(f"/logins/{hers.pk}/revoke")

    hers.refresh_from_db()
    assert (hers.state, hers.proof["read_back"]) == ("revoked", "its key is revoked in the account")
    with pytest.raises(links.LoginRefused):
        lets_in(broker, shown)
    lets_in(broker, other)


def lets_in(broker: NatsServer, shown: dict[str, Any]) -> None:
    """Connect with the file that was shown. Raises LoginRefused."""
    lines = shown["secrets"][0]["value"].splitlines()
    inbox = next(one["value"] for one in shown["open"] if str(one["label"]) == "Inbox prefix")

    async def connect() -> None:
        user = Key.from_seed(lines[5], "user")
        async with links.link(broker.config, user, lines[1], inbox):
            pass

    links.run(connect())


def test_a_stream_is_found_by_its_interface(events, ana):
    found = search(ana, read_query(SearchQuery(q="interface:stream")))

    assert found.total == 1


def test_what_is_told_of_a_stream_shows_no_value_about_people(events):
    take_profile(events)

    told = sample(events)["stream"]
    assert (told["name"], told["messages"], told["partitions"]) == ("FLIGHTS/flights.delays", 2, 1)
    assert told["retention"]["policy"] == "limits"
    assert [one["name"] for one in told["fields"]] == list(COLUMNS)
    assert told["last"][0]["values"] == {
        "flight_id": "2",
        "carrier": "AF",
        "origin": "CDG",
        "dep_delay": "0",
        "crew": "xxx 9",
    }
    assert "Zoe" not in str(PortProfile.objects.get().__dict__)


def test_only_who_owns_it_looks_again(events, ana, olaf):
    with pytest.raises(NotAllowed):
        look_again(ana, key=KEY, name="live", version="1")
    assert not PortProfile.objects.exists()

    look_again(olaf, key=KEY, name="live", version="1")

    assert PortProfile.objects.get().stream["messages"] == 2
    assert Event.objects.filter(name="port.profiled").count() == 1


def test_a_stream_on_a_platform_of_tables_is_described_and_not_granted(mesh, apply):
    apply(
        make.product(KEY, ports=[make.port("live", interface="stream", contract="delay-events")]),
        make.contract("delay-events", product=KEY, columns=COLUMNS),
    )

    port = OutputPort.objects.get(product__key=KEY)
    assert (port.provisioned, port.interface) == (False, "stream")
