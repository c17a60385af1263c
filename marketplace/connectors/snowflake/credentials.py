"""Short-lived ways in for people and programs: programmatic access tokens of the consumer's user.

A token is bound to the consumer's one role and ends by itself, but Snowflake counts in whole days,
so shorter ones are taken away by `clean_up`. What it may read ends with the access in any case.
"""

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from marketplace.connectors.base import (
    ConnInfo,
    Grant,
    NeedsHuman,
    Part,
    Permanent,
    Principal,
    QueryRefused,
)
from marketplace.connectors.snowflake import statements
from marketplace.connectors.snowflake.client import Client
from marketplace.connectors.snowflake.config import SnowflakeConfig
from marketplace.connectors.snowflake.failures import UNSEEN, Refusal, translate
from marketplace.connectors.withdrawing import Withdrawn

LONGEST_TTL: Final = timedelta(hours=12)
_PREFIX: Final = "EMPORION_"
_HTTPS: Final = 443
_LOGIN: Final = re.compile(r"[A-Z0-9_]+\Z")


def issue(client: Client, config: SnowflakeConfig, grant: Grant, ttl: timedelta) -> ConnInfo:
    """Make a token that ends after `ttl` (12 hours at most) or with the access.

    Raises QueryRefused("access-ended") when the access does not stand, by the account's clock.
    """
    if not timedelta(0) < ttl <= LONGEST_TTL:
        raise ValueError(f"a credential lives up to {LONGEST_TTL}")
    login = config.login_of(grant.principal)
    try:
        until = _until(client, config, grant, ttl)
        name = f"{_PREFIX}{int(until.timestamp())}_{secrets.token_hex(6).upper()}"
        made = client.dicts(
            f"ALTER USER {statements.name(login)} ADD PROGRAMMATIC ACCESS TOKEN {name}"
            f" ROLE_RESTRICTION = {statements.text(login)} DAYS_TO_EXPIRY = 1"
        )
    except Refusal as refusal:
        raise translate(refusal) from refusal
    if not made or not made[0].get("token_secret"):
        raise NeedsHuman("the account made no token; see the network policy of service users")
    host = urlsplit(config.base_url)
    secret = str(made[0]["token_secret"])
    place = f"{quote(config.database, safe='')}/{quote(grant.variant.relation_schema, safe='')}"
    return ConnInfo(
        host=host.hostname or "",
        port=host.port or _HTTPS,
        database=config.database,
        user=login,
        password=secret,
        expires_at=until,
        relation=statements.view(config, grant.variant),
        url=f"snowflake://{login}:{quote(secret, safe='')}@{config.account}/{place}"
        f"?role={login}&warehouse={quote(config.warehouse_of(grant.principal), safe='')}",
        login=f"{login}/{name}",
        parts=(
            Part("account", config.account, secret=False),
            Part("user", login, secret=False),
            Part("token", secret),
        ),
    )


def _until(client: Client, config: SnowflakeConfig, grant: Grant, ttl: timedelta) -> datetime:
    found = client.rows(
        f"SELECT EXPIRES_AT, SYSDATE() FROM {statements.control(config, statements.ENTITLEMENT)}"  # noqa: S608 - quoted by us
        " WHERE HANDLE = ? AND CONSUMER = ? AND EXPIRES_AT > SYSDATE()",
        config.handle_of(grant.variant),
        config.login_of(grant.principal),
    )
    if not found:
        raise QueryRefused("access-ended", "There is no access to this port at the moment.")
    ends, moment = (one.replace(tzinfo=UTC) for one in found[0])
    until: datetime = min(ends, moment + ttl)
    return until


def clean_up(client: Client, config: SnowflakeConfig) -> int:
    """Remove the tokens of our consumers that are due. Returns how many."""
    try:
        ((moment,),) = client.rows("SELECT SYSDATE()")
        users = client.dicts(rf"SHOW USERS LIKE 'MP\\_{config.env.upper()}\\_%\\_C'")
        due = moment.replace(tzinfo=UTC).timestamp()
        return sum(
            _remove(client, one["name"], due) for one in users if one["owner"] == config.role
        )
    except Refusal as refusal:
        raise translate(refusal) from refusal


def withdraw(client: Client, config: SnowflakeConfig, principal: Principal) -> int:
    """Remove all tokens of one consumer, due or not. Returns how many."""
    try:
        return _remove(client, config.login_of(principal), None)
    except Refusal as refusal:
        if refusal.code in UNSEEN:
            return 0
        raise translate(refusal) from refusal


def drop_one(client: Client, config: SnowflakeConfig, asked: str) -> Withdrawn:
    """Remove one token (`user/token`), stop what its user runs, and read back.

    Raises Permanent for a token that is not one of ours.
    """
    login, _, token = asked.partition("/")
    ends, _, rest = token.removeprefix(_PREFIX).partition("_")
    ours = _LOGIN.match(login) and login.startswith(f"MP_{config.env.upper()}_")
    if not ours or not token.startswith(_PREFIX) or not (ends + rest).isalnum():
        raise Permanent(f"{asked} is not a short-lived login of ours")
    user = statements.name(login)
    try:
        stood = token in _tokens(client, user)
        if stood:
            client.run(f"ALTER USER {user} REMOVE PROGRAMMATIC ACCESS TOKEN {token}")
            client.run(f"ALTER USER {user} ABORT ALL QUERIES")
        gone = token not in _tokens(client, user)
    except Refusal as refusal:
        if refusal.code not in UNSEEN:
            raise translate(refusal) from refusal
        stood, gone = False, True
    words = "no such token; its user's queries were stopped" if gone else "the token stands"
    return Withdrawn(asked, existed=stood, sessions=None, gone=gone, read_back=words)


def _tokens(client: Client, user: str) -> frozenset[str]:
    found = client.dicts(f"SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER {user}")
    return frozenset(str(one["name"]) for one in found)


def _remove(client: Client, login: str, due: float | None) -> int:
    user = statements.name(login)
    removed = 0
    for one in client.dicts(f"SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER {user}"):
        name = str(one["name"])
        ends = name.removeprefix(_PREFIX).partition("_")[0]
        if not name.startswith(_PREFIX) or not ends.isdecimal():
            continue
        if due is None or int(ends) <= due:
            client.run(f"ALTER USER {user} REMOVE PROGRAMMATIC ACCESS TOKEN {name}")
            removed += 1
    return removed
