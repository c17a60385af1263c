"""Orders to platforms that people change: who answers, what follows, and what is refused."""

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from catalog.actions.platform_reports import StaleOrder
from catalog.models import OutputPort, PlatformConnection
from marketplace.channels.signing import new_secret
from marketplace.kernel.errors import Invalid, NotAllowed, NotFound
from marketplace.kernel.events.models import Event
from subscriptions.actions.explaining import explain
from subscriptions.actions.orders import answer_order, orders_for
from subscriptions.models import AccessAgreement
from tests.marketplace.portal.conftest import browser
from tests.rest import api

__all__ = ["api", "browser"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def order(mesh, ask_curated, work, tmp_path, people):
    """Flight delays stand on a platform that people change, and growth has asked."""
    config = {"folder": str(tmp_path), "env": settings.PLATFORM_ENV, "secret": new_secret()}
    desk = PlatformConnection.objects.create(key="desk", name="Desk", kind="ticket", config=config)
    OutputPort.objects.filter(name="curated").update(platform=desk)
    ask_curated()
    work()
    return orders_for(people["olaf"])[0]


def answer(actor, order, outcome, words="", generation=None):
    return answer_order(
        actor,
        handle=order.handle.name,
        generation=generation or order.generation,
        outcome=outcome,
        words=words,
    )


def test_the_owner_and_the_operator_see_what_is_open(order, people):
    assert (order.generation, order.outcome) == (1, "")
    assert "Let team:growth read" in order.text
    assert len(orders_for(people["pia"])) == 1
    assert orders_for(people["petra"]) == orders_for(people["ana"]) == []


def test_done_is_read_back_and_the_access_is_reported(order, olaf, work):
    told = answer(olaf, order, "done")
    work()

    assert (told.outcome, told.by) == ("done", "olaf")
    row = AccessAgreement.objects.select_related("grant").get()
    assert (row.state, row.grant.evidence["level"]) == ("active", "reported")
    assert Event.objects.get(name="platform.report_tried").actor == "olaf"


def test_what_was_reported_is_nowhere_called_proven(order, olaf, ana, work, browser):
    answer(olaf, order, "done")
    work()
    row = AccessAgreement.objects.select_related("port__product").get()

    said = explain(ana, product=row.port.product.key, port="curated", person="ana")
    pages = [f"/agreements/{row.pk}", f"/requests/{row.request_id}"]

    assert said.answer == "yes"
    assert said.headline.endswith("now, as was reported; it was not proven.")
    assert said.steps[-1].text == "It was reported done; nothing was tried as the consumer."
    for page in pages:
        text = browser("ana").get(page).text
        assert "Reported" in text
        text = text.replace("<dt>Proven</dt><dd>no, see", "")
        assert "roven" not in text.partition("What you can do")[0]
        assert "Run in the lab" not in text  # nobody asks a desk by SQL


def test_refused_waits_for_a_person_and_may_still_be_done(order, olaf, pia, work):
    answer(olaf, order, "refused", "No such table.")
    work()

    row = AccessAgreement.objects.select_related("grant").get()
    assert (row.state, row.grant.needs_human) == ("failed", True)
    assert "reported refused by olaf: No such table." in row.grant.diagnostics

    answer(pia, order, "done")
    work()
    row.refresh_from_db()
    assert row.state == "active"


def test_others_stale_reports_and_missing_words_are_refused(order, people):
    for name in ("ana", "petra", "sid"):
        with pytest.raises(NotFound):
            answer(people[name], order, "done")
    with pytest.raises(StaleOrder):
        answer(people["olaf"], order, "done", generation=7)
    with pytest.raises(Invalid):
        answer(people["olaf"], order, "refused")
    with pytest.raises(Invalid):
        answer(people["olaf"], order, "perhaps")
    with pytest.raises(NotFound):
        answer_order(people["olaf"], handle="mp_x", generation=1, outcome="done")
    assert orders_for(people["olaf"])[0].outcome == ""


def test_over_rest_and_on_the_page(api, order, client, people):
    listed = api.olaf.get("/orders").json["results"]
    assert [one["handle"] for one in listed] == [order.handle.name]
    assert api.sid.get("/orders").json["results"] == []
    path = f"/orders/{order.handle.name}/answer"
    assert api.olaf.post(path, {"generation": 4, "outcome": "done"}).code == "stale-order"

    client.force_login(get_user_model().objects.get(username="olaf"))
    assert order.text.splitlines()[1].encode() in client.get("/orders").content
    client.post(
        f"/orders/{order.handle.name}/cancelled", {"generation": "1", "words": "Not needed."}
    )
    assert api.olaf.get("/orders").json["results"][0]["outcome"] == "cancelled"
    assert client.post(f"/orders/{order.handle.name}/perhaps").status_code == 404
    client.force_login(get_user_model().objects.get(username="ana"))
    assert client.get("/orders").status_code == 403


def test_the_buttons_stand_where_one_waits(order, browser, olaf, work):
    agreement = AccessAgreement.objects.get()
    pages = {
        "request": f"/requests/{agreement.request_id}",
        "agreement": f"/agreements/{agreement.pk}",
    }
    for name, address in pages.items():
        seen = browser("olaf").get(address)
        assert seen.context["order"]["order"].text == order.text
        assert f'value="{name}:' in seen.text
        assert browser("ana").get(address).context["order"] is None
        assert "It is done" not in browser("ana").get(address).text
    waits = browser("ana").get(pages["request"]).context["waits_for"]
    assert waits.startswith("The platform's people have the order; nobody has said yet")
    task = browser("olaf").get("/owner").context["tasks"][0]
    assert (task.title, task.href) == ("Carry out what was ordered from Desk", "/orders")

    move = f"/orders/{order.handle.name}"
    given = {"generation": "1", "back": f"agreement:{agreement.pk}"}
    assert browser("ana").post(f"{move}/done", given).status_code == 404
    wrong = browser("olaf").post(f"{move}/failed", given)
    assert (wrong.url, orders_for(olaf)[0].outcome) == (pages["agreement"], "")
    browser("olaf").post(f"{move}/failed", given | {"words": "No disk."})
    assert "Failed</span> olaf: No disk." not in browser("olaf").get("/orders").text
    shown = browser("olaf").get("/orders?show=refused")
    assert [(tab["key"], tab["number"]) for tab in shown.context["tabs"]] == [
        ("waiting", 0),
        ("done", 0),
        ("refused", 1),
    ]
    assert "Failed</span> olaf: No disk." in shown.text
    assert browser("olaf").get("/orders?show=all").status_code == 404
    for back in ("https://elsewhere.example", "request:nobody", "account_login:1", ""):
        again = browser("olaf").post(f"{move}/done", {"generation": "7", "back": back})
        assert again.url == "/orders"
    answered = browser("olaf").post(
        f"{move}/done", {"generation": "1", "back": f"request:{agreement.request_id}"}
    )
    work()

    assert answered.url == pages["request"]
    assert browser("olaf").get(pages["request"]).context["order"] is None
    assert AccessAgreement.objects.get().state == "active"
    assert browser("ana").get(pages["request"]).context["proof"]["ok"]
    assert "as it was reported" in browser("ana").get(pages["request"]).text
    assert "Carry out" not in str(browser("olaf").get("/owner").context["tasks"])


def test_from_the_shell_in_a_persons_name(order, capsys, olaf, work):
    name = order.handle.name
    call_command("orders", "list", "--platform", "desk")
    call_command("orders", "show", name)
    told = capsys.readouterr().out

    assert f"{name:<40}    1 open" in told
    assert order.text in told
    for who, generation, words in (
        ("", 1, "x"),
        ("nobody", 1, "x"),
        ("ana", 1, "x"),
        ("olaf", 7, "x"),
        ("olaf", 1, ""),
    ):
        given = ("--generation", str(generation), "--person", who, "--words", words)
        with pytest.raises(CommandError):
            call_command("orders", "refused", name, *given)
    with pytest.raises(CommandError):
        call_command("orders", "show", "mp_x")
    assert orders_for(olaf)[0].outcome == ""

    call_command("orders", "done", name, "--generation", "1", "--person", "olaf")
    work()

    assert f"{name} 1: done by olaf" in capsys.readouterr().out
    assert AccessAgreement.objects.get().state == "active"


def test_a_program_does_not_answer(order, people):
    from dataclasses import replace

    robot = replace(people["olaf"], kind="service")
    with pytest.raises(NotAllowed):
        answer(robot, order, "done")
