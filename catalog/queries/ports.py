"""Ports: what they promise, what they show, and the platform behind them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings

from catalog.models import DataProduct, OutputPort, PlatformConnection, PortProfile, SchemaColumn
from catalog.queries.products import visible_products, wide_columns
from catalog.queries.secrets import opened
from catalog.states import CLASSIFICATION_ORDER, Status
from marketplace.connectors.base import Connector, Mask, PortVariant, RowFilter
from marketplace.connectors.forms import takes
from marketplace.connectors.identifiers import Ident
from marketplace.connectors.registry import connector_for
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.sealing import derived, unseal

_WIDE = (*wide_columns("product"), "contract__text")
_WITH = ("product__domain__owner_team", "product__owner_team", "platform", "contract__contract")


def port_or_404(
    actor: Actor, key: str, name: str, version: str | None = None, *, also: Sequence[str] = ()
) -> OutputPort:
    """Give a port with product, platform and contract: that version, else the newest active one.

    Without an active version the newest deprecated one; a retired port only by its version.
    """
    ports = (
        OutputPort.objects.select_related(*_WITH)
        .defer(*_WIDE)
        .filter(
            product__in=visible_products(actor, also=also).values("pk"), product__key=key, name=name
        )
    )
    ports = ports.filter(version_name=version) if version else ports.exclude(status=Status.RETIRED)
    found = sorted(ports, key=lambda port: (port.status == Status.ACTIVE, port.rank, port.pk))
    if not found:
        raise NotFound
    return found[-1]


def ports_of(product_id: int) -> list[OutputPort]:
    """Give a product's ports that are not retired, in their order, newest version first."""
    return list(
        OutputPort.objects.select_related("platform", "contract__contract")
        .filter(product_id=product_id)
        .exclude(status=Status.RETIRED)
    )


def ports_by_product(products: Iterable[DataProduct]) -> dict[int, list[OutputPort]]:
    """Give the same for many products, by product, each port with the very product given."""
    given = {product.pk: product for product in products}
    found: dict[int, list[OutputPort]] = {key: [] for key in given}
    rows = OutputPort.objects.select_related("platform", "contract__contract")
    rows = rows.filter(product__in=given).exclude(status=Status.RETIRED).defer("contract__text")
    for port in rows:
        port.product = given[port.product_id]
        found[port.product_id].append(port)
    return found


def columns_of(port: OutputPort) -> list[SchemaColumn]:
    """Give the columns that a port shows: its contract's, narrowed to the port's own choice."""
    if port.contract_id is None:
        return []
    rows = SchemaColumn.objects.filter(contract_version_id=port.contract_id).order_by("position")
    return [row for row in rows.defer("search") if not port.columns or row.name in port.columns]


def schema(port: OutputPort) -> dict[str, Any]:
    """Give a port's schema as the API does."""
    columns = columns_of(port)
    masked = {one.column: one.how for one in _masks(port, columns)}
    return {
        "version": port.contract.version_name if port.contract else None,
        "columns": [
            {
                "name": column.name,
                "type": column.physical_type or column.logical_type,
                "description": column.description,
                "classification": column.classification,
                "nullable": column.nullable,
                "key": column.primary_key,
                "personal_data": column.personal_data,
                "masked": masked.get(column.name, ""),
            }
            for column in columns
        ],
    }


def sample(port: OutputPort) -> dict[str, Any] | None:
    """Give sample rows and profile of a port with how they were made; None when none was taken."""
    profile = PortProfile.objects.filter(port=port).first()
    if profile is None:
        return None
    return {
        "kind": profile.sample_kind,
        "basis": profile.basis,
        "taken_at": profile.taken_at,
        "row_count": profile.rows,
        "columns": profile.columns,
        "rows": profile.sample,
        "stream": profile.stream or None,
    }


def connector_of(platform: PlatformConnection) -> Connector:
    """Give the connector of a platform, with its secret unsealed. Talks to nobody yet."""
    config = dict(platform.config)
    config.setdefault("env", settings.PLATFORM_ENV)
    if platform.secret is not None:
        config["password"] = unseal(platform.secret, place=secret_place(platform.key))
    config |= opened(platform)
    if platform.secret is not None or takes(platform.kind, "lab_secret"):
        config.setdefault("lab_secret", derived(f"platform/{platform.key}/lab"))
    if not config.get("public_url") and takes(platform.kind, "public_url"):
        config["public_url"] = f"{settings.BASE_URL}/files/{platform.key}"
    return connector_for(platform.kind, config)


def secret_place(key: str) -> str:
    """Name the place that a platform's secret is sealed for."""
    return f"platform/{key}/secret"


def variant_of(
    port: OutputPort,
    columns: Sequence[str] | None = None,
    row_filters: Sequence[RowFilter] | None = None,
    variant: str = "",
) -> PortVariant:
    """Give the published view of a port, whole or narrowed; empty columns mean all it shows.

    A narrowed one (``variant`` not empty) is published beside the whole one, under its own name.
    """
    base_schema, _, base_table = port.resource.partition(".")
    names = tuple(columns or ()) or tuple(column.name for column in columns_of(port))
    if row_filters is None:
        row_filters = [filter_of(one) for one in port.row_filters]
    relation = Ident.fit(f"{port.relation_name}_{variant}") if variant else port.relation_name
    return PortVariant(
        port_id=str(port.pk),
        port_key=f"{port.product.key}:{port.name}@{port.version_name}",
        relation_schema=port.relation_schema,
        relation_name=relation,
        base_schema=base_schema,
        base_table=base_table,
        columns=names,
        row_filters=tuple(row_filters),
        variant=variant,
        masks=masks_of(port, names),
    )


def masks_of(port: OutputPort, names: Sequence[str]) -> tuple[Mask, ...]:
    """Give how a port masks these columns: by the column's own rule, else by classification.

    Of several rules for classifications that a column is of or above, the highest one counts.
    """
    if not port.masks:
        return ()
    return _masks(port, [one for one in columns_of(port) if one.name in names])


def _masks(port: OutputPort, columns: list[SchemaColumn]) -> tuple[Mask, ...]:
    own = {rule["column"]: rule for rule in port.masks if rule["column"]}
    classes = sorted(
        (rule for rule in port.masks if rule["classification"]),
        key=lambda rule: -CLASSIFICATION_ORDER.index(rule["classification"]),
    )
    found = []
    for column in columns:
        level = CLASSIFICATION_ORDER.index(column.classification)
        rule = own.get(column.name) or next(
            (
                rule
                for rule in classes
                if CLASSIFICATION_ORDER.index(rule["classification"]) <= level
            ),
            None,
        )
        if rule is not None:
            found.append(Mask(column.name, rule["how"], rule["keep"]))
    return tuple(found)


def filter_of(stored: dict[str, Any]) -> RowFilter:
    """Give a stored row filter as connectors take it."""
    value = stored.get("value")
    return RowFilter(
        stored["column"], stored["op"], tuple(value) if isinstance(value, list) else value
    )
