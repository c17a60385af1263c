"""Invented rows of a port, under the name of its published relation."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from catalog.descriptors import odcs, safe_yaml
from catalog.descriptors.model import Column
from catalog.models import ContractVersion, OutputPort
from catalog.queries.ports import columns_of
from catalog.synthetic import Invented, invent
from marketplace.connectors.base import SandboxTable

INVENTED_ROWS: Final = 60


def sandbox_table(port: OutputPort) -> SandboxTable | None:
    """Invent a port's rows from its contract; None where the port is no relation or has none."""
    if not port.provisioned or port.contract is None:
        return None
    found = _invented(port.contract.sha256, port.contract.text, _shown(port))
    if not found.columns:
        return None
    return SandboxTable(
        f"{port.product_id}:{port.name}@{port.version_name}",
        port.relation_schema,
        port.relation_name,
        found.columns,
        found.rows,
    )


def invented_rows(version: ContractVersion | None, names: Sequence[str]) -> list[list[str | None]]:
    """Invent rows of a contract's version, of these columns and in their order; maybe none."""
    if version is None or not version.text or not names:
        return []
    found = _invented(version.sha256, version.text, tuple(names))
    if [name for name, _ in found.columns] != list(names):
        return []
    return [list(row) for row in found.rows[:INVENTED_ROWS]]


def _shown(port: OutputPort) -> tuple[str, ...]:
    return tuple(column.name for column in columns_of(port))


@lru_cache(maxsize=64)
def _invented(sha256: str, text: str, names: tuple[str, ...]) -> Invented:
    """Read a contract and invent; the columns that the port shows, in the port's order."""
    columns = {column.name: column for column in _columns(text)}
    return invent([columns[name] for name in names if name in columns], seed=sha256)


def _columns(text: str) -> tuple[Column, ...]:
    documents = safe_yaml.load(text) if text else []
    if not documents:
        return ()
    objects = odcs.read(documents[0]).objects
    return objects[0].columns if objects else ()
