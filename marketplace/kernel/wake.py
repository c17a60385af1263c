"""Wake a worker: a hint through PostgreSQL, sent with the commit. The row is the work."""

from django.db import connection

from marketplace.kernel.actions import running

CHANNEL = "emporion"
EVENTS = "events"
LATE = "late"
GRANTS = "grants"
MESSAGES = "messages"


def wake(kind: str) -> None:
    """Say that there is work of this kind. PostgreSQL drops doubles and sends on commit."""
    ledger = running()
    if ledger is not None:
        ledger.wakes.add(kind)  # sent with the action's events
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, kind])
