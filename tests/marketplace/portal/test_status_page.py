"""How the instance is, for everybody: states and figures, no name and no secret."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import PlatformConnection
from marketplace.portal.status_page import Part, parts_of, worst_of
from subscriptions.models import Handle

pytestmark = pytest.mark.django_db
READY = {"status": "ready", "worker_leads": True, "sweep_lag_seconds": 0.0}


def states(**found) -> dict[str, str]:
    return {part.name: part.state for part in parts_of(READY | found)}


def test_a_stranger_reads_states_but_no_names(mesh):
    PlatformConnection.objects.update(
        name="Vault 7",
        checked_at=timezone.now(),
        findings=[{"level": "error", "code": "x", "text": "password of mp_admin"}],
    )

    answer = Client().get("/status")

    assert answer.status_code == 200
    assert "0 of 1 kept everything at their last check" in answer.text
    for secret in ("Vault 7", "warehouse", "mp_admin", "password of"):
        assert secret not in answer.text
    assert answer["Cache-Control"] == "no-store"


def test_without_a_worker_something_does_not_work(mesh):
    assert states(worker_leads=False)["Workers"] == "down"
    assert "Something does not work" in Client().get("/status").text


def test_work_that_waits_is_slow(granted):
    assert states()["Grants"] == "ok"
    Handle.objects.update(next_at=timezone.now() - timedelta(minutes=5))

    assert states()["Grants"] == "slow"
    assert states(sweep_lag_seconds=300.0)["Workers"] == "slow"


def test_the_worst_part_is_the_headline():
    def parts(*found):
        return [Part("x", state, "") for state in found]

    assert worst_of(parts("ok", "ok")) == "ok"
    assert worst_of(parts("ok", "slow")) == "slow"
    assert worst_of(parts("slow", "down")) == "down"


def test_an_operator_is_led_to_the_console(mesh, browser):
    assert 'href="/operator"' in browser("pia").get("/status").text
    assert "Operator console" not in browser("ana").get("/status").text


def test_the_page_costs_a_fixed_number_of_statements(mesh, django_assert_num_queries):
    Client().get("/status")
    with django_assert_num_queries(8):
        Client().get("/status")
