"""Words to copy for reading a port with people's own tools, by kind of platform.

Pure: made from a connection's open values, never from a secret, and nothing is asked. A connector
that another package brings says its own by a static method `snippets(config, reader)`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from marketplace.connectors.errors import ConnectorError
from marketplace.connectors.registry import class_for
from marketplace.connectors.snippets import aws, files, postgres, sql, streams
from marketplace.connectors.snippets.reader import Reader, Snippet

__all__ = ["Reader", "Snippet", "snippets_of"]

type _Says = Callable[[Mapping[str, Any], Reader], tuple[Snippet, ...]]

_OURS: Final[Mapping[str, _Says]] = {
    "databricks": sql.databricks,
    "files": files.snippets,
    "kafka": streams.kafka,
    "kinesis": aws.kinesis,
    "lakeformation": aws.lakeformation,
    "mariadb": sql.mariadb,
    "nats": streams.nats,
    "postgres": postgres.snippets,
    "rabbitmq": streams.rabbitmq,
    "s3": aws.s3,
    "snowflake": sql.snowflake,
}


def snippets_of(kind: str, config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:
    """Give ways to read a port on a platform of this kind; none when nobody wrote any."""
    says: _Says | None = _OURS.get(kind)
    if says is None:
        try:
            says = getattr(class_for(kind), "snippets", None)
        except (ConnectorError, ImportError, LookupError, ValueError):
            return ()
    return tuple(says(config, reader)) if says is not None else ()
