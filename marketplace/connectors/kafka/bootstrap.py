"""What an administrator gives the marketplace's user once, and the topic nobody is promised."""

from typing import Final

from confluent_kafka.admin import NewTopic

from marketplace.connectors.kafka.acls import Acl
from marketplace.connectors.kafka.config import CONTROL_TOPIC, KafkaConfig
from marketplace.connectors.kafka.links import AlreadyThere, provisioner

ON_CLUSTER: Final = frozenset({"ALTER", "DESCRIBE"})
ON_CONTROL: Final = frozenset({"CREATE", "DESCRIBE", "DESCRIBE_CONFIGS"})


def rights_to_give(config: KafkaConfig) -> list[Acl]:
    """Give the rules of the marketplace's own user: it reads no topic's messages."""
    who = f"User:{config.user}"
    on_cluster = (Acl("BROKER", "kafka-cluster", "LITERAL", who, one) for one in ON_CLUSTER)
    on_topics = (Acl("TOPIC", "*", "LITERAL", who, one) for one in ("DESCRIBE", "DESCRIBE_CONFIGS"))
    return sorted(
        [
            *on_cluster,
            *on_topics,
            Acl("TOPIC", CONTROL_TOPIC, "LITERAL", who, "CREATE"),
            Acl("GROUP", "mp-", "PREFIXED", who, "DESCRIBE"),
        ]
    )


def prepare(config: KafkaConfig) -> None:
    """Make the topic that nobody is promised, unless it stands."""
    wanted = NewTopic(CONTROL_TOPIC, 1, config.control_replicas)
    with provisioner(config) as admin:
        asked = admin.client.create_topics([wanted], request_timeout=admin.timeout)
        try:
            admin.wait(asked[CONTROL_TOPIC])
        except AlreadyThere:
            return
