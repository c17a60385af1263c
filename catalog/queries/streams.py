"""What a platform tells of a stream, in plain values: facts, its fields, its last messages.

Values of messages are shown as classified: what is about people, confidential, restricted, or no
column of the contract, shows only the form of a value.
"""

import json
import re
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from catalog.models import OutputPort, SchemaColumn
from catalog.queries.ports import columns_of
from catalog.states import Classification
from marketplace.connectors.brokers.fields import (
    UnreadableSchema,
    tree_of,
    tree_of_messages,
)
from marketplace.connectors.brokers.streams import (
    Message,
    StreamConnector,
    StreamFacts,
    StreamSchema,
)

SHOWN_MESSAGES: Final = 10
_INFERRED_FROM: Final = 100
_LONGEST: Final = 200
_SECRET: Final = (Classification.CONFIDENTIAL, Classification.RESTRICTED)


def is_secret(column: SchemaColumn) -> bool:
    """Tell whether a column's values may not be shown to everybody who sees the schema."""
    return column.personal_data or column.classification in _SECRET


def form_of(value: str) -> str:
    """Give the form of a value: "ana@ex.org" becomes "xxx@xx.xxx", "2013" becomes "9999"."""
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", value))


def stream_of(connector: StreamConnector, port: OutputPort) -> dict[str, Any]:
    """Ask a platform of streams about a port. Raises ConnectorError; call it in no transaction."""
    where = port.resource.partition(".")[::2]
    facts = connector.stream(*where)
    found = connector.last_messages(*where, _INFERRED_FROM)
    open_names = {column.name for column in columns_of(port) if not is_secret(column)}
    return {
        **_plain(facts),
        "schema": _schema(facts.schema),
        "fields": [one.as_json() for one in _fields(facts.schema, found)],
        "last": [_shown(one, open_names) for one in reversed(found[-SHOWN_MESSAGES:])],
    }


def _plain(facts: StreamFacts) -> dict[str, Any]:
    kept = asdict(facts)
    del kept["schema"]
    return kept | {"first_at": _text(facts.first_at), "last_at": _text(facts.last_at)}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _schema(schema: StreamSchema | None) -> dict[str, Any] | None:
    if schema is None:
        return None
    return {"format": schema.format, "subject": schema.subject, "version": schema.version}


def _fields(schema: StreamSchema | None, found: tuple[Message, ...]) -> Any:
    """Give the tree of the registered schema; without one that can be read, of the messages."""
    if schema is not None:
        try:
            return tree_of(schema.format, schema.text)
        except UnreadableSchema:
            pass
    return tree_of_messages(one.value for one in found)


def _shown(one: Message, open_names: set[str]) -> dict[str, Any]:
    """Give one message; its key is left out, because keys are often about people."""
    values = one.value if isinstance(one.value, dict) else {"value": one.value}
    return {
        "at": _text(one.at),
        "partition": one.partition,
        "offset": one.offset,
        "size": one.size,
        "values": {
            name: _cell(value, is_open=name in open_names)
            for name, value in values.items()
            if value is not None
        },
    }


def _cell(value: object, *, is_open: bool) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return (text if is_open else form_of(text))[:_LONGEST]
