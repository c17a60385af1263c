"""Sessions in the database, read by one statement that the server has planned already.

Every page reads its session; through the ORM that took as long as a short page's own statements.
Each row says whose it is, since when and from which browser, so that a person sees their own and
can end them.
"""

from typing import Any, Final

from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from marketplace.kernel.ids import uuid7
from marketplace.kernel.prepared import fetch_one

_STORED = """
    SELECT session_data, expire_date,
           account_id IS NOT NULL AND seen_at < now() - interval '5 minutes' AS is_first
    FROM identity_session WHERE session_key = %s AND expire_date > now()
"""
_SEEN = "UPDATE identity_session SET seen_at = now() WHERE session_key = %s"
_ABOUT: Final = "session_about"
_METHODS: Final = "account_authentication_methods"  # where allauth notes them
_LONGEST: Final = 300


def opened(session: Any, agent: str) -> None:
    """Note at a sign-in what the person is shown of this session later."""
    session[_ABOUT] = {
        "ref": str(uuid7()),
        "agent": agent[:_LONGEST],
        "opened_at": timezone.now().isoformat(),
    }


def forget_ended() -> int:
    """Delete sessions and passkey challenges that are over; give how many. Bookkeeping."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM identity_passkeychallenge WHERE expires_at < now()")
        number = int(cursor.rowcount)
        cursor.execute("DELETE FROM identity_session WHERE expire_date < now()")
        return number + int(cursor.rowcount)


class SessionStore(DatabaseSessions):
    """The framework's own sessions, with an owner; reading is written by hand."""

    @classmethod
    def get_model_class(cls) -> Any:
        """Our own table."""
        return apps.get_model("identity", "Session")

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Make the row that is saved: whose it is stands in the data of who signed in."""
        row: Any = super().create_model_instance(data)
        about = data.get(_ABOUT) or {}
        account = data.get("_auth_user_id")
        row.account_id = int(account) if account else None
        row.ref = about.get("ref")
        row.agent = about.get("agent", "")
        row.opened_at = parse_datetime(about.get("opened_at", "")) or timezone.now()
        row.method = str((data.get(_METHODS) or [{}])[-1].get("method", ""))[:20]
        row.seen_at = timezone.now()
        return row

    def _get_session_from_db(self) -> Any:
        """Give the row of the session that still holds, or None and forget the key.

        That it was seen is written at most once in five minutes, whatever the load.
        """
        row = fetch_one(_STORED, [self.session_key])
        if row is not None:
            session_data, expire_date, is_first = row
            if is_first:
                with connection.cursor() as cursor:
                    cursor.execute(_SEEN, [self.session_key])
            stored = self.model(session_data=session_data, expire_date=expire_date)
            stored.pk = self.session_key
            return stored
        self._session_key = None
        return None
