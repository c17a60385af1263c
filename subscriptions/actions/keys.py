"""Seal every kept secret anew with the first key, so that older keys can be thrown away."""

import base64

from catalog.models import PlatformConnection
from catalog.permissions import may_connect_platforms
from catalog.queries.ports import secret_place
from catalog.queries.secrets import place_of
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.events.log import record
from marketplace.kernel.sealing import seal, unseal
from subscriptions.events import KeysRotated
from subscriptions.models import WebhookEndpoint


@action
def rotate_keys(actor: Actor) -> int:
    """Reseal platforms' and webhooks' secrets; give how many. All of them, or none."""
    require(actor, may_connect_platforms)
    number = 0
    for platform in PlatformConnection.objects.select_for_update(no_key=True).order_by("pk"):
        number += _platform(platform)
    for endpoint in WebhookEndpoint.objects.select_for_update(no_key=True).order_by("pk"):
        number += _webhook(endpoint)
    record(KeysRotated(subject="keys", secrets=number))
    return number


def _platform(row: PlatformConnection) -> int:
    number = 0
    if row.secret is not None:
        row.secret = _again(row.secret, secret_place(row.key))
        number += 1
    for name, kept in row.sealed.items():
        if "sealed" in kept:
            raw = _again(base64.b64decode(kept["sealed"]), place_of(row.key, name))
            row.sealed[name] = {"sealed": base64.b64encode(raw).decode()}
            number += 1
    row.save(update_fields=["secret", "sealed"])
    return number


def _webhook(row: WebhookEndpoint) -> int:
    row.secret = _again(row.secret, _webhook_place(row))
    number = 1
    if row.old_secret is not None:
        row.old_secret = _again(row.old_secret, _webhook_place(row))
        number += 1
    row.save(update_fields=["secret", "old_secret"])
    return number


def _again(sealed: bytes | memoryview, place: str) -> bytes:
    return seal(unseal(sealed, place=place), place=place)


def _webhook_place(row: WebhookEndpoint) -> str:
    return f"webhook/{row.pk}/secret"
