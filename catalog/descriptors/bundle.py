"""Texts in, a bundle of descriptors out: every document checked, then all of them together.

All problems of all documents are told at once, so that an owner repairs a file in one go.
Warnings refuse nothing: a contract that lives elsewhere, an odd status.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from catalog.descriptors import extras, odcs, odps, safe_yaml
from catalog.descriptors.model import (
    Bundle,
    ContractDescriptor,
    Descriptor,
    DomainDescriptor,
    OutputPortDescriptor,
    ProductDescriptor,
    TeamDescriptor,
)
from catalog.descriptors.safe_yaml import Document, Problem, Refused

_KINDS: Final = (odps.KIND, odcs.KIND, *extras.KINDS)


def parse_bundle(text: str | bytes, path: str = "") -> Bundle:
    """Every document of one text; raises `Refused` with all problems found."""
    return parse_documents(safe_yaml.load(text, path))


def parse_files(texts: Mapping[str, str | bytes]) -> Bundle:
    """Every document of several files, by path; raises `Refused` with all problems found."""
    documents: list[Document] = []
    problems: list[Problem] = []
    for path, text in texts.items():
        try:
            documents += safe_yaml.load(text, path)
        except Refused as refusal:
            problems += refusal.problems
    if problems:
        problems += [problem for one in documents for problem in validate(one)]
        at = {path: place for place, path in enumerate(texts)}
        raise Refused(sorted(problems, key=lambda problem: (at[problem.path], problem.line)))
    return parse_documents(documents)


def parse_documents(documents: Iterable[Document]) -> Bundle:
    """Documents that were read safely, checked one by one and then together."""
    documents = list(documents)
    problems = [problem for document in documents for problem in validate(document)]
    if problems:
        raise Refused(_sorted(problems))
    if not documents:
        raise Refused([Problem("", 0, "empty", "There is no document in this text.")])
    by_kind: dict[str, list[Document]] = {kind: [] for kind in _KINDS}
    for document in documents:
        by_kind[document.data["kind"]].append(document)
    bundle = Bundle(
        domains=tuple(map(extras.read_domain, by_kind["Domain"])),
        teams=tuple(map(extras.read_team, by_kind["Team"])),
        products=tuple(map(odps.read, by_kind[odps.KIND])),
        contracts=tuple(map(odcs.read, by_kind[odcs.KIND])),
        warnings=tuple(w for document in by_kind[odcs.KIND] for w in odcs.warnings(document)),
    )
    return _together(bundle)


def _sorted(problems: list[Problem]) -> list[Problem]:
    """In the order of the text, file by file."""
    order = {path: at for at, path in enumerate(dict.fromkeys(p.path for p in problems))}
    return sorted(problems, key=lambda problem: (order[problem.path], problem.line))


def validate(document: Document) -> list[Problem]:
    """Everything wrong with one document, whatever its kind."""
    kind = document.data.get("kind")
    if kind == odps.KIND:
        return odps.validate(document)
    if kind == odcs.KIND:
        return odcs.validate(document)
    if kind in extras.KINDS:
        return extras.validate(document)
    if kind is None:
        detail = f"`kind` is missing; it is one of {', '.join(_KINDS)}."
        return [document.problem("", "missing", detail)]
    detail = f"This kind is not known; it is one of {', '.join(_KINDS)}."
    return [document.problem("/kind", "unknown-kind", detail)]


def _together(bundle: Bundle) -> Bundle:
    """What only shows between documents: things defined twice, ports and their contracts."""
    problems = _defined_twice(bundle)
    warnings: list[Problem] = []
    for product in bundle.products:
        for index, port in enumerate(product.output_ports):
            at = f"/outputPorts/{index}"
            if not port.contract_id:
                continue
            contracts = [c for c in bundle.contracts if c.id == port.contract_id]
            if contracts:
                problems += _unknown_columns(product, port, contracts, at)
            else:
                warnings += _at(
                    product,
                    f"{at}/contractId",
                    "contract-elsewhere",
                    f"The contract {port.contract_id!r} is not in this bundle.",
                )
    if problems:
        raise Refused(_sorted(problems))
    return Bundle(
        domains=bundle.domains,
        teams=bundle.teams,
        products=bundle.products,
        contracts=bundle.contracts,
        warnings=(*bundle.warnings, *warnings),
    )


def _defined_twice(bundle: Bundle) -> list[Problem]:
    problems = []
    seen: set[tuple[str, ...]] = set()
    everything: tuple[Descriptor, ...] = (
        *bundle.domains,
        *bundle.teams,
        *bundle.products,
        *bundle.contracts,
    )
    for descriptor in everything:
        key = _key(descriptor)
        if key in seen and descriptor.source:
            detail = f"The {key[0]} {' '.join(key[1:])} is described twice."
            problems.append(descriptor.source.problem("/id", "described-twice", detail))
        seen.add(key)
    return problems


def _key(descriptor: Descriptor) -> tuple[str, ...]:
    match descriptor:
        case DomainDescriptor():
            return ("domain", descriptor.id)
        case TeamDescriptor():
            return ("team", descriptor.id)
        case ProductDescriptor():
            return ("product", descriptor.key)
        case ContractDescriptor():
            return ("contract", descriptor.id, descriptor.version)


def _unknown_columns(
    product: ProductDescriptor,
    port: OutputPortDescriptor,
    contracts: list[ContractDescriptor],
    at: str,
) -> list[Problem]:
    """Columns that a port publishes or filters by, but that its contract does not have."""
    known = {column.name for contract in contracts for column in contract.columns}
    problems: list[Problem] = []
    masked = (rule.column for rule in port.masks if rule.column)
    filtered = (condition.column for condition in port.row_filter)
    for name in (*port.columns, *filtered, *masked):
        if name not in known:
            detail = f"The contract {port.contract_id!r} has no column {name!r}."
            problems += _at(product, at, "unknown-column", detail)
    return problems


def _at(product: ProductDescriptor, pointer: str, code: str, detail: str) -> list[Problem]:
    source = product.source
    if source is None:
        return [Problem(pointer, 0, code, detail)]
    return [source.problem(pointer, code, detail)]
