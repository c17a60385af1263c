"""Why somebody has access, or has not: who may ask, and what each step says."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import Invalid, NotAllowed, NotFound
from subscriptions.actions import agreements, requests
from subscriptions.actions.explaining import explain
from subscriptions.models import AccessAgreement
from tests.rest import api
from tests.rows import nothing_changes

__all__ = ["api"]
pytestmark = pytest.mark.django_db

FLIGHTS = "flight-operations.flight-delays"
CURATED = {"product": FLIGHTS, "port": "curated"}
FULL = {"product": "customer.bookings", "port": "full"}


def told(found) -> dict[str, tuple[str, str]]:
    return {step.key: (step.state, step.text) for step in found.steps}


def test_ana_learns_why_she_has_access(platform, ask_curated, work, ana):
    ask_curated()
    work()

    with nothing_changes():
        found = explain(ana, **CURATED, person="ana")

    assert found.answer == "yes"
    assert found.headline.startswith("Ana Analyst can read Flight delays, port curated now")
    assert [step.key for step in found.steps] == [
        "person", "teams", "agreement", "time", "grant", "evidence",
    ]  # fmt: skip
    assert {step.state for step in found.steps} == {"ok"}
    steps = told(found)
    assert steps["teams"][1] == "Ana Analyst is in one team: member of Growth."
    assert steps["agreement"][1].startswith("Team Growth made an agreement for analytics, approved")
    assert steps["evidence"][1] == (
        "The last probe as the consumer read what was promised and was refused all else (proven)."
    )


def test_sid_learns_why_he_has_none_and_what_asking_would_bring(mesh, sid):
    found = explain(sid, **FULL, person="sid")

    steps = told(found)
    assert found.answer == "no"
    assert found.headline == "Sid Stranger cannot read Bookings, port full."
    assert steps["agreement"] == ("no", "Sid Stranger never had an agreement on this port.")
    assert steps["policy"][0] == "wait"
    assert "Asked for now by Sid Stranger (" in steps["policy"][1]


def test_a_request_that_waits_says_for_whom(mesh, ask_full, ana):
    asked = ask_full()

    found = explain(ana, **FULL, person="ana")

    assert (found.answer, found.request) == ("coming", asked)
    assert told(found)["request"] == (
        "wait", f"Request {asked.number} waits for the product owner.",
    )  # fmt: skip


def test_a_request_that_was_declined_says_why(mesh, ask_full, ana, petra):
    requests.reject(petra, request_id=ask_full().pk, note="Use the other port.")

    found = explain(ana, **FULL, person="ana")

    assert found.answer == "no"
    assert told(found)["request"][1].endswith("was declined: Use the other port.")


def test_suspended_revoked_and_not_yet_proven_are_told_apart(
    platform, ask_curated, work, ana, olaf
):
    ask_curated()
    assert explain(ana, **CURATED, person="ana").answer == "coming"
    work()
    held = AccessAgreement.objects.get()

    agreements.suspend(olaf, agreement_id=held.pk, reason="Incident 7.")
    between = explain(ana, **CURATED, person="ana")
    work()
    suspended = explain(ana, **CURATED, person="ana")
    agreements.revoke(olaf, agreement_id=held.pk, reason="Not needed.")
    work()
    revoked = explain(ana, **CURATED, person="ana")

    assert (between.answer, told(between)["grant"][0]) == ("unproven", "wait")
    assert suspended.answer == "no"
    assert told(suspended)["suspension"][1] == "It is suspended by olaf: Incident 7."
    assert told(suspended)["evidence"][1] == "The last probe as the consumer was refused (proven)."
    assert told(revoked)["time"][1] == "It was revoked. Not needed."
    assert "it would be granted" in told(revoked)["policy"][1]


def test_a_deactivated_person_has_no_access_whatever_their_team_has(
    platform, ask_curated, work, olaf
):
    ask_curated()
    work()
    get_user_model().objects.filter(username="ana").update(is_active=False)

    found = explain(olaf, **CURATED, person="ana")

    assert found.answer == "no"
    assert told(found)["person"][0] == "no"


def test_about_others_only_owners_and_oversight_may_ask(mesh, people):
    for name in ("olaf", "gus", "dana", "pia"):
        assert explain(people[name], **CURATED, person="ana").person.username == "ana"
    for name in ("ana", "petra"):
        with pytest.raises(NotAllowed):
            explain(people[name], **CURATED, person="sid")
        with pytest.raises(NotAllowed):
            explain(people[name], **CURATED, person="nobody-of-this-name")
    with pytest.raises(Invalid):
        explain(people["olaf"], **CURATED, person="nobody-of-this-name")


def test_a_hidden_product_is_not_there(mesh, people):
    plans = {"product": "customer.secret-plans", "port": "plans"}

    with pytest.raises(NotFound):
        explain(people["sid"], **plans, person="sid")
    found = explain(people["petra"], **plans, person="sid")

    steps = told(found)
    assert steps["visibility"] == (
        "no", "Secret plans is not offered to Sid Stranger (scope team).",
    )  # fmt: skip
    assert steps["policy"][1] == "Sid Stranger cannot ask: the product is not offered to them."


def test_over_rest_and_in_the_shell(api, platform, ask_curated, work, capsys):
    ask_curated()
    work()
    path = f"/products/{FLIGHTS}/ports/curated/explain"

    own, other = api.ana.get(path).json, api.gus.get(f"{path}?person=sid").json
    call_command("explain_access", "ana", FLIGHTS, "curated")

    assert (own["answer"], own["person"]) == ("yes", "ana")
    assert own["_links"]["agreement"].endswith(str(AccessAgreement.objects.get().pk))
    assert (other["answer"], other["steps"][-1]["key"]) == ("no", "policy")
    assert api.ana.get(f"{path}?person=sid").code == "not-allowed"
    assert api.nobody.get(path).status == 401
    assert api.gus.get(f"{path}?purpose=fun").errors == [("/purpose", "unknown-purpose")]
    assert capsys.readouterr().out.startswith("yes: Ana Analyst can read")
    with pytest.raises(CommandError, match="No account mallory"):
        call_command("explain_access", "mallory", FLIGHTS, "curated")
    assert explain(SYSTEM, **CURATED, person="ana").answer == "yes"
