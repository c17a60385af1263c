"""Drafts from tables over REST, for operators."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import CharField, ListField
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.harvesting import draft_of, relations_of
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.rest.bodies import Body, Text
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.operations import operation


class HarvestBody(Body):
    """A schema to list, or a relation (`schema.name`) to draft for a product and its team."""

    schema = Text(required=False, default="", allow_blank=True, max_length=63)
    relation = Text(required=False, default="", allow_blank=True, max_length=127)
    product = Text(required=False, default="", allow_blank=True, max_length=161)
    team = Text(required=False, default="", allow_blank=True, max_length=80)


class HarvestShown(serializers.Serializer[Any]):
    """What a schema holds, or the draft (YAML) of one relation; nothing was changed."""

    relations = ListField(child=CharField())
    draft = CharField(allow_blank=True)


class Harvest(Endpoint):
    """Describe."""

    @operation(scope="admin", takes=HarvestBody, gives=HarvestShown, refuses=(409,))
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """List a schema, or draft a contract and a product from one table, to be reviewed."""
        given = self.body()
        found: dict[str, Any] = {"relations": [], "draft": ""}
        if given["relation"]:
            names = {name: given[name] for name in ("relation", "product", "team")}
            found["draft"] = draft_of(self.actor, key=key, **names)
        elif given["schema"]:
            found["relations"] = relations_of(self.actor, key=key, schema=given["schema"])
        else:
            raise Invalid(FieldProblem("", "required", "Name a schema or a relation."))
        return Response(HarvestShown(found).data)
