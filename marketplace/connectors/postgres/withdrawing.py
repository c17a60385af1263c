"""One short-lived login, dropped by its name and read back."""

from collections.abc import Collection
from typing import Final

from marketplace.connectors.base import Permanent
from marketplace.connectors.postgres import credentials
from marketplace.connectors.postgres.config import PostgresConfig
from marketplace.connectors.postgres.connections import Provisioner
from marketplace.connectors.withdrawing import Withdrawn

_FOUND: Final = """
SELECT rolname LIKE %s AND coalesce(shobj_description(oid, 'pg_authid') = %s, false), rolcanlogin
  FROM pg_roles WHERE rolname = %s
"""
_SESSIONS: Final = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
_IN_USE: Final = "SELECT DISTINCT usename FROM pg_stat_activity WHERE usename = ANY(%s)"


def drop(provisioner: Provisioner, config: PostgresConfig, user: str) -> Withdrawn:
    """Drop one login and end its sessions; what is not ours is refused (Permanent)."""
    asked = [config.credential_pattern, config.credential_mark, user]
    with provisioner.session() as session:
        found = session.execute(_FOUND, asked).fetchone()
        ended = 0
        if found is not None and not found[0]:
            raise Permanent(f"{user} is not a short-lived login of ours")
        if found is not None:
            ended = credentials.drop(session, user)
        left = session.execute(_FOUND, asked).fetchone()
        row = session.execute(_SESSIONS, [user]).fetchone()
    open_still = int(row[0]) if row else 0
    closed = left is None or not left[1]
    role = "no such role" if left is None else "the role stays, without login"
    return Withdrawn(
        user,
        existed=found is not None,
        sessions=ended,
        gone=closed and not open_still,
        read_back=f"{role}, {open_still} sessions",
    )


def in_use(provisioner: Provisioner, users: Collection[str]) -> frozenset[str]:
    """Give which of these logins have an open session on this server now."""
    with provisioner.session() as session:
        rows = session.execute(_IN_USE, [sorted(users)]).fetchall()
    return frozenset(str(row[0]) for row in rows)
