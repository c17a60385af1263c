"""What follows when an operator has the demo loaded."""

from typing import Final

from django.core.management import call_command
from django.db import connection

from marketplace.kernel.errors import StillRunning
from marketplace.kernel.events.log import on
from subscriptions.events import DemoOrdered

LOCK: Final = 6_130_201_311  # any number that nobody else takes


@on(DemoOrdered, late=True)
def load_demo(event: DemoOrdered) -> None:  # noqa: ARG001 - that it was asked for is all
    """Load what is not there yet, in one worker at a time: it may take longer than a lease."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise StillRunning
        try:
            call_command("load_demo")
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
