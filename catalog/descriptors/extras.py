"""Our two own kinds, `apiVersion: emporion/v1`: Domain and Team."""

from functools import cache
from typing import Any, Final

from catalog.descriptors.model import DomainDescriptor, TeamDescriptor
from catalog.descriptors.parts import Taking, each, mapping, read_member, write_member
from catalog.descriptors.properties import emporion_schema
from catalog.descriptors.safe_yaml import Document, Problem
from catalog.descriptors.schema_check import SchemaCheck

API_VERSION: Final = "emporion/v1"
KINDS: Final = ("Domain", "Team")


@cache
def _check(kind: str) -> SchemaCheck:
    return SchemaCheck(emporion_schema() | {"$ref": f"#/$defs/{kind}"})


def validate(document: Document) -> list[Problem]:
    """Everything wrong with a Domain or Team document."""
    problems = _check(document.data["kind"]).problems(document, document.data)
    return problems or _meaning(document)


def _meaning(document: Document) -> list[Problem]:
    problems = []
    data = document.data
    if data["kind"] == "Domain" and data.get("parent") == data["id"]:
        problems.append(document.problem("/parent", "cycle", "A domain is not its own parent."))
    seen: set[tuple[str, str]] = set()
    for index, member in enumerate(data.get("members", ())):
        key = (member["username"], member["role"])
        if key in seen:
            detail = f"{key[0]!r} stands here twice as {key[1]}."
            problems.append(document.problem(f"/members/{index}", "duplicate-member", detail))
        seen.add(key)
    return problems


def read_domain(document: Document) -> DomainDescriptor:
    """The domain that a valid document describes."""
    data = Taking(document.data)
    return DomainDescriptor(
        id=data.text("id"),
        name=data.text("name"),
        description=data.text("description"),
        parent=data.text("parent"),
        owner_team=data.text("ownerTeam"),
        hue=data.value("hue"),
        source=document,
    )


def read_team(document: Document) -> TeamDescriptor:
    """The team that a valid document describes."""
    data = Taking(document.data)
    return TeamDescriptor(
        id=data.text("id"),
        name=data.text("name"),
        description=data.text("description"),
        domain=data.text("domain"),
        email=data.text("email"),
        members=data.each("members", read_member),
        source=document,
    )


def write_domain(domain: DomainDescriptor) -> dict[str, Any]:
    """The domain as the mapping that its document holds."""
    return mapping(
        {},
        apiVersion=API_VERSION,
        kind="Domain",
        id=domain.id,
        name=domain.name,
        description=domain.description,
        parent=domain.parent,
        ownerTeam=domain.owner_team,
    ) | ({} if domain.hue is None else {"hue": domain.hue})


def write_team(team: TeamDescriptor) -> dict[str, Any]:
    """The team as the mapping that its document holds."""
    return mapping(
        {},
        apiVersion=API_VERSION,
        kind="Team",
        id=team.id,
        name=team.name,
        description=team.description,
        domain=team.domain,
        email=team.email,
        members=each(write_member, team.members),
    )
