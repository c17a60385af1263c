"""Calls of the actions of subscriptions."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from marketplace.connectors.base import Plan
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.clock import now
from marketplace.kernel.events.models import Delivery
from subscriptions.actions import notices as telling
from subscriptions.actions import requests as asking
from subscriptions.actions import webhooks as hooks
from subscriptions.actions.lab import Typed
from subscriptions.models import (
    AccessAgreement,
    Grant,
    Handle,
    LabRun,
    Mail,
    Notice,
    WebhookDelivery,
    WebhookEndpoint,
)
from subscriptions.notices import Draft
from subscriptions.provisioning import Round
from tests.permissions.calls.register import of
from tests.permissions.scene import DELAYS, Scene

# --- subscriptions: agreements and grants -------------------------------------------------------


@of("subscriptions.actions.agreements.expire")
def _over(scene: Scene) -> dict[str, Any]:
    AccessAgreement.objects.filter(pk=scene.agreement.pk).update(
        start_at=Now() - timedelta(days=2), end_at=Now() - timedelta(days=1)
    )
    return {"agreement_id": scene.agreement.pk}


@of("subscriptions.actions.agreements.renew")
def _renew(scene: Scene) -> dict[str, Any]:
    return {"agreement_id": _active(scene), "duration_days": 30}


@of("subscriptions.actions.agreements.revoke", "subscriptions.actions.agreements.suspend")
def _with_reason(scene: Scene) -> dict[str, Any]:
    return {"agreement_id": _active(scene), "reason": "The project ended."}


@of("subscriptions.actions.owners_words.revoke_later")
def _with_grace(scene: Scene) -> dict[str, Any]:
    return {"agreement_id": _active(scene), "reason": "The project ends.", "days": 7}


@of("subscriptions.actions.owners_words.message_consumers")
def _message(scene: Scene) -> dict[str, Any]:
    _active(scene)
    key = scene.agreement.port.product.key
    return {"key": key, "title": "A gap on Sunday", "text": "Nothing comes from 2 to 4."}


@of("subscriptions.actions.agreements.resume")
def _resume(scene: Scene) -> dict[str, Any]:
    AccessAgreement.objects.filter(pk=scene.agreement.pk).update(state="suspended")
    Grant.objects.update(state="verified_removed", desired="absent")
    return {"agreement_id": scene.agreement.pk}


@of("subscriptions.actions.agreements.terminate")
def _give_back(scene: Scene) -> dict[str, Any]:
    return {"agreement_id": _active(scene)}


@of("subscriptions.actions.agreements.warn")
def _warn(scene: Scene) -> dict[str, Any]:
    return {"agreement_id": _active(scene), "days": 30}


def _active(scene: Scene) -> Any:
    AccessAgreement.objects.filter(pk=scene.agreement.pk).update(state="active")
    Grant.objects.filter(agreement=scene.agreement).update(state="verified")
    return scene.agreement.pk


@of("subscriptions.actions.settling.announce")
def _announce(_scene: Scene) -> dict[str, Any]:
    return _claimed()


@of("subscriptions.actions.settling.put_off")
def _put_off(_scene: Scene) -> dict[str, Any]:
    return {**_claimed(), "words": "It does not answer.", "human": False, "wait": None}


@of("subscriptions.actions.settling.settle")
def _settle(_scene: Scene) -> dict[str, Any]:
    done = Round(Plan.of("handle", ()), (), ("missing",), (), ())
    return {**_claimed(), "done": done}


@of("subscriptions.actions.reshaping.reshape")
def _reshape(_scene: Scene) -> dict[str, Any]:
    return {"handle_id": Handle.objects.get().pk}


def _claimed() -> dict[str, Any]:
    handle = Handle.objects.get()
    return {"handle_id": handle.pk, "fence": handle.fence}


@of("subscriptions.actions.verifying.verify")
def _verify(scene: Scene) -> dict[str, Any]:
    return {"grant_id": scene.grant.pk}


# --- subscriptions: the lab ---------------------------------------------------------------------


@of("subscriptions.actions.lab.start")
def _start(scene: Scene) -> dict[str, Any]:
    return {"agreement_id": _active(scene), "typed": Typed("SELECT 1")}


@of("subscriptions.actions.lab.ask_to_stop")
def _ask_to_stop(scene: Scene) -> dict[str, Any]:
    run = LabRun.objects.create(
        agreement=scene.agreement, actor="ana", sql="SELECT 1", state="running"
    )
    return {"run_id": run.pk}


@of("subscriptions.actions.sandbox.permit")
def _permit(_scene: Scene) -> dict[str, Any]:
    place = {"product": DELAYS, "port": "curated", "version": None}
    return {**place, "sql": "SELECT 1", "values": {}}


@of("subscriptions.actions.lab.close")
def _close(scene: Scene) -> dict[str, Any]:
    run = LabRun.objects.create(
        agreement=scene.agreement, actor="ana", sql="SELECT 1", state="running"
    )
    return {"run_id": run.pk, "code": "timeout", "detail": "It took too long.", "rows": None}


@of("subscriptions.actions.connections.permit_test")
def _tried(scene: Scene) -> dict[str, Any]:
    return {"agreement_id": _active(scene)}


@of("subscriptions.actions.lab.permit_credentials")
def _credentials(scene: Scene) -> dict[str, Any]:
    return {"agreement_id": _active(scene), "minutes": 5}


# --- subscriptions: notices and webhooks --------------------------------------------------------


@of("subscriptions.actions.follows.follow", "subscriptions.actions.follows.unfollow")
def _follow(_scene: Scene) -> dict[str, Any]:
    return {"key": DELAYS}


@of("subscriptions.actions.notices.tell")
def _tell(scene: Scene) -> dict[str, Any]:
    return {"draft": _words(), "people": [scene.user("ana").pk]}


@of(
    "subscriptions.actions.notices.read",
    "subscriptions.actions.notices.acknowledge",
    "subscriptions.actions.notices.bring_back",
)
def _read(scene: Scene) -> dict[str, Any]:
    return {"notice_id": _notice(scene).pk}


@of("subscriptions.actions.notices.snooze")
def _snooze(scene: Scene) -> dict[str, Any]:
    return {"notice_id": _notice(scene).pk, "until": now() + timedelta(days=1)}


@of("subscriptions.actions.notices.close")
def _close(scene: Scene) -> dict[str, Any]:
    return {"notice_id": _notice(scene).pk}


@of("subscriptions.actions.notification_choices.choose")
def _choose(_scene: Scene) -> dict[str, Any]:
    return {"wanted": {"INCIDENT": {"email": False}}}


@of("subscriptions.actions.notices.read_all")
def _read_all(scene: Scene) -> dict[str, Any]:
    _notice(scene)
    return {}


@of("subscriptions.actions.repairs.retry_webhook")
def _lost_webhook(scene: Scene) -> dict[str, Any]:
    endpoint = WebhookEndpoint.objects.create(
        owner_id=scene.actors["ana"].user_id, url="https://example.org/lost"
    )
    row = WebhookDelivery.objects.create(
        endpoint=endpoint, event_seq=1, event_name="x", replay=9, state="dead"
    )
    return {"delivery_id": row.pk}


@of("subscriptions.actions.repairs.retry_mail")
def _mail(scene: Scene) -> dict[str, Any]:
    _notice(scene)
    Mail.objects.update(state="dead", next_at=None)
    mail = Mail.objects.first()
    assert mail is not None
    return {"mail_id": mail.pk}


def _words() -> Draft:
    return Draft("DATA_UPDATE", "New data", "It is there.", "/", "a-test")


def _notice(scene: Scene) -> Notice:
    return telling.tell(
        SYSTEM, draft=_words(), people=[scene.user("ana").pk], ask=[(scene.agreement, "affected")]
    )


@of("subscriptions.actions.sending.pause")
def _pause(scene: Scene) -> dict[str, Any]:
    return {"endpoint_id": _webhook(scene).pk, "why": "It failed for five days."}


@of("subscriptions.actions.webhooks.create")
def _create(_scene: Scene) -> dict[str, Any]:
    return {"url": "https://93.184.216.34/hook"}


@of("subscriptions.actions.webhooks.change")
def _alter(scene: Scene) -> dict[str, Any]:
    return {"endpoint_id": _webhook(scene).pk, "wanted": {"description": "Ours"}}


@of(
    "subscriptions.actions.webhooks.remove",
    "subscriptions.actions.webhooks.rotate",
    "subscriptions.actions.webhooks.test",
)
def _hook(scene: Scene) -> dict[str, Any]:
    return {"endpoint_id": _webhook(scene).pk}


@of("subscriptions.actions.webhooks.replay")
def _replay(scene: Scene) -> dict[str, Any]:
    endpoint = _webhook(scene)
    event = Delivery.objects.filter(event__teams__contains=["growth"]).first()
    assert event is not None
    row = WebhookDelivery.objects.create(endpoint=endpoint, event_seq=event.event_id)
    return {"endpoint_id": endpoint.pk, "delivery_id": row.pk}


def _webhook(scene: Scene) -> WebhookEndpoint:
    endpoint, _ = hooks.create(scene.actors["ana"], url="https://93.184.216.34/hook")
    return endpoint


@of("subscriptions.actions.usage.report_usage")
def _usage(_scene: Scene) -> dict[str, Any]:
    return {"key": DELAYS, "days": [{"day": now().date(), "queries": 3, "consumers": 1}]}


# --- subscriptions: requests --------------------------------------------------------------------


@of("subscriptions.actions.requests.request_access")
def _ask(scene: Scene) -> dict[str, Any]:
    asking.withdraw(scene.actors["ana"], request_id=scene.request.pk)
    ask = asking.Ask(DELAYS, "crew", "team", "growth", "analytics", "Report", 90)
    return {"ask": ask}


@of("subscriptions.actions.requests.approve", "subscriptions.actions.requests.withdraw")
def _waiting(scene: Scene) -> dict[str, Any]:
    return {"request_id": scene.request.pk}


@of("subscriptions.actions.requests.reject", "subscriptions.actions.requests.return_request")
def _with_note(scene: Scene) -> dict[str, Any]:
    return {"request_id": scene.request.pk, "note": "Say what it is for."}


@of("subscriptions.actions.requests.counter")
def _less(scene: Scene) -> dict[str, Any]:
    return {"request_id": scene.request.pk, "duration_days": 30}


@of("subscriptions.actions.requests.comment")
def _comment(scene: Scene) -> dict[str, Any]:
    return {"request_id": scene.request.pk, "text": "Which rows are meant?"}


@of("subscriptions.actions.requests.accept_counter")
def _countered(scene: Scene) -> dict[str, Any]:
    asking.counter(scene.actors["olaf"], request_id=scene.request.pk, duration_days=30)
    return {"request_id": scene.request.pk}


@of("subscriptions.actions.requests.resubmit")
def _returned(scene: Scene) -> dict[str, Any]:
    asking.return_request(scene.actors["olaf"], request_id=scene.request.pk, note="Say more.")
    return {"request_id": scene.request.pk, "purpose_text": "The report of each Monday."}
