"""Forms as code: the call that does the same, and nothing is made by looking."""

import html
import json
import shlex

import pytest
import yaml

from catalog.models import Ask, Incident
from governance.models import Policy
from marketplace.kernel.identity.models import ApiToken
from marketplace.portal.form_code import as_code
from subscriptions.models import AccessRequest, NotificationChoice, WebhookEndpoint
from tests.marketplace.portal.conftest import FLIGHTS, part
from tests.rest import api  # noqa: F401 - a fixture
from tests.rows import nothing_changes

pytestmark = pytest.mark.django_db


def body_of(snippets) -> dict:
    """Read the body that curl would send, as a shell would."""
    words = shlex.split(snippets[0]["text"].replace("\\\n", " "))
    return json.loads(words[words.index("-d") + 1])


def test_a_text_with_quotes_stays_one_word_of_the_shell():
    body = {"text": 'it\'s "so"; $(rm -rf /)', "days": 3}

    snippets = as_code("POST", "asks", body)

    assert body_of(snippets) == body
    assert yaml.safe_load(snippets[2]["text"]) == body
    compile(snippets[1]["text"], "snippet", "exec")


def test_the_request_form_is_the_call_that_asks_for_the_same(mesh, as_ana, api):  # noqa: F811
    form = {
        "port": "curated@1",
        "consumer": "team:growth",
        "purpose": "analytics",
        "purpose_text": "Weekly report",
        "days": "30",
    }
    live = as_ana.post(f"/products/{FLIGHTS}/request/verdict", form, headers=part("div#foretold"))
    assert 'hx-target="#ask-code"' in live.text
    assert not AccessRequest.objects.exists()

    made = api.ana.post("/access-requests", body_of(live.context["code"]))

    row = AccessRequest.objects.get()
    assert (made.status, row.consumer_key, row.purpose) == (201, "growth", "analytics")


def test_the_settings_forms_show_the_call_and_make_nothing(people, as_ana, api):  # noqa: F811
    hook = {"url": "https://example.org/x", "types": ["access."], "code": "1"}
    shown = as_ana.post("/settings/webhooks", hook)
    assert (shown.status_code, WebhookEndpoint.objects.count()) == (200, 0)
    assert api.ana.post("/webhooks", body_of(shown.context["code"])).status == 201

    before = ApiToken.objects.count()
    token = {"name": "notebook", "scopes": ["read"], "days": "30", "code": "1"}
    shown = as_ana.post("/settings/tokens", token)
    assert (shown.status_code, ApiToken.objects.count()) == (200, before)
    assert api.ana.post("/tokens", body_of(shown.context["code"])).status == 201

    shown = as_ana.post("/settings/notifications", {"wants": ["INCIDENT:webhook"], "code": "1"})
    assert not NotificationChoice.objects.exists()
    assert api.ana.patch("/notification-choices", body_of(shown.context["code"])).status == 200
    assert NotificationChoice.objects.get(kind="INCIDENT", channel="webhook").wanted


def test_the_ask_form_is_the_call_that_asks(mesh, as_ana, api):  # noqa: F811
    form = {"title": "Gate changes", "columns": "gate, changed_at", "code": "1"}

    shown = as_ana.post("/asks/new", form)

    assert (shown.status_code, Ask.objects.count()) == (200, 0)
    assert api.ana.post("/asks", body_of(shown.context["code"])).status == 201
    assert Ask.objects.get().columns == ["gate", "changed_at"]


def test_the_incident_forms_are_the_calls_that_tell(mesh, as_olaf, api):  # noqa: F811
    form = {"title": "Late", "severity": "major", "text": "Looking.", "ports": ["curated"]}
    shown = as_olaf.post(f"/products/{FLIGHTS}/incidents", form | {"code": "1"})
    assert (shown.status_code, Incident.objects.count()) == (200, 0)
    assert (
        api.olaf.post(f"/products/{FLIGHTS}/incidents", body_of(shown.context["code"])).status
        == 201
    )

    one = Incident.objects.get()
    words = {"text": "Mended.", "state": "monitoring", "cause": "A late file."}
    shown = as_olaf.post(f"/incidents/{one.pk}/update", words | {"code": "1"})
    go_on, over = shown.context["code"]
    assert api.olaf.post(f"/incidents/{one.pk}/update", body_of([go_on])).status == 200
    assert api.olaf.post(f"/incidents/{one.pk}/resolve", body_of([over])).status == 200
    one.refresh_from_db()
    assert (one.state, one.cause) == ("resolved", "A late file.")


def test_the_review_forms_are_the_calls_that_answer(platform, ask_full, browser, api):  # noqa: F811
    asked = ask_full()
    form = {"version": asked.version, "note": "Yes.", "digest": asked.digest, "code": "1"}
    place = f"/owner/reviews/{asked.pk}"

    shown = browser("petra").post(f"{place}/approve", form, headers=part("div#answer-code"))
    offered = browser("petra").post(
        f"{place}/counter",
        form | {"columns": ["booking_id"], "all_columns": ["booking_id", "email"]},
    )

    asked.refresh_from_db()
    assert asked.state == "in_review"
    assert shown.text.lstrip().startswith('<div class="snips">')
    assert [one["title"] for one in shown.context["code"]] == [
        "Approve: curl",
        "Return: curl",
        "Decline: curl",
    ]
    assert body_of(shown.context["code"])["digest"] == asked.digest
    assert body_of(offered.context["code"]) == {"note": "Yes.", "columns": ["booking_id"]}
    said = body_of([shown.context["code"][2]])
    done = api.petra.post(f"/access-requests/{asked.pk}/reject", said)
    assert (done.status, done.json["state"]) == (200, "rejected")


def test_the_editor_names_the_calls_for_a_file(mesh, as_olaf):
    page = as_olaf.get(f"/owner/products/{FLIGHTS}/edit")

    assert "--data-binary @product.yaml" in page.text
    assert "/api/v1/plan" in page.text


def test_following_can_be_undone(mesh, as_ana):
    followed = as_ana.post(f"/products/{FLIGHTS}/follow", follow=True)
    assert f'action="/products/{FLIGHTS}/unfollow"' in followed.text

    gone = as_ana.post(f"/products/{FLIGHTS}/unfollow", follow=True)

    assert gone.text.count(f'action="/products/{FLIGHTS}/follow"') == 2


def test_forms_of_the_consoles_are_shown_as_code_and_do_nothing(granted, browser):
    reason = {"code": "1", "reason": "An incident."}
    switch = {"scope": "product", "key": FLIGHTS, "hours": "1", "second_person": "on"}
    calls = {
        ("olaf", f"/owner/agreements/{granted.pk}/revoke"): (
            reason | {"grace": "7"},
            f"/api/v1/access-agreements/{granted.pk}/revoke",
            '"grace_days": 7',
        ),
        ("olaf", f"/owner/products/{FLIGHTS}/message"): (
            {"code": "1", "title": "A gap", "text": "On Sunday.", "ports": "curated"},
            f"/api/v1/products/{FLIGHTS}/messages",
            '"ports": ["curated"]',
        ),
        ("gus", "/suspensions"): (
            reason | switch,
            "/api/v1/suspensions",
            "python manage.py kill_switch pull product",
        ),
        ("pia", "/operator/people/ana"): (
            reason,
            "/api/v1/accounts/ana/deactivate",
            "python manage.py leaver deactivate ana",
        ),
        ("pia", "/operator/platforms/warehouse/edit"): (
            {"code": "1", "name": "House", "config_port": "5432", "secret_password": "hunter2"},
            "/api/v1/platforms/warehouse",
            "env:EMPORION_SECRET_PASSWORD",
        ),
    }
    clients = {who: browser(who) for who, _ in calls}
    with nothing_changes():
        for (who, path), (sent, address, also) in calls.items():
            shown = html.unescape(clients[who].post(path, sent).text)
            assert address in shown, path
            assert also in shown, path
            assert "hunter2" not in shown


def test_a_new_product_is_shown_as_the_file_that_would_be_applied(mesh, as_olaf):
    form = {
        "name": "Late bags",
        "domain": "flight-operations",
        "team": "flight-operations",
        "source": "template",
        "code": "1",
    }
    with nothing_changes():
        shown = as_olaf.post("/owner/new", form, headers=part("div#new-code"))
        empty = as_olaf.post("/owner/new", form | {"name": ""}, headers=part("div#new-code"))

    first, look, apply, command = shown.context["code"]
    assert yaml.safe_load(first["text"].split("\n---\n")[0])["id"] == "flight-operations.late-bags"
    assert "/api/v1/plan" in look["text"]
    assert "--data-binary @product.yaml" in apply["text"]
    assert command["text"] == "python manage.py apply --dry-run product.yaml"
    assert empty.status_code == 422
    assert empty.text.lstrip().startswith('<ul class="errorlist"')
    assert "Name: This field is required." in empty.text


def test_what_was_shown_as_code_is_what_the_api_plans(mesh, as_olaf, api):  # noqa: F811
    form = {"name": "Late bags", "domain": "flight-operations", "team": "flight-operations"}
    shown = as_olaf.post("/owner/new", form | {"source": "template", "code": "1"})

    text = shown.context["code"][0]["text"]
    planned = api.olaf.post("/plan", text, kind="application/yaml")

    assert planned.status == 200
    told = {(one["kind"], one["outcome"]) for one in planned.json["documents"]}
    assert ("DataProduct", "created") in told


def test_new_promises_are_shown_as_the_contract_that_says_them(mesh, as_olaf):
    page = as_olaf.get(f"/owner/products/{FLIGHTS}/levels")
    sent = {"contract": page.context["chosen"].contract.key, "code": "1"}
    sent |= {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}
    sent |= {"form-0-property": "availability", "form-0-value": "99.5", "form-0-unit": "percent"}
    with nothing_changes():
        shown = as_olaf.post(f"/owner/products/{FLIGHTS}/levels", sent)
        wrong = as_olaf.post(
            f"/owner/products/{FLIGHTS}/levels",
            sent | {"form-0-property": ""},
            headers=part("div#level-code"),
        )

    said = yaml.safe_load(shown.context["code"][0]["text"])
    assert said["slaProperties"] == [{"property": "availability", "value": 99.5, "unit": "percent"}]
    assert "@contract.yaml" in shown.context["code"][2]["text"]
    assert (wrong.status_code, "Say what is promised." in wrong.text) == (422, True)


def test_a_pack_is_shown_as_the_calls_that_keep_and_activate_it(people, browser, api):  # noqa: F811
    gus, pack = browser("gus"), Policy.objects.get(key="emporion-base", active=True).pack
    with nothing_changes():
        shown = gus.post("/governance/policies/new", {"pack": json.dumps(pack), "code": "1"})
        wrong = gus.post(
            "/governance/policies/new",
            {"pack": "[", "code": "1"},
            headers=part("div#policy-code"),
        )

    assert "policies put pack.json --person NAME" in shown.context["code"][3]["text"]
    assert (wrong.status_code, "This is no JSON" in wrong.text) == (422, True)
    assert "<html" not in wrong.text
    kept = api.gus.post("/policies", body_of(shown.context["code"]))
    assert (kept.status, kept.json["version"], kept.json["active"]) == (
        201,
        pack["version"] + 1,
        False,
    )


def test_drifts_reaction_is_shown_as_the_call_that_sets_it(granted, browser, api):  # noqa: F811
    olaf, port = browser("olaf"), granted.port_id
    with nothing_changes():
        shown = olaf.post(f"/drift/ports/{port}/reaction", {"reaction": "report", "code": "1"})

    words = shlex.split(shown.context["code"][0]["text"].replace("\\\n", " "))
    address = words[words.index("PUT") + 1].partition("/api/v1")[2]
    done = api.olaf.put(address, body_of(shown.context["code"]))
    assert (done.status, done.json["said"], done.json["follows"]) == (200, "report", "report")


@pytest.mark.parametrize("name", ["policies", "verdicts"])
def test_the_lists_of_governance_are_shown_as_code(granted, browser, name):
    page = browser("gus").get(f"/governance/{name}")
    assert f'href="/show-as/{name}"' in page.text

    shown = browser("gus").get(f"/show-as/{name}")
    listed = yaml.safe_load(browser("gus").get(f"/show-as/{name}.yaml").content)

    assert f"/api/v1/{name}" in shown.text
    assert len(listed["results"]) >= 1
