"""Looking at our own rights in both accounts: enough to work, and no more than that."""

import json
from typing import Any

from marketplace.connectors.base import ConnectorError, Finding
from marketplace.connectors.nats import accounts, bootstrap
from marketplace.connectors.nats.config import OWN_STREAM, NatsConfig
from marketplace.connectors.nats.links import LoginRefused, NotThere, provisioner
from marketplace.connectors.nats.observing import covers


async def check(config: NatsConfig) -> list[Finding]:
    """Name what is missing (error) and what is too much (warning)."""
    found: list[Finding] = []
    wanted = {
        config.account: ("data", bootstrap.rights_in_data(config)),
        config.system_account: ("system", bootstrap.rights_in_system(config)),
    }
    for account, (word, rights) in wanted.items():
        try:
            found += await _one(config, account, word, rights)
        except LoginRefused:
            text = f"Our signing key is missing in the {word} account: add it once."
            found.append(Finding("error", f"no-{word}-scope", text))
        except ConnectorError as error:
            found.append(Finding("error", "unreachable", error.message))
    return found if any(one.level == "error" for one in found) else [*found, *await _more(config)]


async def _one(config: NatsConfig, account: str, word: str, rights: list[str]) -> list[Finding]:
    async with provisioner(config, account) as link:
        told = json.loads(await link.ask("$SYS.REQ.USER.INFO"))
    allowed = _allowed(told["data"].get("permissions"))
    lacks = [one for one in rights if not any(covers(has, one) for has in allowed)]
    excess = [one for one in allowed if not any(covers(right, one) for right in rights)]
    found = []
    if lacks:
        text = f"It may not publish to {', '.join(lacks)} in the {word} account."
        found.append(Finding("error", f"{word}-rights-missing", text))
    if excess:
        text = f"It may publish to {', '.join(excess[:5])} in the {word} account."
        found.append(Finding("warning", f"{word}-rights-excess", text))
    return found


def _allowed(permissions: dict[str, Any] | None) -> list[str]:
    """List what may be published to; no list means everything."""
    allowed = ((permissions or {}).get("publish") or {}).get("allow")
    return list(allowed) if allowed else [">"]


async def _more(config: NatsConfig) -> list[Finding]:
    """Look whether the account's claims can be read and carry our signature."""
    async with provisioner(config, config.system_account) as system:
        claims = await accounts.read(system, config)
    async with provisioner(config) as data:
        try:
            await data.api(f"STREAM.INFO.{OWN_STREAM}")
        except NotThere:
            text = f"The stream {OWN_STREAM} is missing: prepare()."
            return [Finding("error", "not-prepared", text)]
    if claims["iss"] != config.operator.public:
        text = "The account is signed by another operator key; ours signs it at the next change."
        return [Finding("info", "other-operator-key", text)]
    return []
