"""Calls of what the provisioning engine and its operators do."""

from typing import Any

from subscriptions.models import AccessAgreement, AccessRequest, Grant, Handle
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


@of("subscriptions.actions.keys.rotate_keys")
def _rotate(_scene: Scene) -> dict[str, Any]:
    return {}
