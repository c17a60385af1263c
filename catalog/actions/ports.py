"""Write a product's ports as its descriptor wants them."""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict

from catalog.actions.limits import fits
from catalog.descriptors.classification import strictest
from catalog.descriptors.model import OutputPortDescriptor, ProductDescriptor
from catalog.events import PortAdded
from catalog.models import (
    ContractVersion,
    DataProduct,
    InputPort,
    ManagementPort,
    OutputPort,
    PlatformConnection,
    SavedQuery,
    SchemaColumn,
)
from catalog.states import Interface, Status
from marketplace.connectors.registry import serves_files, serves_streams
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.events.log import record

# The words of descriptors for what connectors write as SQL does.
_OPERATORS = {"!=": "<>", "not_in": "not in", "is_null": "is null", "not_null": "is not null"}
_RANK_LIMIT = 2**31 - 1
_NAME_LIMIT = 63  # bytes of an identifier on the strictest platform


type Described = Sequence[tuple[DataProduct, ProductDescriptor]]


def put_ports(described: Described) -> None:
    """Create and update ports; one that is no longer described is retired, never deleted."""
    of = [product.pk for product, _ in described]
    locked = OutputPort.objects.select_for_update(no_key=True).filter(product__in=of)
    kept = {(p.product_id, p.name, p.version_name): p for p in locked}
    platforms = {p.key: p for p in PlatformConnection.objects.all()}
    added: list[tuple[OutputPort, OutputPortDescriptor]] = []
    for product, wanted in described:
        for position, port in enumerate(wanted.output_ports):
            row = kept.pop((product.pk, *port.key), None)
            is_new = row is None
            row = row or OutputPort(product=product, name=port.name, version_name=port.version)
            _fill(row, product, port, position, platforms)
            fits(row, f"/outputPorts/{position}")
            if is_new:
                added.append((row, port))
                continue
            row.version += 1
            row.save()
            _put_queries(row, port)
    OutputPort.objects.filter(pk__in=[row.pk for row in kept.values()]).update(
        status=Status.RETIRED
    )
    _add(added)


def _add(added: Sequence[tuple[OutputPort, OutputPortDescriptor]]) -> None:
    OutputPort.objects.bulk_create(row for row, _ in added)
    for row, port in added:
        product = row.product
        if port.queries:
            _put_queries(row, port)
        record(
            PortAdded(
                subject=f"port/{product.key}/{port.name}",
                product=product.key,
                teams=(product.owner_team.slug,),
                port=port.name,
                version=port.version,
            )
        )


def put_inputs(described: Described) -> None:
    """Replace the input ports."""
    InputPort.objects.filter(product__in=[product.pk for product, _ in described]).delete()
    InputPort.objects.bulk_create(
        fits(
            InputPort(
                product=product,
                name=port.name,
                version_name=port.version,
                contract_key=port.contract_id,
            ),
            f"/inputPorts/{place}",
        )
        for product, wanted in described
        for place, port in enumerate(wanted.input_ports)
    )


def put_management(described: Described) -> None:
    """Replace the management ports."""
    ManagementPort.objects.filter(product__in=[product.pk for product, _ in described]).delete()
    ManagementPort.objects.bulk_create(
        fits(
            ManagementPort(
                product=product, name=port.name, content=port.content, type=port.type, url=port.url
            ),
            f"/managementPorts/{place}",
        )
        for product, wanted in described
        for place, port in enumerate(wanted.management_ports)
    )


type Bound = tuple[list[OutputPort], list[SchemaColumn]]


def bind_contracts(products: Collection[DataProduct]) -> dict[int, Bound]:
    """Point each port at its contract in force, and derive what its columns say.

    Gives, by product, the ports that are not retired and all columns of their contracts, in order.
    """
    ports = _ports_of(products)
    bound = _followed(ports)
    promised = _columns_of({port.contract_id for port in ports if port.contract_id})
    for port in bound:
        shown = _shown(port, promised[port.contract_id or 0])
        port.classification = strictest(c.classification for c in shown)
        port.personal_data = any(c.personal_data for c in shown)
    OutputPort.objects.bulk_update(bound, ["contract", "classification", "personal_data"])
    offered: dict[int, list[OutputPort]] = {product.pk: [] for product in products}
    for port in ports:
        if port.status != Status.RETIRED:
            offered[port.product_id].append(port)
    return {key: (some, _once_each(some, promised)) for key, some in offered.items()}


def _once_each(
    ports: list[OutputPort], promised: dict[int, list[SchemaColumn]]
) -> list[SchemaColumn]:
    """All columns of the contracts of ports; two ports may be on one contract."""
    contracts = dict.fromkeys(port.contract_id for port in ports if port.contract_id)
    return [column for contract in contracts for column in promised[contract]]


def _ports_of(products: Collection[DataProduct]) -> list[OutputPort]:
    """All ports of products, the retired ones too, each with the very product that was given."""
    rows = OutputPort.objects.select_related("platform", "contract__contract")
    given = {product.pk: product for product in products}
    ports = list(rows.filter(product__in=given).defer("contract__text"))
    for port in ports:
        port.product = given[port.product_id]
    return ports


def _followed(ports: Collection[OutputPort]) -> list[OutputPort]:
    """Give each port the newest active version of the contract that its descriptor names.

    Gives the ports that have one. A port whose contract is not in force yet keeps what it had.
    """
    keys = {contract_key_of(port.product, port) for port in ports} - {""}
    versions = ContractVersion.objects.filter(contract__key__in=keys, status=Status.ACTIVE)
    rows = versions.select_related("contract").defer("text").order_by("released_at", "id")
    in_force = {version.contract.key: version for version in rows}
    bound = []
    for port in ports:
        key = contract_key_of(port.product, port)
        version = in_force.get(key) if key else port.contract
        if version is not None:
            port.contract = version
            bound.append(port)
    return bound


def _columns_of(versions: Collection[int]) -> dict[int, list[SchemaColumn]]:
    found: dict[int, list[SchemaColumn]] = {version: [] for version in versions}
    rows = SchemaColumn.objects.filter(contract_version__in=versions).defer("search")
    for column in rows.order_by("contract_version_id", "position"):
        found[column.contract_version_id].append(column)
    return found


def _shown(port: OutputPort, promised: list[SchemaColumn]) -> list[SchemaColumn]:
    """The columns that a port shows of its contract's; refuses to show what is not there."""
    columns = [c for c in promised if not port.columns or c.name in port.columns]
    missing = sorted(set(port.columns) - {c.name for c in columns})
    if missing:
        raise Invalid(
            FieldProblem(
                f"/outputPorts/{port.position}/columns",
                "unknown-column",
                f"The contract has no column {', '.join(missing)}.",
            )
        )
    return columns


def contract_key_of(product: DataProduct, port: OutputPort) -> str:
    """The contract that the descriptor names for a port."""
    named: dict[str, str] = product.facts.get("contracts", {})
    return named.get(f"{port.name}@{port.version_name}", "")


def relation_of(product_key: str, port: OutputPortDescriptor) -> tuple[str, str]:
    """Name the published relation: a schema of our own per domain, a view per product and port."""
    domain, _, slug = product_key.partition(".")
    suffix = "" if port.version in ("", "1") else f"_v{port.version}"
    return _identifier(f"{domain}_products"), _identifier(f"{slug}_{port.name}{suffix}")


def _identifier(text: str) -> str:
    name = re.sub(r"[^a-z0-9_]", "_", text.lower())
    name = f"p_{name}" if not name[:1].isalpha() else name
    if len(name) <= _NAME_LIMIT:
        return name
    tail = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{name[: _NAME_LIMIT - 9]}_{tail}"


def _fill(
    row: OutputPort,
    product: DataProduct,
    port: OutputPortDescriptor,
    position: int,
    platforms: dict[str, PlatformConnection],
) -> None:
    row.position = position
    row.rank = min(int(port.version), _RANK_LIMIT) if port.version.isdecimal() else 1
    row.description = port.description
    row.interface = port.interface or port.type or Interface.SQL
    if row.interface not in Interface.values:
        row.interface = Interface.SQL
    row.status = Status.DEPRECATED if port.deprecated else Status.ACTIVE
    row.resource = port.resource
    row.columns = list(port.columns)
    row.row_filters = [
        {"column": f.column, "op": _OPERATORS.get(f.op, f.op), "value": f.value}
        for f in port.row_filter
    ]
    row.masks = [asdict(rule) for rule in port.masks]
    row.platform = platforms.get(port.platform)
    needs_platform = row.interface == Interface.SQL and bool(port.platform)
    if needs_platform and row.platform is None:
        raise Invalid(
            FieldProblem(
                f"/outputPorts/{position}/customProperties/platform",
                "unknown-platform",
                f"No data platform is registered as {port.platform}.",
            )
        )
    if _is_read_through_us(row):
        row.relation_schema, row.relation_name = relation_of(product.key, port)
    else:
        row.relation_schema = row.relation_name = ""


def _is_read_through_us(row: OutputPort) -> bool:
    """Whether a connector grants this port: a relation; a stream or a file where those are kept."""
    if row.platform is None or "." not in row.resource:
        return False
    if row.interface == Interface.STREAM:
        return serves_streams(row.platform.kind)
    if row.interface == Interface.FILE:
        return serves_files(row.platform.kind)
    return row.interface == Interface.SQL and not serves_streams(row.platform.kind)


def _put_queries(row: OutputPort, port: OutputPortDescriptor) -> None:
    names = []
    for query in port.queries:
        names.append(query.name)
        fits(SavedQuery(slug=query.name, title=query.title), f"/outputPorts/{row.position}")
        SavedQuery.objects.update_or_create(
            port=row,
            slug=query.name,
            defaults={
                "title": query.title,
                "description": query.description,
                "sql": query.sql,
                "declared": True,
            },
        )
    row.queries.filter(declared=True).exclude(slug__in=names).delete()
