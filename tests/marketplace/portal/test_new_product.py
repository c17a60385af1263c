"""From a few questions to a descriptor that is read, judged and then created by its owner."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.models import DataProduct
from tests.marketplace.portal.conftest import FLIGHTS

pytestmark = pytest.mark.django_db
NEW = "/owner/new"
ASKED = {
    "domain": "flight-operations",
    "team": "flight-operations",
    "name": "Gates",
    "purpose": "Which gate a flight leaves from.",
    "source": "template",
}


def test_the_questions_offer_only_what_is_ones_own(mesh, as_olaf, browser):
    form = as_olaf.get(NEW).context["form"]

    assert form.fields["domain"].choices == [("flight-operations", "Flight operations")]
    assert form.fields["original"].choices == [("", "None"), (FLIGHTS, "Flight delays")]
    assert browser("ana").get(NEW).status_code == 403
    assert browser("sid").post(NEW, ASKED).status_code == 403


def test_a_template_is_drafted_judged_and_created(platform, as_olaf):
    drafted = as_olaf.post(NEW, ASKED | {"platform": "warehouse", "table": "ops.gates"})
    text = drafted.context["text"]
    assert 'action="/owner/apply"' in drafted.text
    assert not DataProduct.objects.filter(key="flight-operations.gates").exists()

    judged = as_olaf.post("/owner/apply", {"text": text, "check": "1", "view": "yaml"})
    page = judged.context["judged"].pages[0]
    assert page.made[0].ddl[0].startswith('CREATE TABLE "ops"."gates" (')
    assert any("CREATE VIEW" in one for one in page.made[0].statements)
    assert any("GRANT" in one for one in page.made[0].statements)
    assert not DataProduct.objects.filter(key="flight-operations.gates").exists()

    made = as_olaf.post("/owner/apply", {"text": text, "view": "yaml"}, follow=True)
    product = DataProduct.objects.get(key="flight-operations.gates")
    assert made.redirect_chain[-1][0] == "/owner/products/flight-operations.gates/edit"
    assert "Publish Gates" in made.text
    assert (product.status, product.purpose) == ("draft", "Which gate a flight leaves from.")


def test_a_table_brings_its_columns_from_the_platform(platform, as_olaf):
    asked = ASKED | {"source": "table", "platform": "warehouse"}

    drafted = as_olaf.post(NEW, asked | {"table": "flight_operations.flights"})

    text = drafted.context["text"]
    assert text.startswith("# Drafted from flight_operations.flights on Warehouse.")
    for name in ("flight_id", "carrier", "origin", "dep_delay"):
        assert f"name: {name}\n" in text
    assert "primaryKey: true" in text


def test_a_table_that_is_not_there_says_so(platform, as_olaf):
    asked = ASKED | {"source": "table", "platform": "warehouse"}

    for table in ("flight_operations.nothing", "flights", 'x"; DROP'):
        answer = as_olaf.post(NEW, asked | {"table": table})
        assert answer.status_code == 422
        assert answer.context["form"].errors["table"]
    assert "Warehouse says: there is no relation" in str(
        as_olaf.post(NEW, asked | {"table": "flight_operations.nothing"}).context["form"].errors
    )


def test_a_csv_file_brings_its_header_and_types(mesh, as_olaf):
    upload = SimpleUploadedFile("gates.csv", b"gate,opened\nA1,2013-01-01\n", "text/csv")

    drafted = as_olaf.post(NEW, ASKED | {"source": "file", "upload": upload})
    as_olaf.post("/owner/apply", {"text": drafted.context["text"], "view": "yaml"})
    as_olaf.post("/owner/products/flight-operations.gates/publish")

    assert DataProduct.objects.get(key="flight-operations.gates").status == "active"
    assert "first 1 row of a CSV file" in drafted.context["text"]
    assert "name: opened\n" in drafted.context["text"]
    assert "logicalType: date" in drafted.context["text"]


def test_a_dbt_model_is_chosen_by_name(mesh, as_olaf):
    def manifest() -> SimpleUploadedFile:
        node = {"resource_type": "model", "schema": "ops", "columns": {}}
        nodes = {f"model.{n}": node | {"name": n} for n in ("gates", "stands")}
        return SimpleUploadedFile("manifest.json", json.dumps({"nodes": nodes}).encode())

    asked = ASKED | {"source": "dbt"}
    which = as_olaf.post(NEW, asked | {"upload": manifest()})
    drafted = as_olaf.post(NEW, asked | {"upload": manifest(), "model": "stands"})

    assert which.context["form"].errors["model"] == ["Say which model: gates, stands."]
    assert "value: ops.stands" in drafted.context["text"]


def test_a_copy_keeps_everything_but_the_ids(mesh, as_olaf):
    drafted = as_olaf.post(NEW, ASKED | {"source": "copy", "original": FLIGHTS})

    text = drafted.context["text"]
    assert "id: flight-operations.gates\n" in text
    assert "contractId: gates-curated" in text
    assert "id: gates-curated" in text
    assert "flight-delays" not in text
    as_olaf.post("/owner/apply", {"text": text, "view": "yaml"})
    assert DataProduct.objects.get(key="flight-operations.gates").ports.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Flight delays"}, "name"),
        ({"name": "!!!"}, "name"),
        ({"source": "table"}, "platform"),
        ({"source": "file"}, "upload"),
        ({"source": "copy"}, "original"),
        ({"source": "moon"}, "source"),
        ({"domain": "customer"}, "domain"),
        ({"team": "customer"}, "team"),
        ({"source": "copy", "original": "customer.bookings"}, "original"),
    ],
)
def test_what_is_missing_or_not_ones_own_is_said_at_its_field(mesh, as_olaf, change, field):
    answer = as_olaf.post(NEW, ASKED | change)

    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert DataProduct.objects.count() == 3
