"""The kill switch's pages and its API."""

import pytest
from django.core.management import call_command

from subscriptions.models import AccessAgreement, KillSwitch
from tests.rest import api

__all__ = ["api"]
pytestmark = pytest.mark.django_db
FLIGHTS = "flight-operations.flight-delays"
ASK = {"scope": "product", "key": FLIGHTS}


def test_the_preview_says_what_it_hits_and_touches_nothing(granted, browser):
    page = browser("olaf").get("/suspensions", ASK)

    preview = page.context["preview"]
    assert (preview["number"], preview["products"], preview["consumers"]) == (1, 1, 1)
    assert AccessAgreement.objects.get().state == "active"
    assert not KillSwitch.objects.exists()


def test_gus_pulls_and_restores(granted, browser, work):
    as_gus = browser("gus")
    refused = as_gus.post("/suspensions", ASK | {"pull": "1", "reason": ""})
    assert (refused.status_code, "reason" in refused.context["form"].errors) == (422, True)

    done = as_gus.post("/suspensions", ASK | {"pull": "1", "reason": "Incident 7.", "hours": "8"})
    work()

    switch = KillSwitch.objects.get()
    assert done["Location"] == f"/suspensions/{switch.pk}"
    page = as_gus.get(f"/suspensions/{switch.pk}")
    assert (page.context["number"], page.context["refused"]) == (1, 1)
    assert b"Incident 7." in page.content
    as_gus.post(f"/suspensions/{switch.pk}/restore")
    work()
    assert AccessAgreement.objects.get().state == "active"
    after = as_gus.get(f"/suspensions/{switch.pk}")
    assert (after.context["given_back"], "Given back and proven" in after.text) == (1, True)
    assert as_gus.post(f"/suspensions/{switch.pk}/explode").status_code == 404


def test_strangers_and_others_see_nothing(granted, browser, gus):
    from subscriptions.actions import kill_switch

    switch = kill_switch.pull(gus, scope="product", key=FLIGHTS, reason="Incident.")
    for name in ("ana", "sid"):
        assert browser(name).get("/suspensions").status_code == 403
    assert browser("petra").get(f"/suspensions/{switch.pk}").status_code == 404
    assert browser("petra").get("/suspensions", ASK).status_code == 422
    assert browser("olaf").get(f"/suspensions/{switch.pk}").status_code == 200
    assert browser("gus").get("/suspensions?scope=product&key=no.such").status_code == 422


def test_the_api_rehearses_pulls_confirms_and_restores(api, granted):
    body = ASK | {"reason": "Incident.", "second_person": True}
    would = api.gus.post("/suspensions?dry_run=true", ASK | {"reason": "Incident."}).json
    assert (would["agreements"], would["dry_run"]) == (1, True)
    assert not KillSwitch.objects.exists()

    made = api.gus.post("/suspensions", body)
    assert (made.status, made.json["state"], made.json["agreements"]) == (201, "proposed", 0)
    path = f"/suspensions/{made.json['id']}"
    assert api.gus.post(f"{path}/confirm", {}).code == "not-allowed"
    assert api.dana.post(f"{path}/confirm", {}).json["agreements"] == 1
    agreement = AccessAgreement.objects.get()
    resume = f"/access-agreements/{agreement.pk}/resume"
    assert api.olaf.post(resume, {}).code == "held-by-switch"
    assert [one["id"] for one in api.olaf.get("/suspensions").json["results"]] == [made.json["id"]]
    assert api.petra.get("/suspensions").json["results"] == []
    assert api.ana.post("/suspensions", body).code == "not-allowed"
    assert api.gus.post(f"{path}/restore", {}).json["state"] == "restored"


def test_the_command_line_pulls_and_restores(granted, capsys):
    call_command("kill_switch", "preview", "product", FLIGHTS)
    call_command("kill_switch", "pull", "product", FLIGHTS, "--reason", "Incident.")
    assert AccessAgreement.objects.get().state == "suspended"
    call_command("kill_switch", "restore", "product", FLIGHTS)

    assert KillSwitch.objects.get().state == "restored"
    assert capsys.readouterr().out.splitlines()[-1] == "Restored: 1 agreement."
