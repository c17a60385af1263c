"""Ana's program opens her team's link; everybody else's is answered as if there were none."""

from datetime import timedelta

import pytest

from catalog.models import PlatformConnection
from marketplace.connectors.base import Grant
from tests.connectors.contract import GROWTH, ContractWords
from tests.connectors.test_files import LAB_SECRET, FilesLevers

pytestmark = pytest.mark.django_db


@pytest.fixture
def lake(tmp_path):
    root = tmp_path / "lake"
    root.mkdir(mode=0o700)
    levers = FilesLevers(root)
    PlatformConnection.objects.create(
        key="lake",
        name="Lake",
        kind="files",
        config={"root": str(root), "env": "test", "lab_secret": LAB_SECRET},
    )
    return levers


def test_a_link_gives_the_file_until_the_access_ends(lake, client):
    suite = ContractWords()
    variant = suite.variant(lake)
    suite.reconcile(lake, variant, suite.member(lake))
    link = lake.connector.credentials(Grant(variant, GROWTH), timedelta(minutes=5)).password

    given = client.get(f"/files/lake/{link}?format=csv")
    text = b"".join(given.streaming_content)
    suite.reconcile(lake, variant)
    ended = client.get(f"/files/lake/{link}?format=csv")

    assert given.status_code == 200
    assert text.splitlines() == [b"id,carrier,minutes", b"1,LH,10", b"2,AF,20"]
    assert given["Content-Disposition"] == 'attachment; filename="delays.csv"'
    assert "no-store" in given["Cache-Control"]
    assert ended.status_code == 404


@pytest.mark.parametrize(
    "address", ["/files/lake/nothing", "/files/lake/a.b", "/files/elsewhere/nothing"]
)
def test_other_links_lead_nowhere(lake, client, address):
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 405
