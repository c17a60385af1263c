"""Draw the graph: declared from descriptors, granted from agreements."""

from collections.abc import Collection, Sequence

from django.db.models import Q
from django.db.models.functions import Reverse

from catalog.events import EdgeDrawn
from catalog.models import (
    ContractVersion,
    DataProduct,
    InputPort,
    LineageEdge,
    LineageNode,
    OutputPort,
)
from catalog.permissions import may_keep_books
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.events.log import record


def declare_edges(product: DataProduct, ports: Sequence[OutputPort]) -> None:
    """Replace the declared edges into a product by those of its input ports."""
    node = node_of_product(product)
    LineageEdge.objects.filter(target=node, kind="declared").delete()
    wanted = set(product.inputs.exclude(contract_key="").values_list("contract_key", flat=True))
    owners = dict(
        ContractVersion.objects.filter(contract__key__in=wanted).values_list(
            "contract__product_id", "contract__key"
        )
    )
    owners.pop(product.pk, None)
    edges = [
        LineageEdge(source=source, target=node, kind="declared", reason=f"contract {owners[key]}")
        for key, source in _nodes_of(owners).items()
    ]
    edges += _edges_to_readers(product, node)
    LineageEdge.objects.bulk_create(edges, ignore_conflicts=True)
    _adopt_datasets(product, ports)


def _edges_to_readers(product: DataProduct, node: LineageNode) -> list[LineageEdge]:
    """Edges to products that named one of these contracts before it was known."""
    keys = list(product.contracts.values_list("key", flat=True))
    readers = InputPort.objects.filter(contract_key__in=keys).exclude(product=product)
    named = list(readers.values_list("product_id", "contract_key"))
    nodes = _nodes_of({reader for reader, _ in named})
    return [
        LineageEdge(source=node, target=nodes[reader], kind="declared", reason=f"contract {key}")
        for reader, key in named
    ]


def _nodes_of(products: Collection[int]) -> dict[int, LineageNode]:
    """The nodes of products, by product; made when they are first needed."""
    if not products:
        return {}
    rows = LineageNode.objects.filter(kind="product", product_id__in=list(products))
    nodes = {row.product_id: row for row in rows if row.product_id is not None}
    missing = DataProduct.objects.filter(pk__in=set(products) - set(nodes))
    return nodes | {product.pk: node_of_product(product) for product in missing}


def node_of_product(product: DataProduct) -> LineageNode:
    """The node of a product, made when it is first needed."""
    node, _ = LineageNode.objects.get_or_create(
        urn=f"product/{product.key}",
        defaults={"kind": "product", "name": product.name, "product": product},
    )
    if node.name != product.name:
        LineageNode.objects.filter(pk=node.pk).update(name=product.name)
    return node


def node_of_consumer(kind: str, key: str, name: str) -> LineageNode:
    """The node of a consumer: a product when it is one, else a team, person or program."""
    if kind == "data_product":
        product = DataProduct.objects.filter(key=key).first()
        if product is not None:
            return node_of_product(product)
    node, _ = LineageNode.objects.get_or_create(
        urn=f"{kind}/{key}", defaults={"kind": kind, "name": name}
    )
    return node


@action
def draw_granted(
    actor: Actor, *, product_key: str, kind: str, key: str, name: str, reason: str
) -> None:
    """Draw that a consumer reads a product, because access was proven. Safe to repeat."""
    require(actor, may_keep_books)
    product = DataProduct.objects.select_related("owner_team").get(key=product_key)
    source, target = node_of_product(product), node_of_consumer(kind, key, name)
    LineageEdge.objects.get_or_create(
        source=source, target=target, kind="granted", defaults={"reason": reason}
    )
    _edge_event(product, target.urn, "drawn")


@action
def erase_granted(actor: Actor, *, product_key: str, kind: str, key: str) -> None:
    """Take the granted edge away, because the last access of this consumer has ended."""
    require(actor, may_keep_books)
    product = DataProduct.objects.select_related("owner_team").get(key=product_key)
    urn = f"product/{key}" if kind == "data_product" else f"{kind}/{key}"
    LineageEdge.objects.filter(
        source__urn=f"product/{product_key}", target__urn=urn, kind="granted"
    ).delete()
    _edge_event(product, urn, "erased")


def _edge_event(product: DataProduct, target: str, how: str) -> None:
    record(
        EdgeDrawn(
            subject=f"product/{product.key}",
            product=product.key,
            teams=(product.owner_team.slug,),
            source=f"product/{product.key}",
            target=target,
            kind="granted",
            how=how,
        )
    )


def _adopt_datasets(product: DataProduct, ports: Sequence[OutputPort]) -> None:
    """Give a product the datasets that were observed before its ports were described."""
    ours = Q()
    for port in ports:
        for relation in {port.resource, port.relation} - {""}:
            # The index is by the end of the name: a database's name may stand before it.
            ours |= Q(backwards=relation[::-1]) | Q(backwards__startswith=f"{relation[::-1]}.")
    if ours:
        unowned = LineageNode.objects.filter(kind="dataset", product=None)
        unowned.annotate(backwards=Reverse("name")).filter(ours).update(product=product)
