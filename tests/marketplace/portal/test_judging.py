"""The editor while one types: page, score, problems, and the form beside the YAML."""

import pytest

from catalog.descriptors import safe_yaml
from catalog.models import DataProduct
from governance.models import Score
from marketplace.kernel.events.models import Event
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import FLIGHTS, part

pytestmark = pytest.mark.django_db
EDIT = f"/owner/products/{FLIGHTS}/edit"
FILLED = {
    "name": "Delays of flights",
    "purpose": "How late every flight left and arrived, in minutes.",
    "row_meaning": "One row is one flight.",
    "good_for": "reports\nforecasts",
    "not_for": "billing",
    "usage": "Join on flight_id.",
    "limitations": "",
    "tags": "delays\nlate",
    "scope": "organization",
}


def judged(client, text, **also):
    sent = {"text": text, "check": "1", "view": "yaml", **also}
    return client.post(EDIT, sent, headers=part("judged"))


def test_the_page_and_the_score_follow_the_text_and_nothing_is_kept(mesh, as_olaf, deliver):
    deliver()
    before = Score.objects.get(product__key=FLIGHTS).total
    events = Event.objects.count()
    text = make.product(
        tags=["delays", "late", "flights"],
        purpose="How late every flight left and arrived, in minutes.",
    )

    answer = judged(as_olaf, text)

    page = answer.context["judged"].pages[0]
    assert "<html" not in answer.text
    assert page.product.purpose.startswith("How late every flight")
    assert (page.now, page.then > before) == (before, True)
    assert f"+{page.then - before} against now" in answer.text
    assert DataProduct.objects.get(key=FLIGHTS).purpose == "Late flights, by flight."
    assert Score.objects.get(product__key=FLIGHTS).total == before
    assert Event.objects.count() == events


def test_a_problem_names_its_line_as_one_types(mesh, as_olaf):
    answer = judged(as_olaf, "kind: DataProduct\nid: [x\n")

    assert answer.status_code == 200
    assert "data-line=" in answer.text
    assert "<html" not in answer.text


def test_a_contract_alone_shows_its_product(mesh, as_olaf):
    columns = make.FLIGHT_COLUMNS | {"gate": {"logicalType": "string", "physicalType": "text"}}

    answer = judged(as_olaf, make.contract(version="1.1.0", columns=columns))

    page = answer.context["judged"].pages[0]
    assert (page.product.key, page.ports) == (FLIGHTS, (("curated", "sql", 5),))


def test_the_form_shows_what_the_text_says(mesh, as_olaf):
    form = as_olaf.get(f"{EDIT}?mode=form").context["form"]

    assert form.initial["name"] == "Flight delays"
    assert form.initial["row_meaning"] == "One row."
    assert form.initial["tags"] == "delays"


def test_the_form_is_written_into_the_yaml_and_its_comments_stay(mesh, as_olaf):
    text = (
        as_olaf.get(EDIT)
        .context["text"]
        .replace("status: active", "status: active  # since spring\nhouse: {floor: 2}", 1)
    )

    answer = as_olaf.post(EDIT, {"text": text, "view": "form", "mode": "yaml", **FILLED})

    written = answer.context["text"]
    assert answer.context["mode"] == "yaml"
    assert "status: active  # since spring\nhouse: {floor: 2}" in written
    product, contract = safe_yaml.load(written)
    assert product.data["name"] == "Delays of flights"
    assert product.data["tags"] == ["delays", "late"]
    ours = {one["property"]: one["value"] for one in product.data["customProperties"]}
    assert ours["goodFor"] == ["reports", "forecasts"]
    assert contract.data["id"] == "flight-delays-curated"
    assert DataProduct.objects.get(key=FLIGHTS).name == "Flight delays"


def test_applying_from_the_form_changes_the_product(mesh, as_olaf):
    text = as_olaf.get(EDIT).context["text"]

    as_olaf.post(EDIT, {"text": text, "view": "form", **FILLED})

    product = DataProduct.objects.get(key=FLIGHTS)
    assert product.name == "Delays of flights"
    assert product.facts["not_for"] == ["billing"]
    assert product.facts["row_meaning"] == "One row is one flight."


def test_a_form_without_a_name_is_shown_again(mesh, as_olaf):
    text = as_olaf.get(EDIT).context["text"]

    answer = as_olaf.post(EDIT, {"text": text, "view": "form", **FILLED, "name": ""})

    assert answer.status_code == 422
    assert answer.context["form"].errors["name"] == ["This field is required."]
    assert DataProduct.objects.get(key=FLIGHTS).name == "Flight delays"


def test_a_text_without_a_product_has_no_form(mesh, as_olaf):
    answer = as_olaf.post(EDIT, {"text": make.contract(), "view": "yaml", "mode": "form"})

    assert answer.context["mode"] == "yaml"
    assert "so there is no form for it" in answer.text


def test_a_broken_text_stays_in_the_yaml(mesh, as_olaf):
    answer = as_olaf.post(EDIT, {"text": "id: [x\n", "view": "yaml", "mode": "form"})

    assert answer.context["mode"] == "yaml"
    assert answer.context["judged"].problems["listed"][0]["line"] > 0


def test_nobody_else_judges(mesh, browser):
    assert judged(browser("ana"), make.product()).status_code == 403
    assert judged(browser("sid"), make.product()).status_code == 403
