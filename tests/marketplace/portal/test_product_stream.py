"""The panel of a stream port."""

import pytest

from catalog.actions.profiles import take_profile
from catalog.models import PortProfile
from tests.subscriptions.test_stream_ports import KEY, broker, events  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


def test_the_panel_shows_facts_fields_and_masked_messages(events, as_ana):  # noqa: F811
    before = as_ana.get(f"/products/{KEY}/schema").content.decode()
    take_profile(events)

    text = as_ana.get(f"/products/{KEY}/schema").content.decode()

    assert "not looked at yet" in before
    for words in ("FLIGHTS/flights.delays", "NATS JetStream subject", "<code>dep_delay</code>"):
        assert words in text
    assert "<td>HAM</td>" in text
    assert "<td>xxx 9</td>" in text
    assert "Zoe" not in text
    assert "Look again" not in text


def test_the_owner_looks_again_and_a_stranger_does_not(events, as_ana, as_olaf):  # noqa: F811
    given = {"port": "live", "version": "1"}
    assert "Look again" in as_olaf.get(f"/products/{KEY}/schema").content.decode()

    refused = as_ana.post(f"/products/{KEY}/stream", given)
    assert refused.status_code in (302, 403)
    assert not PortProfile.objects.exists()

    done = as_olaf.post(f"/products/{KEY}/stream", given)

    assert done.headers["Location"] == f"/products/{KEY}/schema?port=live@1"
    assert PortProfile.objects.get().stream["messages"] == 2


def test_a_platform_that_is_away_is_told(events, broker, as_olaf):  # noqa: F811
    broker.child.stop(10)

    as_olaf.post(f"/products/{KEY}/stream", {"port": "live", "version": "1"})

    assert not PortProfile.objects.exists()
