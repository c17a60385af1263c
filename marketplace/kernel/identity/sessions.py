"""Sessions in the database, read by one statement that the server has planned already.

Every page reads its session; through the ORM that took as long as a short page's own statements.
"""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session

from marketplace.kernel.prepared import fetch_one

_STORED = """
    SELECT session_data, expire_date FROM django_session
    WHERE session_key = %s AND expire_date > now()
"""


class SessionStore(DatabaseSessions):
    """The framework's own sessions; only reading is written by hand."""

    def _get_session_from_db(self) -> Any:
        """Give the row of the session that still holds, or None and forget the key."""
        row = fetch_one(_STORED, [self.session_key])
        if row is not None:
            session_data, expire_date = row
            stored = Session(session_data=session_data, expire_date=expire_date)
            stored.pk = self.session_key
            return stored
        self._session_key = None
        return None
