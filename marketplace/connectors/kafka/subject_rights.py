"""Who lets consumers read a subject of the registry: a service of Confluent's, or Redpanda's rules.

Both are asked in the same words: what a user may read, to make it exactly that, and whether it is
let in. Where neither is configured the registry's rights are its administrator's.
"""

from typing import Final

from marketplace.connectors.grants import Level
from marketplace.connectors.kafka import redpanda, roles
from marketplace.connectors.kafka.config import KafkaConfig

SERVICE: Final[Level] = "simulated"
"""How far the word of a service reaches: nobody logged in as the consumer."""


def subject_of(topic: str) -> str:
    """Name the subject of a topic's values, as serializers do when nobody says otherwise."""
    return f"{topic}-value"


def held(config: KafkaConfig, login: str) -> frozenset[str]:
    """Read which subjects a user may read; a pattern that is a prefix ends in `*`."""
    return roles.held(config, login) if config.mds_url else redpanda.held(config, login)


def settle(config: KafkaConfig, login: str, wanted: frozenset[str]) -> str:
    """Make a user's subjects exactly these; shrinks before it grows."""
    if config.mds_url:
        return roles.settle(config, login, wanted)
    return redpanda.settle(config, login, wanted)


def allows(config: KafkaConfig, login: str, subject: str) -> bool:
    """Whether a consumer's user is let at a subject."""
    if config.mds_url:
        return roles.allows(config, login, subject)
    return redpanda.allows(config, login, subject)


def level(config: KafkaConfig, worth: Level) -> Level:
    """Say how far a proof reaches: Redpanda is read as the consumer, a service only asked."""
    return SERVICE if config.mds_url else worth
