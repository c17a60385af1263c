"""Draft descriptors from what a platform says of its tables; nothing is changed anywhere."""

import re
from typing import Any, Final

from catalog.descriptors.harvest import draft
from catalog.events import PlatformHarvested
from catalog.models import OutputPort, PlatformConnection
from catalog.permissions import may_connect_platforms
from catalog.queries import connector_of
from marketplace.connectors.base import BadIdentifier, ConnectorError
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, FieldProblem, Invalid, NotAllowed, NotFound
from marketplace.kernel.events.log import record
from marketplace.kernel.identity.models import Team

_PLACE: Final = re.compile(r"[^.\s\x00]{1,63}\Z")


class NotDescribed(DomainError):
    """The platform does not say what is asked, or does not answer."""

    code = "not-described"
    title = "The platform did not describe this."


def schemas_of(actor: Actor, *, key: str) -> list[str]:
    """List where tables are on a platform: as it says itself, else where its ports read.

    Changes nothing and records nothing: names of schemas only. Empty when it does not answer.
    """
    row = PlatformConnection.objects.filter(key=key).first()
    if row is None:
        raise NotFound
    if not may_connect_platforms(actor):
        raise NotAllowed(permission="may_connect_platforms")
    ports = OutputPort.objects.filter(platform=row, resource__contains=".")
    pairs = list(ports.values_list("resource", "relation_schema"))
    found = {resource.partition(".")[0] for resource, _ in pairs}
    published = {schema for _, schema in pairs} - found
    listing = getattr(connector_of(row), "schemas", None)
    if listing is not None:
        try:
            found |= set(listing()) - published
        except (ConnectorError, OSError):
            return sorted(found)
    return sorted(found)


def lists_relations(row: PlatformConnection) -> bool:
    """Whether a platform lists the tables of a schema; else a table is named by hand."""
    return hasattr(connector_of(row), "relations")


def relations_of(actor: Actor, *, key: str, schema: str) -> list[str]:
    """List the tables and views of a schema, as `schema.name`. Raises NotDescribed."""
    _well_named("/schema", schema)
    connector = connector_of(permit_harvest(actor, key=key, what=schema))
    listing = getattr(connector, "relations", None)
    if listing is None:
        raise NotDescribed("This platform does not list its relations.")
    try:
        return [f"{schema}.{name}" for name in listing(schema)]
    except (ConnectorError, BadIdentifier, OSError) as refused:
        raise NotDescribed(str(refused)) from None


def draft_of(actor: Actor, *, key: str, relation: str, product: str, team: str) -> str:
    """Describe a table and write the draft of its contract and product, for its owner to finish.

    `relation` is `schema.name`, `product` the key `domain.product`. Raises Invalid, NotDescribed.
    """
    schema, _, name = relation.partition(".")
    _well_named("/relation", schema)
    _well_named("/relation", name)
    if not Team.objects.filter(slug=team).exists():
        raise Invalid(FieldProblem("/team", "unknown-team", f"There is no team {team}."))
    connector: Any = connector_of(permit_harvest(actor, key=key, what=relation))
    try:
        table = connector.describe(schema, name)
    except (ConnectorError, BadIdentifier, OSError) as refused:
        raise NotDescribed(str(refused)) from None
    try:
        return draft(table, product=product, team=team, platform=key)
    except ValueError as wrong:
        words = f"{str(wrong)[:1].upper()}{str(wrong)[1:]}."
        raise Invalid(FieldProblem("/product", "key", words)) from None


@action
def permit_harvest(actor: Actor, *, key: str, what: str) -> PlatformConnection:
    """Note what of a platform is described, after asking whether it may be."""
    require(actor, may_connect_platforms)
    row = PlatformConnection.objects.filter(key=key).first()
    if row is None:
        raise NotFound
    record(PlatformHarvested(subject=f"platform/{key}", what=what))
    return row


def _well_named(pointer: str, name: str) -> None:
    if not _PLACE.match(name):
        words = "A name of 63 characters at most, without dots and spaces."
        raise Invalid(FieldProblem(pointer, "identifier", words))
