"""Calls of what concerns the logins of people, and people who leave."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from marketplace.connectors.withdrawing import Withdrawn
from subscriptions.models import Handle, IssuedLogin
from tests.permissions.calls.register import of
from tests.permissions.scene import Scene


def _login(scene: Scene, person: str = "ana") -> Any:
    return IssuedLogin.objects.create(
        agreement=scene.agreement,
        person=person,
        login="mp_test_login_t",
        state="live",
        issued_at=Now(),
        expires_at=Now() + timedelta(hours=1),
    ).pk


@of("subscriptions.actions.logins.keep")
def _keep(scene: Scene) -> dict[str, Any]:
    return {"login_id": _login(scene), "made": None, "error": "It is away."}


@of("subscriptions.actions.logins.ask_withdrawal")
def _drop(scene: Scene) -> dict[str, Any]:
    return {"login_id": _login(scene), "reason": "The laptop was stolen."}


@of("subscriptions.actions.logins.note_withdrawn")
def _dropped(scene: Scene) -> dict[str, Any]:
    found = Withdrawn("mp_test_login_t", existed=True, sessions=0, gone=True, read_back="gone")
    return {"login_id": _login(scene), "found": found}


@of("subscriptions.actions.leavers.deactivate")
def _leave(_scene: Scene) -> dict[str, Any]:
    return {"username": "sid", "reason": "He left the company."}


@of("subscriptions.actions.leavers.reactivate")
def _back(_scene: Scene) -> dict[str, Any]:
    return {"username": "otto", "reason": "He is back."}


@of("subscriptions.actions.leavers.reroute")
def _reroute(scene: Scene) -> dict[str, Any]:
    return {"request_id": scene.request.pk}


@of("subscriptions.actions.leavers.settle")
def _settle(_scene: Scene) -> dict[str, Any]:
    return {"team": "growth"}


@of("subscriptions.actions.orders.permit_answer")
def _order(_scene: Scene) -> dict[str, Any]:
    facts = {"handle": "mp_x", "generation": 1, "outcome": "done", "by": "pia", "words": ""}
    return {"handle_id": Handle.objects.get().pk, "facts": facts}
