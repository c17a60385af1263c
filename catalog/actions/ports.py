"""Write a product's ports as its descriptor wants them."""

import hashlib
import re
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


def put_ports(product: DataProduct, wanted: ProductDescriptor) -> list[str]:
    """Create and update ports; one that is no longer described is retired, never deleted."""
    kept = {(p.name, p.version_name): p for p in product.ports.select_for_update(no_key=True)}
    platforms = {p.key: p for p in PlatformConnection.objects.all()}
    changed = []
    for position, port in enumerate(wanted.output_ports):
        row = kept.pop(port.key, None)
        is_new = row is None
        row = row or OutputPort(product=product, name=port.name, version_name=port.version)
        _fill(row, product, port, position, platforms)
        row.version += 0 if is_new else 1
        fits(row, f"/outputPorts/{position}").save()
        if port.queries or not is_new:
            _put_queries(row, port)
        changed.append(port.name)
        if is_new:
            record(
                PortAdded(
                    subject=f"port/{product.key}/{port.name}",
                    product=product.key,
                    teams=(product.owner_team.slug,),
                    port=port.name,
                    version=port.version,
                )
            )
    OutputPort.objects.filter(pk__in=[row.pk for row in kept.values()]).update(
        status=Status.RETIRED
    )
    return changed


def put_inputs(product: DataProduct, wanted: ProductDescriptor, *, is_new: bool) -> None:
    """Replace the input ports; a new product has none yet."""
    if not is_new:
        product.inputs.all().delete()
    rows = [
        InputPort(
            product=product,
            name=port.name,
            version_name=port.version,
            contract_key=port.contract_id,
        )
        for port in wanted.input_ports
    ]
    InputPort.objects.bulk_create(fits(row, f"/inputPorts/{i}") for i, row in enumerate(rows))


def put_management(product: DataProduct, wanted: ProductDescriptor, *, is_new: bool) -> None:
    """Replace the management ports; a new product has none yet."""
    if not is_new:
        product.management.all().delete()
    rows = [
        ManagementPort(
            product=product, name=port.name, content=port.content, type=port.type, url=port.url
        )
        for port in wanted.management_ports
    ]
    ManagementPort.objects.bulk_create(
        fits(row, f"/managementPorts/{i}") for i, row in enumerate(rows)
    )


def bind_contracts(product: DataProduct) -> tuple[list[OutputPort], list[SchemaColumn]]:
    """Point each port at its contract in force, and derive what its columns say.

    Gives the ports that are not retired and all columns of their contracts, in their order.
    """
    ports = list(product.ports.select_related("platform", "contract__contract"))
    in_force = _in_force({contract_key_of(product, port) for port in ports} - {""})
    versions = [
        in_force.get(key) if (key := contract_key_of(product, port)) else port.contract
        for port in ports
    ]
    promised: dict[int, list[SchemaColumn]] = {}
    wanted = {v.pk for v in versions if v} | {p.contract_id for p in ports if p.contract_id}
    rows = SchemaColumn.objects.filter(contract_version__in=wanted)
    for column in rows.order_by("contract_version_id", "position").defer("search"):
        promised.setdefault(column.contract_version_id, []).append(column)
    for port, version in zip(ports, versions, strict=True):
        if version is None:
            continue
        shown = promised.get(version.pk, [])
        columns = [c for c in shown if not port.columns or c.name in port.columns]
        missing = sorted(set(port.columns) - {c.name for c in columns})
        if missing:
            raise Invalid(
                FieldProblem(
                    f"/outputPorts/{port.position}/columns",
                    "unknown-column",
                    f"The contract has no column {', '.join(missing)}.",
                )
            )
        port.contract = version
        port.classification = strictest(c.classification for c in columns)
        port.personal_data = any(c.personal_data for c in columns)
        port.save(update_fields=["contract", "classification", "personal_data"])
    offered = [port for port in ports if port.status != Status.RETIRED]
    contracts = {port.contract_id for port in offered}
    return offered, [c for key, some in promised.items() if key in contracts for c in some]


def _in_force(keys: set[str]) -> dict[str, ContractVersion]:
    """The newest active version of each contract, by the contract's key."""
    versions = ContractVersion.objects.filter(contract__key__in=keys, status=Status.ACTIVE)
    rows = versions.select_related("contract").order_by("released_at", "id")
    return {version.contract.key: version for version in rows}


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
