"""Data products: Bitol ODPS 1.1 documents to `ProductDescriptor` and back.

Source: Open Data Product Standard 1.1.0 (Bitol). The schema beside this file is ours: it knows
the sections of the standard, refuses keys that it does not know (those belong in
`customProperties`) and sets limits. Our own custom properties are lifted into fields.
"""

import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, Final

from catalog.descriptors.model import (
    ContractReference,
    InputPortDescriptor,
    ManagementPortDescriptor,
    MaskRule,
    OutputPortDescriptor,
    ProductDescriptor,
    RowFilter,
    SavedQueryDescriptor,
)
from catalog.descriptors.parts import (
    Taking,
    each,
    kept,
    lift,
    lower,
    mapping,
    read_custom,
    read_definition,
    read_description,
    read_support,
    read_team,
    write_custom,
    write_definition,
    write_support,
    write_team,
)
from catalog.descriptors.properties import CUSTOM_HINT, PORT, PRODUCT, check_custom, ours
from catalog.descriptors.safe_yaml import Document, Problem
from catalog.descriptors.schema_check import SchemaCheck

API_VERSION: Final = "v1.1.0"
KIND: Final = "DataProduct"
DEFAULT_PORT_VERSION: Final = "1"


@cache
def _check() -> SchemaCheck:
    text = resources.files("catalog.descriptors").joinpath("odps-1.1.json").read_text("utf-8")
    return SchemaCheck(json.loads(text), CUSTOM_HINT)


def validate(document: Document) -> list[Problem]:
    """Everything wrong with an ODPS document, by schema and by meaning."""
    problems = _check().problems(document, document.data)
    return problems or _meaning(document)


def _meaning(document: Document) -> list[Problem]:
    """What a schema cannot say. The document has passed the schema."""
    data = document.data
    problems = check_custom(document, PRODUCT, data.get("customProperties"), "/customProperties")
    for index, port in enumerate(data.get("outputPorts", ())):
        at = f"/outputPorts/{index}"
        custom = port.get("customProperties")
        problems += check_custom(document, PORT, custom, f"{at}/customProperties")
        problems += _twice_named_queries(document, custom, f"{at}/customProperties")
    domain = data["id"].partition(".")[0]
    if data.get("domain", domain) != domain:
        detail = f"The id {data['id']!r} stands in domain {domain!r}, but `domain` says otherwise."
        problems.append(document.problem("/domain", "domain-mismatch", detail))
    for section in ("inputPorts", "outputPorts"):
        keys = [
            (port["name"], port.get("version", DEFAULT_PORT_VERSION))
            for port in data.get(section, ())
        ]
        problems += _twice(document, section, keys)
    names = [(port["name"], "") for port in data.get("managementPorts", ())]
    return problems + _twice(document, "managementPorts", names)


def _twice(document: Document, section: str, keys: Iterable[tuple[str, str]]) -> list[Problem]:
    """Ports whose key stands more than once."""
    seen: set[tuple[str, str]] = set()
    problems = []
    for index, (name, version) in enumerate(keys):
        if (name, version) in seen:
            which = f"{name!r} version {version}" if version else repr(name)
            detail = f"The port {which} stands here twice; name and version are its key."
            problems.append(document.problem(f"/{section}/{index}", "duplicate-port", detail))
        seen.add((name, version))
    return problems


def _twice_named_queries(document: Document, custom: Any, at: str) -> list[Problem]:
    problems = []
    for place, entry in enumerate(custom or ()):
        if entry["property"] != "queries" or not isinstance(entry["value"], list):
            continue
        seen: set[Any] = set()
        for index, query in enumerate(entry["value"]):
            name = query.get("name") if isinstance(query, dict) else None
            if name in seen:
                detail = f"The query {name!r} stands here twice."
                pointer = f"{at}/{place}/value/{index}"
                problems.append(document.problem(pointer, "duplicate-query", detail))
            seen.add(name)
    return problems


def read(document: Document) -> ProductDescriptor:
    """The product that a valid document describes; call `validate` first."""
    data = Taking(document.data)
    data.text("kind")
    own, custom = lift(data.each("customProperties", read_custom), ours(PRODUCT))
    purpose, usage, limitations, description_rest = read_description(data.value("description"))
    owner, members, team_rest = read_team(data.value("team"))
    key = data.text("id")
    return ProductDescriptor(
        api_version=data.text("apiVersion"),
        key=key,
        domain=data.text("domain", key.partition(".")[0]),
        name=data.text("name"),
        version=data.text("version"),
        status=data.text("status"),
        type=data.text("type"),
        deprecated=data.flag("deprecated"),
        tenant=data.text("tenant"),
        purpose=purpose,
        usage=usage,
        limitations=limitations,
        tags=data.words("tags"),
        owner_team=owner,
        members=members,
        support=data.each("support", read_support),
        definitions=data.each("authoritativeDefinitions", read_definition),
        input_ports=data.each("inputPorts", _read_input),
        output_ports=data.each("outputPorts", _read_output),
        management_ports=data.each("managementPorts", _read_management),
        publication_scope=own.get("publicationScope", ""),
        certification=own.get("certification", ""),
        row_meaning=own.get("rowMeaning", ""),
        good_for=tuple(own.get("goodFor", ())),
        not_for=tuple(own.get("notFor", ())),
        custom=custom,
        extra=data.rest() | kept(description=description_rest, team=team_rest),
        source=document,
    )


def _read_input(port: Taking) -> InputPortDescriptor:
    return InputPortDescriptor(
        name=port.text("name"),
        version=port.text("version", DEFAULT_PORT_VERSION),
        contract_id=port.text("contractId"),
        tags=port.words("tags"),
        custom=port.each("customProperties", read_custom),
        extra=port.rest(),
    )


def _read_output(port: Taking) -> OutputPortDescriptor:
    own, custom = lift(port.each("customProperties", read_custom), ours(PORT))
    return OutputPortDescriptor(
        name=port.text("name"),
        version=port.text("version", DEFAULT_PORT_VERSION),
        description=port.text("description"),
        type=port.text("type"),
        contract_id=port.text("contractId"),
        input_contracts=port.each(
            "inputContracts",
            lambda c: ContractReference(id=c.text("id"), version=c.text("version")),
        ),
        deprecated=port.flag("deprecated"),
        tags=port.words("tags"),
        platform=own.get("platform", ""),
        interface=own.get("interface", ""),
        resource=own.get("resource", ""),
        columns=tuple(own.get("columns", ())),
        row_filter=tuple(
            RowFilter(column=f["column"], op=f["op"], value=f.get("value"))
            for f in own.get("rowFilter", ())
        ),
        masks=tuple(MaskRule(**rule) for rule in own.get("masks", ())),
        queries=tuple(
            SavedQueryDescriptor(
                name=q["name"], title=q["title"], sql=q["sql"], description=q.get("description", "")
            )
            for q in own.get("queries", ())
        ),
        custom=custom,
        extra=port.rest(),
    )


def _read_management(port: Taking) -> ManagementPortDescriptor:
    return ManagementPortDescriptor(
        name=port.text("name"),
        content=port.text("content"),
        type=port.text("type", "rest"),
        url=port.text("url"),
        channel=port.text("channel"),
        description=port.text("description"),
        tags=port.words("tags"),
        custom=port.each("customProperties", read_custom),
        extra=port.rest(),
    )


def write(product: ProductDescriptor) -> dict[str, Any]:
    """The product as the mapping that an ODPS document holds; read again it is equal."""
    extra = dict(product.extra)
    description = mapping(
        extra.pop("description", {}),
        purpose=product.purpose,
        usage=product.usage,
        limitations=product.limitations,
    )
    team = write_team(product.owner_team, product.members, extra.pop("team", {}))
    own = lower(
        {
            "publicationScope": product.publication_scope,
            "certification": product.certification,
            "rowMeaning": product.row_meaning,
            "goodFor": product.good_for,
            "notFor": product.not_for,
        }
    )
    return mapping(
        extra,
        apiVersion=product.api_version,
        kind=KIND,
        id=product.key,
        name=product.name,
        version=product.version,
        status=product.status,
        domain=product.domain,
        tenant=product.tenant,
        type=product.type,
        deprecated=product.deprecated,
        description=description,
        tags=product.tags,
        team=team,
        support=each(write_support, product.support),
        authoritativeDefinitions=each(write_definition, product.definitions),
        inputPorts=each(_write_input, product.input_ports),
        outputPorts=each(_write_output, product.output_ports),
        managementPorts=each(_write_management, product.management_ports),
        customProperties=own + each(write_custom, product.custom),
    )


def _write_input(port: InputPortDescriptor) -> dict[str, Any]:
    return mapping(
        port.extra,
        name=port.name,
        version=port.version,
        contractId=port.contract_id,
        tags=port.tags,
        customProperties=each(write_custom, port.custom),
    )


def _write_output(port: OutputPortDescriptor) -> dict[str, Any]:
    own = lower(
        {
            "platform": port.platform,
            "interface": port.interface,
            "resource": port.resource,
            "columns": port.columns,
            "rowFilter": tuple(_write_filter(condition) for condition in port.row_filter),
            "masks": tuple(_write_mask(rule) for rule in port.masks),
            "queries": tuple(_write_query(query) for query in port.queries),
        }
    )
    return mapping(
        port.extra,
        name=port.name,
        version=port.version,
        description=port.description,
        type=port.type,
        contractId=port.contract_id,
        deprecated=port.deprecated,
        inputContracts=tuple({"id": c.id, "version": c.version} for c in port.input_contracts),
        tags=port.tags,
        customProperties=own + each(write_custom, port.custom),
    )


def _write_filter(condition: RowFilter) -> dict[str, Any]:
    written: dict[str, Any] = {"column": condition.column, "op": condition.op}
    return written if condition.value is None else written | {"value": condition.value}


def _write_mask(rule: MaskRule) -> dict[str, Any]:
    keep = {"keep": rule.keep} if rule.how == "partial" else {}
    written = mapping({}, column=rule.column, classification=rule.classification, how=rule.how)
    return written | keep


def _write_query(query: SavedQueryDescriptor) -> dict[str, Any]:
    return mapping(
        {}, name=query.name, title=query.title, description=query.description, sql=query.sql
    )


def _write_management(port: ManagementPortDescriptor) -> dict[str, Any]:
    return mapping(
        port.extra,
        name=port.name,
        content=port.content,
        type=port.type,
        url=port.url,
        channel=port.channel,
        description=port.description,
        tags=port.tags,
        customProperties=each(write_custom, port.custom),
    )
