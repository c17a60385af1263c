"""Which kind of platform is served by which class; others come in as entry points."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final, cast

from marketplace.connectors.base import Connector
from marketplace.connectors.labels import kind_label

ENTRY_POINTS: Final = "marketplace.connectors"
BUILT_IN: Final[Mapping[str, str]] = {
    "postgres": "marketplace.connectors.postgres:PostgresConnector",
    "databricks": "marketplace.connectors.databricks:DatabricksConnector",
    "files": "marketplace.connectors.files:FilesConnector",
    "kafka": "marketplace.connectors.kafka:KafkaConnector",
    "generator": "marketplace.connectors.reported:GeneratorConnector",
    "kinesis": "marketplace.connectors.aws.kinesis:KinesisConnector",
    "lakeformation": "marketplace.connectors.aws.lakeformation:LakeFormationConnector",
    "mariadb": "marketplace.connectors.mariadb:MariadbConnector",
    "nats": "marketplace.connectors.nats:NatsConnector",
    "rabbitmq": "marketplace.connectors.rabbitmq:RabbitmqConnector",
    "snowflake": "marketplace.connectors.snowflake:SnowflakeConnector",
    "memory": "marketplace.connectors.memory:MemoryConnector",
    "s3": "marketplace.connectors.aws.s3:S3Connector",
    "ticket": "marketplace.connectors.reported:TicketConnector",
}

_made: dict[tuple[str, str], Connector] = {}
_lock = threading.Lock()


class UnknownKind(LookupError):
    """No connector of this name is installed."""


def kinds() -> tuple[str, ...]:
    """List the kinds that can be configured, in order."""
    return tuple(sorted({*BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINTS))}))


def class_for(kind: str) -> type[Any]:
    """Import the class of a kind; what we ship wins over an entry point of the same name."""
    if kind in BUILT_IN:
        module, _, attribute = BUILT_IN[kind].partition(":")
        return cast("type[Any]", getattr(import_module(module), attribute))
    for point in entry_points(group=ENTRY_POINTS, name=kind):
        return cast("type[Any]", point.load())
    raise UnknownKind(f"no connector for {kind!r}; there are: {', '.join(kinds())}")


def label_of_kind(kind: str) -> str:
    """Give what people call a kind; another's connector says it in its class as ``label``."""
    if kind in BUILT_IN:
        return kind_label(kind)
    try:
        return kind_label(kind, str(getattr(class_for(kind), "label", "")))
    except (UnknownKind, ImportError):
        return kind


def serves_streams(kind: str) -> bool:
    """Whether a kind of platform holds streams (`brokers.streams.StreamConnector`)."""
    return hasattr(class_for(kind), "last_messages")


def serves_files(kind: str) -> bool:
    """Whether a kind of platform holds files, so that its ports may say `interface: file`.

    Its class says so by `holds_files = True`.
    """
    return bool(getattr(class_for(kind), "holds_files", False))


def connector_for(kind: str, config: Mapping[str, Any]) -> Connector:
    """Give the connector of this kind and configuration, the same object for the same values.

    Keeping it keeps its idle connections. Raises UnknownKind, or TypeError and ValueError for a
    configuration that does not fit.
    """
    values = repr(sorted(config.items()))
    key = (kind, hashlib.sha256(values.encode()).hexdigest())  # the values hold secrets
    with _lock:
        if key not in _made:
            make: Callable[[Mapping[str, Any]], Connector] = class_for(kind).from_config
            _made[key] = make(config)
        return _made[key]
