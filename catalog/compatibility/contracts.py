"""What a new version of a contract changes, seen by those who read the data.

| what changed                                            | impact | one who uses it |
|---------------------------------------------------------|--------|-----------------|
| object removed, column removed                          | MAJOR  | breaks          |
| object added, column added (nullable or not)            | MINOR  | safe            |
| type wider in its family (integer to bigint)            | MINOR  | safe            |
| type of kin (integer to numeric, char to varchar)       | MINOR  | at_risk         |
| type narrower or of another family                      | MAJOR  | breaks          |
| required to nullable                                    | MAJOR  | at_risk         |
| nullable to required                                    | MINOR  | safe            |
| primary key changed or dropped (concerns every reader)  | MAJOR  | breaks          |
| primary key stated for the first time                   | MINOR  | safe            |
| unique dropped                                          | MAJOR  | at_risk         |
| unique promised                                         | MINOR  | safe            |
| classification up, to confidential or restricted        | MAJOR  | at_risk         |
| classification up, to internal                          | MINOR  | at_risk         |
| classification down                                     | MINOR  | safe            |
| column becomes personal data                            | MAJOR  | at_risk         |
| column is no longer personal data                       | MINOR  | safe            |
| masking stricter (custom property `masking`)            | MAJOR  | breaks          |
| masking milder                                          | MINOR  | safe            |
| allowed value added or removed, list of values dropped  | MINOR  | at_risk         |
| list of allowed values stated for the first time        | MINOR  | safe            |
| type options (format, length, bounds)                   | MINOR  | at_risk         |
| column or contract deprecated                           | MINOR  | at_risk         |
| contract retired                                        | MAJOR  | breaks          |
| quality rule or service level removed or lowered        | MINOR  | at_risk         |
| quality rule or service level added or raised           | MINOR  | safe            |
| allowed purpose removed, or purposes limited first time | MAJOR  | at_risk         |
| allowed purpose added, or purposes no longer limited    | MINOR  | safe            |
| longest duration lowered or stated first time           | MINOR  | at_risk         |
| longest duration raised or dropped                      | MINOR  | safe            |
| server changed or removed, physical name changed        | MINOR  | at_risk         |
| server added                                            | MINOR  | safe            |
| words: descriptions, names, tags, examples, links, rest | PATCH  | safe            |

Required to nullable and dropped uniqueness are MAJOR because a promise is withdrawn, but only
at_risk because a careful query survives them; the other way round nothing that worked can fail.
A rename is a removal and an addition: nothing in a contract tells them apart.
"""

from collections.abc import Iterator
from typing import Final

from catalog.compatibility.columns import column_differences, key_differences
from catalog.compatibility.difference import (
    ADD,
    AT_RISK,
    BREAKS,
    CHANGE,
    MAJOR,
    MINOR,
    NONE,
    PATCH,
    REMOVE,
    SAFE,
    Difference,
    impact,
    suggested_version,
    verdict_for,
)
from catalog.compatibility.promises import limits, quality, servers, service_levels
from catalog.compatibility.wording import rest, words
from catalog.descriptors.model import ContractDescriptor, SchemaObject

__all__ = [
    "AT_RISK",
    "BREAKS",
    "MAJOR",
    "MINOR",
    "NONE",
    "PATCH",
    "SAFE",
    "Difference",
    "diff",
    "impact",
    "suggested_version",
    "verdict_for",
]

_ENDING: Final = {"retired": (MAJOR, BREAKS), "deprecated": (MINOR, AT_RISK)}


def diff(old: ContractDescriptor, new: ContractDescriptor) -> tuple[Difference, ...]:
    """Every difference between two versions, in the order of the contract."""
    return (
        *_status(old, new),
        *_objects(old, new),
        *service_levels(old.service_levels, new.service_levels),
        *limits(old, new),
        *servers(old.servers, new.servers),
        *words("", "", "", _said(old), _said(new)),
    )


def _said(contract: ContractDescriptor) -> dict[str, object]:
    """What a contract says that no query depends on."""
    return {
        "name": contract.name,
        "domain": contract.domain,
        "dataProduct": contract.data_product,
        "tenant": contract.tenant,
        "description": (contract.purpose, contract.usage, contract.limitations),
        "tags": contract.tags,
        "team": contract.team,
        "roles": contract.roles,
        "support": contract.support,
        "authoritativeDefinitions": contract.definitions,
        "customProperties": contract.custom,
    } | rest(contract.extra)


def _status(old: ContractDescriptor, new: ContractDescriptor) -> Iterator[Difference]:
    if old.status == new.status:
        return
    level, verdict = _ENDING.get(new.status, (PATCH, SAFE))
    was, now = old.status or "without a status", new.status or "without a status"
    yield Difference(
        kind=CHANGE,
        path="/status",
        impact=level,
        verdict=verdict,
        sentence=f"The contract is now {now}; it was {was}.",
        old=old.status,
        new=new.status,
    )


def _objects(old: ContractDescriptor, new: ContractDescriptor) -> Iterator[Difference]:
    before = {element.name: element for element in old.objects}
    after = {element.name: element for element in new.objects}
    for name, element in before.items():
        path = f"/schema[name={name}]"
        if name in after:
            yield from _object(path, element, after[name])
            continue
        yield Difference(
            kind=REMOVE,
            path=path,
            impact=MAJOR,
            verdict=BREAKS,
            sentence=f"The object {name} is removed.",
            old=name,
        )
    for name in after:
        if name not in before:
            yield Difference(
                kind=ADD,
                path=f"/schema[name={name}]",
                impact=MINOR,
                verdict=SAFE,
                sentence=f"The object {name} is new.",
                new=name,
            )


def _object(path: str, old: SchemaObject, new: SchemaObject) -> Iterator[Difference]:
    if old.physical_name != new.physical_name:
        yield Difference(
            kind=CHANGE,
            path=f"{path}/physicalName",
            impact=MINOR,
            verdict=AT_RISK,
            sentence=f"The object {old.name} stands under another name on the platform.",
            old=old.physical_name,
            new=new.physical_name,
        )
    yield from key_differences(path, old.columns, new.columns)
    yield from column_differences(path, old.columns, new.columns)
    yield from quality(path, "", old.name, old.quality, new.quality)
    yield from words(path, "", f"The object {old.name}'s", _object_said(old), _object_said(new))


def _object_said(element: SchemaObject) -> dict[str, object]:
    return {
        "physicalType": element.physical_type,
        "description": element.description,
        "businessName": element.business_name,
        "dataGranularityDescription": element.granularity,
        "tags": element.tags,
        "relationships": element.relationships,
        "customProperties": element.custom,
    } | rest(element.extra)
