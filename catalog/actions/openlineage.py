"""Take OpenLineage events: what ran, what it read and wrote, and what it says of quality."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from catalog.actions.quality import refreshed, told
from catalog.actions.reports import keep_results, named_port, result_of
from catalog.events import LineageReported
from catalog.models import (
    ColumnEdge,
    DataProduct,
    LineageEdge,
    LineageEvent,
    LineageNode,
    OutputPort,
)
from catalog.observations.base import Unreadable
from catalog.observations.reading import read as observed
from catalog.permissions import may_report
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.events.log import record

_MOST_FLOWS = 5_000
_EVENT_TYPES = {"START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"}


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
            _keep_quality(actor, body)
        accepted += 1
    record(LineageReported(subject="lineage", accepted=accepted))
    return accepted


def _keep_quality(actor: Actor, body: dict[str, Any]) -> None:
    """Keep what an event says of the quality of products that its sender may report for.

    Facets that cannot be read stay in the event and count for nothing: every event that is valid
    is taken. Runs that completed say that their outputs were written anew.
    """
    try:
        report = observed(body, "openlineage")
    except Unreadable:
        return
    names = {name for one in report.observations for name in one.datasets}
    names |= {one.dataset for one in report.renewals}
    for product, datasets in _owned(names).items():
        if not may_report(actor, product):
            continue
        rows = [
            result_of(product, one, named_port(product.ports.all(), one.datasets))
            for one in report.observations
            if datasets & set(one.datasets)
        ]
        if rows:
            keep_results(product, rows)
            failed = sum(row.status == "fail" for row in rows)
            record(told(product, len(rows), failed, report.format))
        times = [one.at for one in report.renewals if one.dataset in datasets]
        if times:
            refreshed(product, max(times))


def _owned(names: set[str]) -> dict[DataProduct, set[str]]:
    """Give the products that have a port on these datasets, with the names of each."""
    found: dict[DataProduct, set[str]] = {}
    for name in sorted(names):
        product = _product_of(name)
        if product is not None:
            found.setdefault(product, set()).add(name)
    return found


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
    for described, made in zip(body.get("outputs") or [], outputs, strict=True):
        _draw_columns(described, made, node.name)


def _draw_columns(described: dict[str, Any], target: LineageNode, job: str) -> None:
    """Keep which columns an output's columns come from; what is not as specified counts nothing."""
    facet = _mapping(_mapping(described.get("facets")).get("columnLineage"))
    flows = [("", one) for one in _listed(facet.get("dataset"))]
    for column, field in _mapping(facet.get("fields")).items():
        flows += [(column, one) for one in _listed(_mapping(field).get("inputFields"))]
    sources: dict[tuple[str, str], LineageNode] = {}
    rows = []
    for column, one in flows[:_MOST_FLOWS]:
        names = [one.get(name) for name in ("namespace", "name", "field")]
        if not all(isinstance(name, str) and name for name in names):
            continue
        place, name, field = (str(part) for part in names)
        if (place, name) not in sources:
            sources[place, name] = _dataset({"namespace": place, "name": name})
        steps = _listed(one.get("transformations"))
        rows.append(
            ColumnEdge(
                source=sources[place, name],
                source_column=field[:200],
                target=target,
                target_column=column[:200],
                transformation=_transformation(steps, one),
                masking=any(step.get("masking") is True for step in steps),
                job=job,
            )
        )
    ColumnEdge.objects.bulk_create(rows, ignore_conflicts=True)


def _transformation(steps: list[dict[str, Any]], one: dict[str, Any]) -> str:
    """Give the last step's type and subtype; older facets say it beside the column."""
    last = steps[-1] if steps else {"type": one.get("transformationType")}
    words = [last.get("type"), last.get("subtype")]
    return "/".join(word for word in words if isinstance(word, str))[:60]


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


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
        OutputPort.objects.select_related("product__owner_team")
        .filter(Q(resource=relation) | Q(relation_schema=schema, relation_name=name))
        .exclude(resource="", relation_name="")
        .order_by("pk")
        .first()
    )
    return port.product if port else None
