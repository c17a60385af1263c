"""Dropping one .creds file before its time: its public key is revoked in the account's claims.

The server cuts the connections of a revoked user by itself and lets it in no more
(docs.nats.io, "Revocation"). An entry is needed for as long as the claims could live, so older
ones are taken out on the way.
"""

from datetime import timedelta
from typing import Any, Final

from marketplace.connectors.base import Permanent
from marketplace.connectors.nats import accounts
from marketplace.connectors.nats.applying import server_time
from marketplace.connectors.nats.config import NatsConfig
from marketplace.connectors.nats.keys import BadKey, check_public
from marketplace.connectors.nats.links import provisioner
from marketplace.connectors.withdrawing import Withdrawn

KEPT: Final = timedelta(days=2)
"""Longer than any login of ours lives."""
_ALL: Final = "*"

type Facts = dict[str, Any]


async def drop_one(config: NatsConfig, user: str) -> Withdrawn:
    """Revoke a user's public key and read the account back.

    Raises Permanent for what is no user's key: the sign for everybody above all.
    """
    try:
        check_public(user, "user")
    except BadKey:
        raise Permanent(f"{user} is not a short-lived login of ours") from None
    moment = int((await server_time(config)).timestamp())
    stood = True

    def edit(facts: Facts) -> None:
        nonlocal stood
        held: dict[str, int] = facts.setdefault("revocations", {})
        stood = user not in held
        held.setdefault(user, moment)
        due = moment - KEPT.total_seconds()
        for old in [one for one, at in held.items() if at < due and one != _ALL]:
            del held[old]

    open_before = await _open(config, user)
    await accounts.change(config, edit)
    async with provisioner(config, config.system_account) as system:
        claims = await accounts.read(system, config)
    gone = user in (claims["nats"].get("revocations") or {})
    words = "its key is revoked in the account" if gone else "its key is not revoked"
    return Withdrawn(user, existed=stood, sessions=open_before, gone=gone, read_back=words)


async def in_use(config: NatsConfig) -> frozenset[str]:
    """Give the public keys of all users with an open connection now."""
    return frozenset(await _connected(config))


async def _open(config: NatsConfig, user: str) -> int:
    return (await _connected(config)).count(user)


async def _connected(config: NatsConfig) -> list[str]:
    asked = {"auth": True, "acc": config.account, "limit": 10_000}
    async with provisioner(config, config.system_account) as system:
        answers = await system.collect_all("$SYS.REQ.SERVER.PING.CONNZ", asked)
    found = [one for answer in answers for one in answer["data"]["connections"]]
    return [str(one.get("nkey") or one.get("authorized_user", "")) for one in found]
