"""What an administrator adds once: two scoped signing keys, with exactly the rights we need."""

from typing import Any

from marketplace.connectors.nats.accounts import LOCK_S
from marketplace.connectors.nats.config import (
    LOCK_SUBJECT,
    OWN_STREAM,
    PROVISIONER_INBOX,
    NatsConfig,
)
from marketplace.connectors.nats.links import Link

_API = (
    "STREAM.INFO.*",
    "STREAM.NAMES",
    f"STREAM.CREATE.{OWN_STREAM}",
    f"STREAM.MSG.DELETE.{OWN_STREAM}",
    "CONSUMER.CREATE.*.*.>",
    "CONSUMER.DELETE.*.*",
    "CONSUMER.INFO.*.*",
    "CONSUMER.LIST.*",
    "CONSUMER.MSG.NEXT.*.*",
)
_SYSTEM = (
    "$SYS.REQ.CLAIMS.UPDATE",
    "$SYS.REQ.SERVER.PING.CONNZ",
    "$SYS.REQ.SERVER.*.KICK",
)
_WHO = "$SYS.REQ.USER.INFO"


def rights_in_data(config: NatsConfig) -> list[str]:
    """Name the subjects we publish to in the data account; previews read messages through it."""
    del config
    return [*(f"$JS.API.{one}" for one in _API), LOCK_SUBJECT, _WHO]


def rights_in_system(config: NatsConfig) -> list[str]:
    """Name the subjects we publish to in the system account."""
    return [*_SYSTEM, f"$SYS.REQ.ACCOUNT.{config.account}.CLAIMS.LOOKUP", _WHO]


def scopes_to_add(config: NatsConfig) -> dict[str, dict[str, Any]]:
    """Give the scoped signing key to add to each account, as it stands in the account's claims."""
    rights = {
        config.account: rights_in_data(config),
        config.system_account: rights_in_system(config),
    }
    return {
        account: {
            "kind": "user_scope",
            "key": config.own_key(account).public,
            "role": f"emporion_{config.instance}",
            "template": {
                "pub": {"allow": allowed},
                "sub": {"allow": [f"{PROVISIONER_INBOX}.>"]},
                "subs": -1,
                "data": -1,
                "payload": -1,
            },
        }
        for account, allowed in rights.items()
    }


async def prepare(data: Link) -> None:
    """Make our own stream: the lock's, whose messages the server drops, and the control object."""
    config = {
        "name": OWN_STREAM,
        "subjects": [LOCK_SUBJECT],
        "retention": "limits",
        "storage": "file",
        "max_age": LOCK_S * 1_000_000_000,
        "max_msgs_per_subject": 1,
        "num_replicas": 1,
        "description": "Emporion's own: a lock over changes of access",
    }
    await data.api(f"STREAM.CREATE.{OWN_STREAM}", config)
