"""The account's own claims: read by the system account, changed under a lock, read back.

The claims are one document for the whole account and the server has no compare-and-set for them,
so two writers on two handles would lose one another's change. A message on our own stream is the
lock: it is only taken when there is none, and the server itself drops it after thirty seconds.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from nats.errors import Error as NatsError
from nats.js.errors import APIError
from nats.js.errors import Error as StreamError

from marketplace.connectors.base import ConnectorError, NeedsHuman, Transient
from marketplace.connectors.nats.config import LOCK_SUBJECT, OWN_STREAM, NatsConfig
from marketplace.connectors.nats.keys import BadClaims, read_claims
from marketplace.connectors.nats.links import Link, provisioner

LOCK_S: Final = 30
_EDIT_S: Final = 20.0
_WAIT_S: Final = 10.0
_PAUSE_S: Final = 0.02
_WRONG_LAST_SEQUENCE: Final = 10071

type Claims = dict[str, Any]


async def read(system: Link, config: NatsConfig) -> Claims:
    """Read the account's claims as the server holds them."""
    answer = await system.ask(f"$SYS.REQ.ACCOUNT.{config.account}.CLAIMS.LOOKUP")
    try:
        return read_claims(answer.decode())
    except (BadClaims, UnicodeDecodeError):
        raise NeedsHuman("the server holds no claims of this account") from None


async def change(config: NatsConfig, edit: Callable[[Claims], object]) -> str:
    """Change the account's claims (`edit` works on NATS' own part).

    Returns the server's moment of the change, empty when there was nothing to change.

    Raises Transient when the server says yes and holds something else.
    """
    async with provisioner(config) as data, provisioner(config, config.system_account) as system:
        try:
            async with asyncio.timeout(_WAIT_S + _EDIT_S), _lock(data):
                async with asyncio.timeout(_EDIT_S):  # well before the lock ends by itself
                    return await _push(system, config, edit)
        except TimeoutError:
            raise Transient("changing the account took too long", 1.0) from None


async def _push(system: Link, config: NatsConfig, edit: Callable[[Claims], object]) -> str:
    claims = await read(system, config)
    before = repr(claims["nats"])
    edit(claims["nats"])
    if repr(claims["nats"]) == before:
        return ""
    kept = {name: claims[name] for name in ("name", "exp", "nbf", "aud") if name in claims}
    token = config.operator.claim(
        config.account, claims["nats"], **kept, iat=max(int(time.time()), claims.get("iat", 0))
    )
    answer = await system.ask("$SYS.REQ.CLAIMS.UPDATE", token.encode())
    if (await read(system, config))["nats"] != read_claims(token)["nats"]:
        raise Transient(f"the account was not changed: {answer[-200:].decode(errors='replace')}")
    return str(json.loads(answer)["server"]["time"])


@asynccontextmanager
async def _lock(data: Link) -> AsyncIterator[None]:
    stream = data.client.jetstream(timeout=2)
    headers = {"Nats-Expected-Last-Subject-Sequence": "0"}
    while True:
        try:
            taken = await stream.publish(LOCK_SUBJECT, b"", headers=headers)
            break
        except APIError as error:
            if error.err_code != _WRONG_LAST_SEQUENCE:
                raise NeedsHuman(f"the lock cannot be taken: {error.description}") from None
        except (StreamError, NatsError):
            raise NeedsHuman(f"the stream {OWN_STREAM} is missing: run prepare()") from None
        await asyncio.sleep(_PAUSE_S)
    try:
        yield
    finally:
        with suppress(ConnectorError):  # the server drops it
            await data.api(f"STREAM.MSG.DELETE.{OWN_STREAM}", {"seq": taken.seq, "no_erase": True})


def scopes(facts: Claims) -> list[Any]:
    """The account's signing keys: scopes (dict), or bare keys that may let anybody in (text)."""
    found: list[Any] = facts.setdefault("signing_keys", [])
    return found


def scope_named(facts: Claims, role: str) -> Claims | None:
    """Find the scope of a role."""
    named = (one for one in scopes(facts) if isinstance(one, dict) and one.get("role") == role)
    return next(named, None)
