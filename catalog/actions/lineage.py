"""Draw the graph: declared from descriptors, granted from agreements."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from django.db import connection

from catalog.events import EdgeDrawn
from catalog.models import (
    DataContract,
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


def declare_edges(offered: Mapping[DataProduct, Sequence[OutputPort]]) -> None:
    """Replace the declared edges into products by those of their input ports."""
    nodes = nodes_of_products(offered)
    LineageEdge.objects.filter(target__in=nodes.values(), kind="declared").delete()
    edges = [*_edges_from_sources(nodes), *_edges_to_readers(nodes)]
    LineageEdge.objects.bulk_create(
        [
            LineageEdge(source=source, target=target, kind="declared", reason=f"contract {key}")
            for source, target, key in edges
        ],
        ignore_conflicts=True,
    )
    _adopt_datasets(offered)


type _Flow = tuple[LineageNode, LineageNode, str]  # source, target, the contract that says so


def _edges_from_sources(nodes: dict[int, LineageNode]) -> Iterator[_Flow]:
    """Edges from the products whose contracts these ones read."""
    named = InputPort.objects.filter(product__in=nodes).exclude(contract_key="")
    wanted = list(named.values_list("product_id", "contract_key"))
    owners = dict(
        DataContract.objects.filter(key__in={key for _, key in wanted}).values_list(
            "key", "product_id"
        )
    )
    sources = nodes | _nodes_of(set(owners.values()) - set(nodes))
    for product, key in wanted:
        if owners.get(key, product) != product:
            yield sources[owners[key]], nodes[product], key


def _edges_to_readers(nodes: dict[int, LineageNode]) -> Iterator[_Flow]:
    """Edges to products that named one of these contracts before it was known."""
    owners = dict(DataContract.objects.filter(product__in=nodes).values_list("key", "product_id"))
    readers = InputPort.objects.filter(contract_key__in=owners)
    named = list(readers.values_list("product_id", "contract_key"))
    targets = nodes | _nodes_of({reader for reader, _ in named} - set(nodes))
    for reader, key in named:
        if owners[key] != reader:
            yield nodes[owners[key]], targets[reader], key


def _nodes_of(products: Collection[int]) -> dict[int, LineageNode]:
    """The nodes of products, by product; made when they are first needed."""
    return nodes_of_products(DataProduct.objects.filter(pk__in=products)) if products else {}


def nodes_of_products(products: Iterable[DataProduct]) -> dict[int, LineageNode]:
    """The nodes of products, by product; made when they are first needed, named as they are now."""
    wanted = {f"product/{product.key}": product for product in products}
    rows = LineageNode.objects.filter(urn__in=wanted)
    nodes = {row.urn: row for row in rows}
    if len(nodes) < len(wanted):
        LineageNode.objects.bulk_create(
            [
                LineageNode(urn=urn, kind="product", name=product.name, product=product)
                for urn, product in wanted.items()
                if urn not in nodes
            ],
            ignore_conflicts=True,  # somebody else may need it at the same moment
        )
        nodes = {row.urn: row for row in rows.all()}
    for urn, product in wanted.items():
        if nodes[urn].name != product.name:
            LineageNode.objects.filter(pk=nodes[urn].pk).update(name=product.name)
    return {product.pk: nodes[urn] for urn, product in wanted.items()}


def node_of_product(product: DataProduct) -> LineageNode:
    """The node of a product, made when it is first needed."""
    return nodes_of_products([product])[product.pk]


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


# The index is by the end of the name, as bytes: a database's name may stand before it. The first
# range holds the very name alone, the second what ends in a dot and the name.
_ADOPT = """
    UPDATE catalog_lineagenode AS node SET product_id = given.product
    FROM (
        SELECT product, backwards AS low, backwards || E'\\x01' AS high
        FROM unnest(%(products)s::bigint[], %(names)s::text[]) AS one(product, backwards)
        UNION ALL
        SELECT product, backwards || '.', backwards || '/'
        FROM unnest(%(products)s::bigint[], %(names)s::text[]) AS one(product, backwards)
    ) AS given
    WHERE node.kind = 'dataset' AND node.product_id IS NULL
        AND reverse(node.name) ~>=~ given.low AND reverse(node.name) ~<~ given.high
"""


def _adopt_datasets(offered: Mapping[DataProduct, Sequence[OutputPort]]) -> None:
    """Give products the datasets that were observed before their ports were described."""
    pairs = {
        (product.pk, relation[::-1])
        for product, ports in offered.items()
        for port in ports
        for relation in {port.resource, port.relation} - {""}
    }
    if pairs:
        products, names = zip(*sorted(pairs), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_ADOPT, {"products": list(products), "names": list(names)})
