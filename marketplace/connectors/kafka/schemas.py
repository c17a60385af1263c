"""The schema registry: subjects read over HTTP, payloads read by the schema they name.

The API is Confluent's, which Karapace and Apicurio answer as well. A payload that a serializer of
the registry wrote starts with a zero byte and the schema's number in four bytes; Protobuf adds
which message of the schema it is.
"""

import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

from marketplace.connectors.base import NeedsHuman, Permanent, Transient
from marketplace.connectors.brokers import messages, protobuf, rest
from marketplace.connectors.brokers.streams import SchemaFormat, StreamSchema
from marketplace.connectors.kafka.config import KafkaConfig

_FORMATS: Final[dict[str, SchemaFormat]] = {
    "AVRO": "avro",
    "JSON": "json-schema",
    "PROTOBUF": "protobuf",
}
_HEAD: Final = 5
_OK: Final = 200
_MISSING: Final = 404
_FORBIDDEN: Final = frozenset({401, 403})


@dataclass
class Registry:
    """One conversation with the registry; schemas are asked for once."""

    config: KafkaConfig
    _known: dict[int, tuple[SchemaFormat, str] | None] = field(default_factory=dict)

    def latest(self, topic: str) -> StreamSchema | None:
        """Read the newest schema of a topic's values; None without one, or without a registry."""
        told = self._ask(f"subjects/{quote(topic, safe='')}-value/versions/latest")
        form = _FORMATS.get(str((told or {}).get("schemaType", "AVRO")))
        if told is None or form is None:
            return None
        return StreamSchema(form, told["schema"], told["subject"], int(told["version"]))

    def decode(self, payload: bytes) -> Any:
        """Read a payload by the schema that it names, else as JSON or text."""
        if len(payload) > _HEAD and payload[0] == 0 and self.config.registry_url:
            schema = self._by_number(int.from_bytes(payload[1:_HEAD]))
            if schema is not None:
                return _decoded(*schema, payload[_HEAD:])
        return messages.decode(payload)

    def _by_number(self, number: int) -> tuple[SchemaFormat, str] | None:
        if number not in self._known:
            told = self._ask(f"schemas/ids/{number}")
            form = _FORMATS.get(str((told or {}).get("schemaType", "AVRO")))
            self._known[number] = None if told is None or form is None else (form, told["schema"])
        return self._known[number]

    def _ask(self, what: str) -> dict[str, Any] | None:
        """Ask the registry; None for 404. Raises Transient, NeedsHuman, Permanent."""
        if not self.config.registry_url:
            return None
        url = urlsplit(self.config.registry_url)
        login = (self.config.registry_user, self.config.registry_password)
        where = f"{url.path.rstrip('/')}/{what}"
        server = rest.Server("registry", url.hostname or "", url.port, tls=url.scheme == "https")
        answer = rest.exchange(server, "GET", where, login if login[0] else None)
        if answer.status == _MISSING:
            return None
        if answer.status in _FORBIDDEN:
            raise NeedsHuman(f"the schema registry refuses: {answer.status}")
        if answer.status >= 500:  # noqa: PLR2004 - the server's own faults
            raise Transient(f"the schema registry: {answer.status}", 1.0)
        if answer.status != _OK:
            raise Permanent(f"the schema registry: {answer.status}")
        found: dict[str, Any] = json.loads(answer.content)
        return found


def _decoded(form: SchemaFormat, text: str, body: bytes) -> Any:
    if form == "json-schema":
        return messages.decode(body)
    if form == "avro":
        return _avro(text, body)
    try:
        return protobuf.decode(text, body)
    except protobuf.UnreadablePayload:
        return f"({len(body)} bytes)"


def _avro(text: str, body: bytes) -> Any:
    """Read one Avro value; what does not fit its schema comes back as its size."""
    import io

    import fastavro

    try:
        schema = fastavro.parse_schema(json.loads(text))
        found = fastavro.schemaless_reader(io.BytesIO(body), schema, None)
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        EOFError,
        fastavro.schema.SchemaParseException,
    ):
        return f"({len(body)} bytes)"
    return json.loads(json.dumps(found, default=_plain))


def _plain(value: object) -> str:
    return f"({len(value)} bytes)" if isinstance(value, bytes) else str(value)
