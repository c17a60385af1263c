"""How to connect: the words to copy, with real names and never a secret."""

from dataclasses import asdict

from django.conf import settings

from catalog.models import OutputPort
from marketplace.connectors.snippets import Reader, snippets_of


def snippets(
    port: OutputPort,
    login: str | None = None,
    *,
    handle: str = "",
    consumer: tuple[str, str] = ("", ""),
) -> list[dict[str, str]]:
    """Give ways to read a port, as its platform is read: ``[{kind, title, text}]``.

    ``login`` is one that was handed out and stands; ``handle`` and ``consumer`` (kind, key) name
    the reader's own access. What is not known is a placeholder, ``<user>``.
    Ports that no connector reads have none, so the list is empty.
    """
    if not port.relation or port.platform is None:
        return []
    schema, _, name = port.resource.partition(".")
    reader = Reader(
        schema=port.relation_schema,
        name=port.relation_name,
        base_schema=schema,
        base_name=name,
        product=port.product.name,
        env=str(port.platform.config.get("env") or settings.PLATFORM_ENV),
        login=login or "",
        handle=handle,
        consumer=consumer,
    )
    return [asdict(one) for one in snippets_of(port.platform.kind, port.platform.config, reader)]
