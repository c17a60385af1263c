# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Short-lived logins for people and programs: a member of the consumer's login, gone when due."""

import secrets
from datetime import timedelta
from typing import Final
from urllib.parse import quote

import psycopg

from marketplace.connectors.base import ConnInfo, Grant, Principal, QueryRefused
from marketplace.connectors.postgres import statements
from marketplace.connectors.postgres.bootstrap import OPTIONS_CAME
from marketplace.connectors.postgres.config import ENTITLEMENTS, PostgresConfig
from marketplace.connectors.postgres.connections import Provisioner, Session, scram
from marketplace.connectors.postgres.failures import translate

LONGEST_TTL: Final = timedelta(hours=12)
_STANDS: Final = f"""
SELECT least(e.expires_at, now() + %s) FROM {ENTITLEMENTS}.entitlement AS e
  JOIN pg_roles AS r ON r.rolname = e.login AND r.oid = e.consumer
 WHERE e.handle = %s AND e.login = %s AND e.expires_at > now()
"""
_EXPIRED: Final = """
SELECT rolname FROM pg_roles
 WHERE rolname LIKE %s AND shobj_description(oid, 'pg_authid') = %s AND rolvaliduntil <= now()
 ORDER BY rolname
"""
_OF_CONSUMER: Final = """
SELECT taker.rolname FROM pg_auth_members AS m
  JOIN pg_roles AS owner ON owner.oid = m.roleid
  JOIN pg_roles AS taker ON taker.oid = m.member
 WHERE owner.rolname = %s AND taker.rolname LIKE %s
   AND shobj_description(taker.oid, 'pg_authid') = %s
 ORDER BY 1
"""


def issue(
    provisioner: Provisioner, config: PostgresConfig, grant: Grant, ttl: timedelta
) -> ConnInfo:
    """Make a login that ends after `ttl` (12 hours at most) or with the access, whichever is first.

    Raises QueryRefused("access-ended") when the access does not stand, by the platform's clock.
    """
    if not timedelta(0) < ttl <= LONGEST_TTL:
        raise ValueError(f"a credential lives up to {LONGEST_TTL}")
    login, handle = config.login_of(grant.principal), grant.variant.handle(config.env)
    user = config.credential_name(login, secrets.token_hex(8))
    password = secrets.token_urlsafe(24)
    with provisioner.session() as session, session.transaction():
        row = session.execute(_STANDS.encode(), [ttl, handle, login]).fetchone()
        if row is None:
            raise QueryRefused("access-ended", "There is no access to this port at the moment.")
        verifier = scram(session, user, password)
        server = statements.BEFORE_16 if session.info.server_version < OPTIONS_CAME else ""
        session.execute(
            (
                f"CREATE ROLE {statements.name(user)} LOGIN CONNECTION LIMIT 5"
                f" PASSWORD {statements.literal(verifier)}"
                f" VALID UNTIL {statements.literal(row[0].isoformat())};\n"
                f"COMMENT ON ROLE {statements.name(user)}"
                f" IS {statements.literal(config.credential_mark)};\n"
                f"{statements.join(login, user, server)}"
            ).encode()
        )
    host = config.public_host or config.host
    return ConnInfo(
        host=host,
        port=config.port,
        database=config.database,
        user=user,
        password=password,
        expires_at=row[0],
        relation=statements.view(grant.variant),
        url=f"postgresql://{user}:{quote(password, safe='')}@{host}:{config.port}"
        f"/{quote(config.database, safe='')}",
    )


def clean_up(provisioner: Provisioner, config: PostgresConfig) -> int:
    """Drop the short-lived logins that are due and end their sessions. Returns how many."""
    asked = [config.credential_pattern, config.credential_mark]
    with provisioner.session() as session:
        due = [row[0] for row in session.execute(_EXPIRED, asked).fetchall()]
        for user in due:
            drop(session, user)
    return len(due)


def withdraw(provisioner: Provisioner, config: PostgresConfig, principal: Principal) -> int:
    """Drop all short-lived logins of one consumer, due or not. Returns how many."""
    asked = [config.login_of(principal), config.credential_pattern, config.credential_mark]
    with provisioner.session() as session:
        found = [row[0] for row in session.execute(_OF_CONSUMER, asked).fetchall()]
        for user in found:
            drop(session, user)
    return len(found)


def drop(session: Session, user: str) -> int:
    """Close the door, end the sessions, drop the role; one that left traces stays closed.

    Returns how many sessions were ended.
    """
    role = statements.name(user)
    session.execute(f"ALTER ROLE {role} NOLOGIN".encode())
    ended = session.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", [user]
    ).rowcount
    try:
        session.execute(f"DROP ROLE {role}".encode())
    except psycopg.errors.DependentObjectsStillExist:
        # It set default privileges or the like. It cannot log in any more and is no member.
        session.execute(f"ALTER ROLE {role} VALID UNTIL 'infinity'".encode())
    except psycopg.Error as error:
        raise translate(error) from error
    return ended
