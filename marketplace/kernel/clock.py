"""The time. It comes from the database, so that all machines share one clock."""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """Give the database's time of this statement (UTC, aware)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    moment: datetime = row[0]
    return moment
