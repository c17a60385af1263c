"""Bundles of descriptors: planned, and applied."""

from collections.abc import Callable
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.apply import Outcome, apply_bundle, apply_files
from catalog.api import shapes
from catalog.api.bodies import BundleBody
from marketplace.kernel.actions import rehearse
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.rest.endpoints import Endpoint, must
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
    max_body = 10_000_000  # of all files; one text is at most 256 kB

    def call(self, request: Request) -> Callable[[Actor], Outcome]:
        """Give the action with what was sent: a text, or several files."""
        sent: Any = request.data
        if isinstance(sent, dict) and isinstance(sent.get("files"), dict):
            files: dict[str, bytes] = sent["files"]
            return lambda actor: apply_files(actor, texts=files)
        if isinstance(sent, dict) and isinstance(sent.get("documents"), bytes):
            text: str | bytes = sent["documents"]
            must(text.strip(), Invalid(FieldProblem("/documents", "required", "It is empty.")))
        else:
            text = self.body()["documents"]
        return lambda actor: apply_bundle(actor, text=text)


class Apply(BundleEndpoint):
    """Make the catalog agree with a bundle."""

    @operation(scope="publish", takes=BundleBody, gives=shapes.OutcomeShown, dry=True)
    def post(self, request: Request) -> Response:
        """Apply a bundle of Domain, Team, DataProduct and DataContract: all of it, or nothing."""
        return self.act(_outcome, self.call(request))


class Plan(BundleEndpoint):
    """Say what applying a bundle would do."""

    @operation(scope="publish", takes=BundleBody, gives=shapes.OutcomeShown)
    def post(self, request: Request) -> Response:
        """Say what would be created, updated or refused, and change nothing."""
        would = rehearse(_outcome, self.call(request), self.actor)
        return Response({**would, "dry_run": True})


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "documents": [document.as_json() for document in outcome.documents],
        "warnings": list(outcome.warnings),
    }
