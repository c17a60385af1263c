"""Draw the graph: declared from descriptors, granted from agreements, observed from events."""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db.models import Q
from django.db.models.functions import Reverse

from catalog.events import EdgeDrawn, LineageReported
from catalog.models import (
    ContractVersion,
    DataProduct,
    InputPort,
    LineageEdge,
    LineageEvent,
    LineageNode,
    OutputPort,
)
from catalog.permissions import may_keep_books, may_report
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.events.log import record

_EVENT_TYPES = {"START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"}


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


@action
def receive(actor: Actor, *, events: list[dict[str, Any]]) -> int:
    """Take OpenLineage events (RunEvent, DatasetEvent, JobEvent); the same twice counts once."""
    require(actor, may_report)
    accepted = 0
    for index, body in enumerate(events):
        pointer = f"/{index}" if len(events) > 1 else ""
        check_event(body, pointer)
        key = hashlib.sha256(_identity(body).encode()).hexdigest()
        _, is_new = LineageEvent.objects.get_or_create(
            key=key, defaults={"body": body, "sender": actor.subject}
        )
        if is_new:
            _draw_observed(body)
        accepted += 1
    record(LineageReported(subject="lineage", accepted=accepted))
    return accepted


def check_event(body: Any, pointer: str = "") -> None:
    """Refuse what is no OpenLineage event, naming the place."""
    problems = []

    def need(holder: Any, name: str, where: str) -> None:
        if not isinstance(holder, dict) or not isinstance(holder.get(name), str):
            problems.append(
                FieldProblem(f"{pointer}{where}/{name}", "required", f"{name} must be a string.")
            )

    if not isinstance(body, dict):
        raise Invalid(FieldProblem(pointer, "not-an-object", "An event is a JSON object."))
    problems += [
        FieldProblem(place, "no-text", "This has a character that is no text.")
        for place in _unstorable(body, pointer)
    ]
    for name in ("eventTime", "producer", "schemaURL"):
        need(body, name, "")
    if "run" in body:
        need(body["run"], "runId", "/run")
        if body.get("eventType", "OTHER") not in _EVENT_TYPES:
            problems.append(
                FieldProblem(f"{pointer}/eventType", "unknown", "This is no OpenLineage type.")
            )
    if "dataset" in body:
        need(body["dataset"], "namespace", "/dataset")
        need(body["dataset"], "name", "/dataset")
    else:
        need(body.get("job"), "namespace", "/job")
        need(body.get("job"), "name", "/job")
    for side in ("inputs", "outputs"):
        datasets = body.get(side) or []
        if not isinstance(datasets, list):
            problems.append(FieldProblem(f"{pointer}/{side}", "not-a-list", "This is a list."))
            continue
        for index, dataset in enumerate(datasets):
            need(dataset, "namespace", f"/{side}/{index}")
            need(dataset, "name", f"/{side}/{index}")
    if problems:
        raise Invalid(*problems)


def _unstorable(value: Any, pointer: str) -> Iterator[str]:
    """Give the places of texts that no database keeps: with NUL, or with half a character."""
    if isinstance(value, str) and ("\x00" in value or (not value.isascii() and _is_torn(value))):
        yield pointer
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _unstorable(key, pointer)
            yield from _unstorable(inner, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unstorable(inner, f"{pointer}/{index}")


def _is_torn(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _identity(body: dict[str, Any]) -> str:
    if "run" in body:
        parts = [body["run"]["runId"], body.get("eventType", ""), body["eventTime"]]
        return json.dumps(parts)
    return json.dumps(body, sort_keys=True)


def _draw_observed(body: dict[str, Any]) -> None:
    job = body.get("job")
    inputs = [_dataset(d) for d in body.get("inputs") or []]
    outputs = [_dataset(d) for d in body.get("outputs") or []]
    if "dataset" in body:
        _dataset(body["dataset"])
    if not isinstance(job, dict):
        return
    node, _ = LineageNode.objects.get_or_create(
        urn=f"job/{job['namespace']}/{job['name']}"[:400],
        defaults={"kind": "job", "name": job["name"][:300], "facets": job.get("facets") or {}},
    )
    edges = [LineageEdge(source=one, target=node, kind="observed") for one in inputs]
    edges += [LineageEdge(source=node, target=one, kind="observed") for one in outputs]
    LineageEdge.objects.bulk_create(edges, ignore_conflicts=True)


def _dataset(dataset: dict[str, Any]) -> LineageNode:
    """The node of a dataset; one that a port stands on is its product's, and hides with it."""
    node, _ = LineageNode.objects.get_or_create(
        urn=f"dataset/{dataset['namespace']}/{dataset['name']}"[:400],
        defaults={
            "kind": "dataset",
            "name": dataset["name"][:300],
            "facets": dataset.get("facets") or {},
            "product": _product_of(dataset["name"]),
        },
    )
    return node


def _product_of(dataset: str) -> DataProduct | None:
    """The product that has a port on this relation; a database's name may stand before it."""
    relation = ".".join(dataset.split(".")[-2:])
    schema, _, name = relation.partition(".")
    port = (
        OutputPort.objects.select_related("product")
        .filter(Q(resource=relation) | Q(relation_schema=schema, relation_name=name))
        .exclude(resource="", relation_name="")
        .order_by("pk")
        .first()
    )
    return port.product if port else None


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
