"""Calls of what the provisioning engine and its operators do."""

from typing import Any

from subscriptions.models import (
    AccessAgreement,
    AccessRequest,
    DriftFinding,
    Grant,
    Handle,
    KillSwitch,
)
from tests.permissions.calls.register import of
from tests.permissions.scene import Scene


@of("subscriptions.actions.reopening.reopen")
def _reopen(scene: Scene) -> dict[str, Any]:
    handle = Handle.objects.get()
    return {"handle_id": handle.pk, "fence": handle.fence, "grant_ids": [scene.grant.pk]}


@of("subscriptions.actions.reopening.send_back")
def _send_back(scene: Scene) -> dict[str, Any]:
    return {"grant_id": _stuck(scene), "note": "Ask for less."}


@of("subscriptions.actions.parked.abandon")
def _abandon(scene: Scene) -> dict[str, Any]:
    return {"grant_id": _stuck(scene), "reason": "The table is gone."}


def _stuck(scene: Scene) -> Any:
    """A grant that needs a person."""
    AccessAgreement.objects.filter(pk=scene.agreement.pk).update(state="failed")
    Grant.objects.filter(pk=scene.grant.pk).update(state="failed", needs_human=True)
    AccessRequest.objects.filter(pk=scene.agreement.request_id).update(state="approved")
    return scene.grant.pk


@of("subscriptions.actions.demo.order_demo")
def _demo(_scene: Scene) -> dict[str, Any]:
    return {}


@of("subscriptions.actions.keys.rotate_keys")
def _rotate(_scene: Scene) -> dict[str, Any]:
    return {}


@of("subscriptions.actions.findings.note")
def _note(_scene: Scene) -> dict[str, Any]:
    handle = Handle.objects.get()
    facts = {"handle_id": handle.pk, "fence": handle.fence, "found": ()}
    return {**facts, "reaction": "report", "healed": False}


@of("subscriptions.actions.census.answer")
def _answer(_scene: Scene) -> dict[str, Any]:
    row = DriftFinding.objects.create(
        handle=Handle.objects.get(), kind="foreign", what="mallory is a member."
    )
    return {"finding_id": row.pk, "how": "accept", "words": "Known."}


@of("subscriptions.actions.census.ask_census")
def _census(_scene: Scene) -> dict[str, Any]:
    return {"key": "warehouse"}


@of("subscriptions.actions.census.set_reaction")
def _reaction(scene: Scene) -> dict[str, Any]:
    return {"port_id": scene.found.port.pk, "reaction": "report"}


@of("subscriptions.actions.census.close_adoption")
def _close_adoption(scene: Scene) -> dict[str, Any]:
    return {"request_id": scene.request.pk}


@of("subscriptions.actions.kill_switch.pull")
def _pull(scene: Scene) -> dict[str, Any]:
    return {"scope": "product", "key": scene.product.key, "reason": "Incident 12."}


@of("subscriptions.actions.kill_switch.confirm", "subscriptions.actions.kill_switch.restore")
def _switch(scene: Scene) -> dict[str, Any]:
    return {"switch_id": _proposed(scene)}


@of("subscriptions.actions.kill_switch.catch_new")
def _catch(scene: Scene) -> dict[str, Any]:
    return {"switch_id": _proposed(scene)}


def _proposed(scene: Scene) -> Any:
    """A switch that Nora proposed, who is not among those who try."""
    facts = {"scope": "product", "key": scene.product.key, "reason": "Incident 12."}
    return KillSwitch.objects.create(**facts, state="proposed", pulled_by="nora").pk
