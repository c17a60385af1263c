# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Short-lived logins for people and programs: stand-ins for the consumer's login, gone when due."""

import secrets
from datetime import UTC, timedelta
from typing import Final
from urllib.parse import quote

from marketplace.connectors.base import ConnInfo, Grant, Permanent, Principal, QueryRefused
from marketplace.connectors.mariadb import statements
from marketplace.connectors.mariadb.config import CONTROL, ENTITLEMENTS, MariadbConfig
from marketplace.connectors.mariadb.connections import Provisioner, utc
from marketplace.connectors.withdrawing import Withdrawn

LONGEST_TTL: Final = timedelta(hours=12)
_STANDS: Final = f"""
SELECT e.expires_at, SYSDATE(6) FROM {ENTITLEMENTS}.entitlement AS e
 WHERE e.handle = %s AND e.login = %s AND e.expires_at > SYSDATE(6)
"""


def issue(
    provisioner: Provisioner, config: MariadbConfig, grant: Grant, ttl: timedelta
) -> ConnInfo:
    """Make a login that ends after `ttl` (12 hours at most) or with the access, whichever is first.

    The server itself refuses it rows after that moment. Raises QueryRefused("access-ended") when
    the access does not stand, by the platform's clock.
    """
    if not timedelta(0) < ttl <= LONGEST_TTL:
        raise ValueError(f"a credential lives up to {LONGEST_TTL}")
    login, handle = config.login_of(grant.principal), grant.variant.handle(config.env)
    user = config.credential_name(login, secrets.token_hex(8))
    password = secrets.token_urlsafe(24)
    with provisioner.session() as session:
        found = session.rows(_STANDS, [handle, login])
        if not found:
            raise QueryRefused("access-ended", "There is no access to this port at the moment.")
        ends, moment = (utc(one) for one in found[0])
        until = min(ends, moment + ttl)
        arguments = ", ".join(
            [
                statements.literal(user),
                statements.literal(session.flavour.hashed(password)),
                statements.literal(login),
                f"'{until.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'",
            ]
        )
        session.rows(f"CALL {CONTROL}.make_credential({arguments})")
    host = config.public_host or config.host
    return ConnInfo(
        host=host,
        port=config.port,
        database=grant.variant.relation_schema,
        user=user,
        password=password,
        expires_at=until,
        relation=statements.view(grant.variant),
        url=f"mysql://{user}:{quote(password, safe='')}@{host}:{config.port}"
        f"/{quote(grant.variant.relation_schema, safe='')}",
    )


def clean_up(provisioner: Provisioner) -> int:
    """Drop the short-lived logins that are due and end their sessions. Returns how many."""
    return _drop(provisioner, "expires_at <= SYSDATE(6)", [])


def withdraw(provisioner: Provisioner, config: MariadbConfig, principal: Principal) -> int:
    """Drop all short-lived logins of one consumer, due or not. Returns how many."""
    return _drop(provisioner, "consumer = %s", [config.login_of(principal)])


def drop_one(provisioner: Provisioner, config: MariadbConfig, user: str) -> Withdrawn:
    """Drop one login, end its sessions and read back; what is not ours is refused (Permanent)."""
    ours = f"SELECT COUNT(*) FROM {ENTITLEMENTS}.credential WHERE login = %s"
    stands = f"SELECT COUNT(*) FROM {CONTROL}.account WHERE login = %s"
    with provisioner.session() as session:
        known, there = session.rows(ours, [user])[0][0], session.rows(stands, [user])[0][0]
        ours_by_name = user.startswith(f"mp_{config.env}_") and user.endswith("_t")
        if not known and (there or not ours_by_name):
            raise Permanent(f"{user} is not a short-lived login of ours")
        if known:
            session.rows(f"CALL {CONTROL}.drop_credential({statements.literal(user)})")
        left = session.rows(ours, [user])[0][0] + session.rows(stands, [user])[0][0]
    words = "the account stands" if left else "no such account; its sessions were ended"
    return Withdrawn(user, existed=bool(known), sessions=None, gone=not left, read_back=words)


def _drop(provisioner: Provisioner, which: str, values: list[str]) -> int:
    find = f"SELECT login FROM {ENTITLEMENTS}.credential WHERE {which} ORDER BY login"
    with provisioner.session() as session:
        found = session.rows(find, list(values))
        for (user,) in found:
            session.rows(f"CALL {CONTROL}.drop_credential({statements.literal(user)})")
    return len(found)
