"""Bundles of descriptors: planned, and applied."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.apply import Outcome, apply_bundle
from catalog.api import shapes
from catalog.api.bodies import BundleBody
from marketplace.kernel.actions import rehearse
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.operations import operation
from marketplace.kernel.rest.parsers import (
    FilesParser,
    StrictJSONParser,
    TextYAMLParser,
    YAMLParser,
)


class BundleEndpoint(Endpoint):
    """What both addresses share: a text, whichever way it is sent."""

    parser_classes = [StrictJSONParser, YAMLParser, TextYAMLParser, FilesParser]
    bodies: ClassVar[dict[str, Any]] = {
        "application/yaml": {"type": "string"},
        "multipart/form-data": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        },
    }
    max_body = 600_000  # a text of 256 kB, with every character escaped in JSON

    def text(self, request: Request) -> str | bytes:
        """Give the bundle's text."""
        sent: Any = request.data
        if isinstance(sent, dict) and isinstance(sent.get("documents"), bytes):
            raw: bytes = sent["documents"]
            if not raw.strip():
                raise Invalid(FieldProblem("/documents", "required", "The body is empty."))
            return raw
        given: str = self.body()["documents"]
        return given


class Apply(BundleEndpoint):
    """Make the catalog agree with a bundle."""

    @operation(scope="publish", takes=BundleBody, gives=shapes.OutcomeShown, dry=True)
    def post(self, request: Request) -> Response:
        """Apply a bundle of Domain, Team, DataProduct and DataContract: all of it, or nothing."""
        return self.act(_outcome, apply_bundle, text=self.text(request))


class Plan(BundleEndpoint):
    """Say what applying a bundle would do."""

    @operation(scope="publish", takes=BundleBody, gives=shapes.OutcomeShown)
    def post(self, request: Request) -> Response:
        """Say what would be created, updated or refused, and change nothing."""
        would = rehearse(_outcome, apply_bundle, self.actor, text=self.text(request))
        return Response({**would, "dry_run": True})


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "documents": [document.as_json() for document in outcome.documents],
        "warnings": list(outcome.warnings),
    }
