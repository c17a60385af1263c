"""Service levels as a form that writes the next version of a contract."""

import pytest

from catalog.descriptors import safe_yaml
from catalog.models import ContractVersion, ServiceLevel
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import FLIGHTS

pytestmark = pytest.mark.django_db
WHERE = f"/owner/products/{FLIGHTS}/levels"
FORM = {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "1", "contract": "flight-delays-curated"}


@pytest.fixture
def promised(mesh, apply) -> None:
    """Flight delays promises 99 percent, with words that no form knows."""
    levels = [{"property": "availability", "value": 99, "unit": "percent", "driver": "analytics"}]
    apply(make.contract(version="1.0.1", slaProperties=levels))


def line(place, **said) -> dict[str, str]:
    return {f"form-{place}-{name}": value for name, value in said.items()}


def test_the_form_shows_what_is_promised(promised, as_olaf):
    formset = as_olaf.get(WHERE).context["formset"]

    assert formset.forms[0].initial == {
        "property": "availability",
        "value": 99,
        "unit": "percent",
    }
    assert len(formset.forms) == 3


def test_new_promises_become_the_next_version_and_are_applied_by_the_editor(promised, as_olaf):
    sent = (
        FORM
        | line(0, property="availability", value="99.5", unit="percent")
        | line(1, property="latency", value="24", unit="h")
    )

    drafted = as_olaf.post(WHERE, sent)

    text = drafted.context["text"]
    data = safe_yaml.load(text)[0].data
    assert data["version"] == "1.0.2"
    assert data["slaProperties"] == [
        {"property": "availability", "value": 99.5, "unit": "percent", "driver": "analytics"},
        {"property": "latency", "value": 24, "unit": "h"},
    ]
    assert ContractVersion.objects.filter(status="active").filter(version_name="1.0.2").count() == 0
    assert f'action="/owner/products/{FLIGHTS}/edit"' in drafted.text
    as_olaf.post(f"/owner/products/{FLIGHTS}/edit", {"text": text, "view": "yaml"})
    assert sorted(ServiceLevel.objects.values_list("property", "objective")) == [
        ("availability", "99.5"),
        ("latency", "24"),
    ]


def test_a_line_without_an_objective_is_taken_back(promised, as_olaf):
    drafted = as_olaf.post(WHERE, FORM | line(0, property="availability", value="", unit=""))

    assert "slaProperties" not in safe_yaml.load(drafted.context["text"])[0].data


def test_an_objective_of_nothing_is_asked_for(promised, as_olaf):
    answer = as_olaf.post(WHERE, FORM | line(0, property="", value="5", unit="h"))

    assert answer.status_code == 422
    assert "Say what is promised." in answer.text


def test_who_may_not_edit_writes_nothing(promised, browser):
    assert browser("ana").get(WHERE).status_code == 403
    assert browser("petra").post(WHERE, FORM).status_code == 403
    seen = browser("gus").get(WHERE)
    assert "Write the next version" not in seen.text


def test_a_contract_of_another_product_is_not_found(promised, as_olaf):
    assert as_olaf.get(f"{WHERE}?contract=bookings-full").status_code == 404
