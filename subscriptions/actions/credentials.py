"""Short-lived logins that are over: taken off the platform, at most once in five minutes each."""

import time

import structlog

from catalog.models import PlatformConnection
from catalog.queries import connector_of
from marketplace.connectors.base import ConnectorError
from subscriptions.actions import logins

log = structlog.get_logger(__name__)

EVERY_SECONDS = 300.0
_last: dict[int, float] = {}


def clean_up() -> int:
    """Drop what shall be gone, and ended logins on every platform; give how many were dropped.

    Their password has ended already; this only tidies. A platform that is away is asked later.
    """
    dropped = logins.drop_due()
    if time.monotonic() - _last.get(0, -EVERY_SECONDS) >= EVERY_SECONDS:
        _last[0] = time.monotonic()
        logins.watch()
    for platform in PlatformConnection.objects.all():
        if time.monotonic() - _last.get(platform.pk, -EVERY_SECONDS) < EVERY_SECONDS:
            continue
        _last[platform.pk] = time.monotonic()
        tidy = getattr(connector_of(platform), "clean_up_credentials", None)
        if tidy is None:
            continue
        try:
            dropped += tidy()
        except ConnectorError as away:
            log.info("credentials not cleaned up", platform=platform.key, why=str(away))
    return dropped
