"""What a page shows of a stream: how it is cut, how long it keeps, its last messages, its schema.

A connector of a broker offers these beside `Connector`, and says so with "stream" in
`Capabilities.supports`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from marketplace.connectors.base import Grant

type SchemaFormat = Literal["avro", "json-schema", "protobuf"]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long messages stay; None where there is no such bound. `policy` in the broker's word."""

    seconds: float | None = None
    bytes: int | None = None
    messages: int | None = None
    policy: str = ""


@dataclass(frozen=True, slots=True)
class StreamSchema:
    """A schema as the registry holds it: its text, and where it stands there."""

    format: SchemaFormat
    text: str
    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """A stream as the platform tells of it; None for what it does not tell."""

    name: str
    kind: str
    description: str
    partitions: int | None
    replicas: int | None
    messages: int | None
    bytes: int | None
    retention: Retention
    first_at: datetime | None
    last_at: datetime | None
    schema: StreamSchema | None


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `value` is JSON if it is, else text, else a word on its size in bytes."""

    key: str
    partition: int | None
    offset: int
    at: datetime | None
    headers: tuple[tuple[str, str], ...]
    size: int
    value: Any


class StreamConnector(Protocol):
    """The questions a broker answers beside those of every platform."""

    def stream(self, schema: str, table: str) -> StreamFacts:
        """Describe a stream. Raises Permanent when there is none."""

    def streams(self) -> tuple[tuple[str, str], ...]:
        """List what can become a port, as (schema, table)."""

    def last_messages(self, schema: str, table: str, limit: int) -> tuple[Message, ...]:
        """Read the last messages for the owner's pages, oldest first; moves nobody's position."""

    def lag(self, grant: Grant) -> Mapping[str, int] | None:
        """Count the messages a consumer has not read, by group; None when it cannot be told."""
