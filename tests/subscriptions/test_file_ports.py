"""Files are a port like a table: Ana's link is shown once, opens the rows, and can be dropped."""

import pytest
from django.conf import settings
from django.test import Client

from catalog.actions.platforms import prepare_platform, register_platform
from subscriptions.actions.requests import approve
from subscriptions.models import AccessAgreement, IssuedLogin
from tests.connectors.contract import ROWS
from tests.connectors.test_files import write
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import browser

__all__ = ["browser"]
pytestmark = pytest.mark.django_db
KEY = "flight-operations.delay-files"
COLUMNS = {"id": "integer", "carrier": "string", "minutes": "integer"}


@pytest.fixture
def lake(mesh, apply, people, tmp_path) -> None:
    """A folder whose files are a port of flight-operations."""
    write(tmp_path / "raw" / "delays" / "2013.parquet", "PARQUET", ROWS)
    register_platform(
        people["pia"],
        key="lake",
        name="Lake",
        kind="files",
        config={"root": str(tmp_path)},
    )
    prepare_platform(people["pia"], key="lake")
    port = make.port(
        "daily", contract="delay-files", platform="lake", interface="file", resource="raw.delays"
    )
    columns = {name: {"logicalType": kind} for name, kind in COLUMNS.items()}
    apply(
        make.product(KEY, purpose="Delays, a file a year.", ports=[port]),
        make.contract("delay-files", product=KEY, columns=columns),
    )


@pytest.fixture
def granted(lake, people, ask_curated, work) -> AccessAgreement:
    """Growth reads them."""
    asked = ask_curated(product=KEY, port="daily")
    if asked.state != "approved":
        approve(people["olaf"], request_id=asked.pk)
    work()
    found = AccessAgreement.objects.get()
    assert found.state == "active"
    return found


def links_on(page) -> dict[str, str]:
    """The links that a page hands out, by their labels."""
    return {str(one["label"]): one["value"] for one in page.context["handed"]["secrets"]}


def opened(link: str) -> tuple[int, bytes]:
    """Ask for a link as a program does that is not signed in."""
    answer = Client().get(link.removeprefix(settings.BASE_URL))
    text = b"".join(answer.streaming_content) if answer.status_code == 200 else b""
    return answer.status_code, text


def test_a_link_is_shown_once_opens_the_rows_and_is_dropped(granted, browser):
    ana, address = browser("ana"), f"/access/{granted.pk}/login"
    first, other = (links_on(ana.post(address, {"minutes": "15"})) for _ in range(2))
    csv, kept = (one["Link to the rows as CSV"] for one in (first, other))

    assert sorted(first) == ["Link to the rows as CSV", "Link to the rows as Parquet"]
    assert csv.startswith(f"{settings.BASE_URL}/files/lake/")
    assert opened(csv) == (200, b"id,carrier,minutes\n1,LH,10\n2,AF,20\n3,KL,30\n")
    token = first["Link to the rows as Parquet"].rpartition("/")[2]
    for page in (
        address,
        "/settings/logins",
        f"/products/{KEY}/connect",
        f"/agreements/{granted.pk}",
    ):
        assert token not in ana.get(page).text
    assert token not in str(list(IssuedLogin.objects.values()))

    hers = IssuedLogin.objects.order_by("pk")[0]
    ana.post(f"/logins/{hers.pk}/revoke")

    hers.refresh_from_db()
    assert (hers.state, hers.proof["read_back"]) == ("revoked", "every use of the link is refused")
    assert [opened(one)[0] for one in first.values()] == [404, 404]
    assert opened(kept)[0] == 200
