"""Data contracts: Bitol ODCS 3.x documents to `ContractDescriptor` and back.

Source: Open Data Contract Standard 3.2.0 (Bitol). Documents of every 3.x version are checked
against the JSON Schema of the newest one, which ships with the package
`open_data_contract_standard`; only the schema file is read, the pydantic model is not imported.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import Any, Final

from catalog.descriptors.model import (
    Column,
    ContractDescriptor,
    EnumValue,
    QualityRule,
    Relationship,
    Role,
    SchemaObject,
    Server,
    ServiceLevelObjective,
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
from catalog.descriptors.properties import CONTRACT, CUSTOM_HINT, check_custom, ours
from catalog.descriptors.safe_yaml import Document, Problem
from catalog.descriptors.schema_check import SchemaCheck

API_VERSION: Final = "v3.2.0"
KIND: Final = "DataContract"
STATUSES: Final = ("proposed", "draft", "active", "deprecated", "retired")
_PACKAGE: Final = "open_data_contract_standard"
_LIMITS: Final = {"id": 160, "version": 40, "name": 160, "dataProduct": 161}
_COLUMN_LIMITS: Final = {"name": 120, "physicalType": 80}
_LEVEL_LIMITS: Final = {"property": 60, "value": 60, "unit": 20, "element": 160}
_TAG_LENGTH: Final = 60
_TEXT_LENGTH: Final = 20_000


@cache
def _check() -> SchemaCheck:
    """The standard's own schema; found through the package's file list, so nothing is imported."""
    found = next(
        path
        for path in metadata.files(_PACKAGE) or ()
        if path.name == "schema.json" and path.parent.name == _PACKAGE
    )
    schema = json.loads(found.read_text("utf-8"))
    _mend(schema)
    return SchemaCheck(schema, CUSTOM_HINT)


def _mend(schema: dict[str, Any]) -> None:
    """Let columns without a logical type pass, as the standard's text does.

    In the schema of 3.2.0 the condition "logicalType is map" also holds where no logicalType is
    stated, so that every such column would need the key `map`. Conditions that demand something
    are made to hold only where the logicalType stands.
    """
    for branch in schema["$defs"]["SchemaBaseProperty"]["allOf"]:
        if "required" in branch.get("then", {}):
            branch["if"].setdefault("required", ["logicalType"])


def validate(document: Document) -> list[Problem]:
    """Everything wrong with an ODCS document, by schema and by meaning."""
    problems = _check().problems(document, document.data)
    return problems or _meaning(document)


def _meaning(document: Document) -> list[Problem]:
    """What the standard's schema does not say. The document has passed it."""
    data = document.data
    problems = check_custom(document, CONTRACT, data.get("customProperties"), "/customProperties")
    for key in ("id", "version"):
        if not data[key].strip():
            problems.append(document.problem(f"/{key}", "empty", f"`{key}` may not be empty."))
    problems += _too_long(document, "", data, _LIMITS)
    for index, level in enumerate(data.get("slaProperties", ())):
        problems += _too_long(document, f"/slaProperties/{index}", level, _LEVEL_LIMITS)
    objects = data.get("schema", ())
    problems += _twice(document, "/schema", objects, "object")
    for index, element in enumerate(objects):
        problems += _columns(document, f"/schema/{index}/properties", element.get("properties", ()))
    return problems


def _columns(document: Document, at: str, properties: list[Any]) -> list[Problem]:
    problems = _twice(document, at, properties, "column")
    for index, column in enumerate(properties):
        here = f"{at}/{index}"
        problems += _too_long(document, here, column, _COLUMN_LIMITS)
        problems += _columns(document, f"{here}/properties", column.get("properties", ()))
    return problems


def _twice(document: Document, at: str, elements: list[Any], what: str) -> list[Problem]:
    """Elements that share a name, and names nobody can use."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for index, element in enumerate(elements):
        name, pointer = element["name"], f"{at}/{index}/name"
        if not name.strip():
            problems.append(document.problem(pointer, "empty", f"This {what} has no name."))
        elif name in seen:
            detail = f"The {what} {name!r} stands here twice."
            problems.append(document.problem(pointer, f"duplicate-{what}", detail))
        seen.add(name)
    return problems


def _too_long(
    document: Document, at: str, element: Mapping[str, Any], limits: Mapping[str, int]
) -> list[Problem]:
    """Texts that the catalogue has no room for, tags among them."""
    found = [
        (f"{at}/{key}", limits.get(key, _TEXT_LENGTH))
        for key in (*limits, "description", "businessName")
        if isinstance(element.get(key), str) and len(element[key]) > limits.get(key, _TEXT_LENGTH)
    ] + [
        (f"{at}/tags/{index}", _TAG_LENGTH)
        for index, tag in enumerate(element.get("tags", ()))
        if len(tag) > _TAG_LENGTH
    ]
    return [
        document.problem(place, "too-long", f"The text is longer than {limit} characters.")
        for place, limit in found
    ]


def warnings(document: Document) -> list[Problem]:
    """What is odd but accepted: an unknown status, features newer than the declared version."""
    data = document.data
    found = []
    status = data.get("status", "")
    if status and status not in STATUSES:
        detail = f"The status {status!r} is none of {', '.join(STATUSES)}; it is kept as text."
        found.append(document.problem("/status", "unknown-status", detail))
    if data["apiVersion"].startswith(("v2.", "v3.0.")) and isinstance(data.get("team"), dict):
        detail = f"A team as a mapping is newer than the declared version {data['apiVersion']}."
        found.append(document.problem("/team", "newer-than-declared", detail))
    return found


def read(document: Document) -> ContractDescriptor:
    """The contract that a valid document describes; call `validate` first."""
    data = Taking(document.data)
    data.text("kind")
    own, custom = lift(data.each("customProperties", read_custom), ours(CONTRACT))
    purpose, usage, limitations, description_rest = read_description(data.value("description"))
    team, members, team_rest = read_team(data.value("team"))
    if members:
        team_rest["members"] = [mapping(m.extra, username=m.username, role=m.role) for m in members]
    return ContractDescriptor(
        api_version=data.text("apiVersion"),
        id=data.text("id"),
        version=data.text("version"),
        name=data.text("name"),
        status=data.text("status"),
        domain=data.text("domain"),
        data_product=data.text("dataProduct"),
        tenant=data.text("tenant"),
        purpose=purpose,
        usage=usage,
        limitations=limitations,
        tags=data.words("tags"),
        team=team,
        objects=data.each("schema", _read_object),
        service_levels=data.each("slaProperties", _read_level),
        roles=data.each("roles", _read_role),
        servers=data.each("servers", _read_server),
        support=data.each("support", read_support),
        definitions=data.each("authoritativeDefinitions", read_definition),
        purposes=tuple(own.get("purposes", ())),
        max_duration_days=own.get("maxDurationDays"),
        custom=custom,
        extra=data.rest() | kept(description=description_rest, team=team_rest),
        source=document,
    )


def _read_object(element: Taking) -> SchemaObject:
    return SchemaObject(
        name=element.text("name"),
        physical_name=element.text("physicalName"),
        physical_type=element.text("physicalType"),
        description=element.text("description"),
        business_name=element.text("businessName"),
        granularity=element.text("dataGranularityDescription"),
        tags=element.words("tags"),
        columns=_read_columns(element),
        relationships=element.each("relationships", _read_relationship),
        quality=element.each("quality", _read_rule),
        custom=element.each("customProperties", read_custom),
        extra=element.rest(),
    )


def _read_columns(holder: Taking) -> tuple[Column, ...]:
    entries = holder.value("properties") or ()
    return tuple(_read_column(Taking(entry), at) for at, entry in enumerate(entries, start=1))


def _read_column(column: Taking, position: int) -> Column:
    return Column(
        name=column.text("name"),
        position=position,
        logical_type=column.text("logicalType"),
        physical_type=column.text("physicalType"),
        description=column.text("description"),
        business_name=column.text("businessName"),
        classification=column.text("classification"),
        required=column.flag("required"),
        unique=column.flag("unique"),
        primary_key=column.flag("primaryKey"),
        primary_key_position=column.whole("primaryKeyPosition", -1),
        deprecated=column.flag("deprecated"),
        tags=column.words("tags"),
        examples=tuple(column.value("examples") or ()),
        enum=column.each("enum", _read_enum),
        options=column.value("logicalTypeOptions") or {},
        relationships=column.each("relationships", _read_relationship),
        quality=column.each("quality", _read_rule),
        children=_read_columns(column),
        custom=column.each("customProperties", read_custom),
        extra=column.rest(),
    )


def _read_enum(entry: Taking) -> EnumValue:
    return EnumValue(value=entry.value("value"), label=entry.text("label"), extra=entry.rest())


def _read_relationship(entry: Taking) -> Relationship:
    return Relationship(
        to=_names(entry.value("to")),
        source=_names(entry.value("from")),
        type=entry.text("type"),
        extra=entry.rest(),
    )


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _read_rule(rule: Taking) -> QualityRule:
    return QualityRule(
        name=rule.text("name"),
        type=rule.text("type", "library"),
        metric=rule.text("metric"),
        description=rule.text("description"),
        dimension=rule.text("dimension"),
        severity=rule.text("severity"),
        query=rule.text("query"),
        unit=rule.text("unit"),
        extra=rule.rest(),
    )


def _read_level(level: Taking) -> ServiceLevelObjective:
    return ServiceLevelObjective(
        property=level.text("property"),
        value=level.value("value"),
        unit=level.text("unit"),
        element=level.text("element"),
        driver=level.text("driver"),
        description=level.text("description"),
        extra=level.rest(),
    )


def _read_role(role: Taking) -> Role:
    return Role(
        role=role.text("role"),
        access=role.text("access"),
        description=role.text("description"),
        first_level_approvers=role.text("firstLevelApprovers"),
        second_level_approvers=role.text("secondLevelApprovers"),
        extra=role.rest(),
    )


def _read_server(server: Taking) -> Server:
    return Server(
        server=server.text("server"),
        type=server.text("type"),
        description=server.text("description"),
        environment=server.text("environment"),
        extra=server.rest(),
    )


def write(contract: ContractDescriptor) -> dict[str, Any]:
    """The contract as the mapping that an ODCS document holds; read again it is equal."""
    extra = dict(contract.extra)
    description = mapping(
        extra.pop("description", {}),
        purpose=contract.purpose,
        usage=contract.usage,
        limitations=contract.limitations,
    )
    team = write_team(contract.team, (), extra.pop("team", {}))
    own = lower({"purposes": contract.purposes, "maxDurationDays": contract.max_duration_days})
    return mapping(
        extra,
        apiVersion=contract.api_version,
        kind=KIND,
        id=contract.id,
        name=contract.name,
        version=contract.version,
        status=contract.status,
        domain=contract.domain,
        dataProduct=contract.data_product,
        tenant=contract.tenant,
        description=description,
        tags=contract.tags,
        team=team,
        servers=each(_write_server, contract.servers),
        schema=each(_write_object, contract.objects),
        slaProperties=each(_write_level, contract.service_levels),
        roles=each(_write_role, contract.roles),
        support=each(write_support, contract.support),
        authoritativeDefinitions=each(write_definition, contract.definitions),
        customProperties=own + each(write_custom, contract.custom),
    )


def _write_object(element: SchemaObject) -> dict[str, Any]:
    return mapping(
        element.extra,
        name=element.name,
        physicalName=element.physical_name,
        physicalType=element.physical_type,
        businessName=element.business_name,
        description=element.description,
        dataGranularityDescription=element.granularity,
        tags=element.tags,
        properties=each(_write_column, element.columns),
        relationships=each(_write_relationship, element.relationships),
        quality=each(_write_rule, element.quality),
        customProperties=each(write_custom, element.custom),
    )


def _write_column(column: Column) -> dict[str, Any]:
    position = column.primary_key_position
    return mapping(
        column.extra,
        name=column.name,
        businessName=column.business_name,
        logicalType=column.logical_type,
        physicalType=column.physical_type,
        description=column.description,
        classification=column.classification,
        required=column.required,
        unique=column.unique,
        primaryKey=column.primary_key,
        primaryKeyPosition=position if position != -1 else None,
        deprecated=column.deprecated,
        tags=column.tags,
        logicalTypeOptions=dict(column.options),
        enum=each(_write_enum, column.enum),
        examples=column.examples,
        relationships=each(_write_relationship, column.relationships),
        quality=each(_write_rule, column.quality),
        properties=each(_write_column, column.children),
        customProperties=each(write_custom, column.custom),
    )


def _write_enum(entry: EnumValue) -> dict[str, Any]:
    return {"value": entry.value} | mapping(entry.extra, label=entry.label)


def _write_relationship(entry: Relationship) -> dict[str, Any]:
    return mapping(
        entry.extra,
        type=entry.type,
        **{"from": _one_or_list(entry.source), "to": _one_or_list(entry.to)},
    )


def _one_or_list(names: tuple[str, ...]) -> Any:
    return names[0] if len(names) == 1 else names


def _write_rule(rule: QualityRule) -> dict[str, Any]:
    return mapping(
        rule.extra,
        name=rule.name,
        type=rule.type,
        metric=rule.metric,
        description=rule.description,
        dimension=rule.dimension,
        severity=rule.severity,
        query=rule.query,
        unit=rule.unit,
    )


def _write_level(level: ServiceLevelObjective) -> dict[str, Any]:
    return {"property": level.property, "value": level.value} | mapping(
        level.extra,
        unit=level.unit,
        element=level.element,
        driver=level.driver,
        description=level.description,
    )


def _write_role(role: Role) -> dict[str, Any]:
    return mapping(
        role.extra,
        role=role.role,
        access=role.access,
        description=role.description,
        firstLevelApprovers=role.first_level_approvers,
        secondLevelApprovers=role.second_level_approvers,
    )


def _write_server(server: Server) -> dict[str, Any]:
    return mapping(
        server.extra,
        server=server.server,
        type=server.type,
        description=server.description,
        environment=server.environment,
    )
