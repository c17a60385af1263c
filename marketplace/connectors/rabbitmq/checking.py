"""Looking at the provisioner's own user: enough to work, and no more than that."""

from typing import Final

from marketplace.connectors.base import ConnectorError, Finding, NeedsHuman
from marketplace.connectors.rabbitmq import management
from marketplace.connectors.rabbitmq.config import CONTROL_QUEUE, NOTHING, RabbitmqConfig

_OLDEST: Final = (3, 10)


def check(config: RabbitmqConfig) -> list[Finding]:
    """Name what is missing (error) and what is too much (warning)."""
    try:
        return _judged(config)
    except NeedsHuman:
        text = "It is not let in, or is no administrator: only such may make users."
        return [Finding("error", "no-administrator", text)]
    except ConnectorError as error:
        return [Finding("error", "unreachable", error.message)]


def _judged(config: RabbitmqConfig) -> list[Finding]:
    tags = management.get(config, "whoami")["tags"]
    if "administrator" not in tags:
        raise NeedsHuman("no administrator")
    told = management.get(config, "overview")
    if management.get(config, "vhosts", config.vhost) is None:
        return [Finding("error", "no-vhost", f"There is no virtual host {config.vhost}.")]
    found = []
    version = tuple(int(part) for part in str(told["rabbitmq_version"]).split(".")[:2])
    if version < _OLDEST:
        found.append(Finding("error", "server-too-old", "RabbitMQ 3.10 or newer is needed."))
    if management.get(config, "queues", config.vhost, CONTROL_QUEUE) is None:
        text = f"The queue {CONTROL_QUEUE} is missing: prepare()."
        found.append(Finding("error", "not-prepared", text))
    right = management.get(config, "permissions", config.vhost, config.user)
    for word, verb in (("read", "read"), ("write", "write to"), ("configure", "configure")):
        if right is not None and right[word] not in {"", NOTHING}:
            text = f"It may {verb} what matches {right[word]} in {config.vhost}."
            found.append(Finding("warning", f"may-{word}", text))
    return found
