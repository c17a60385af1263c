"""Ports of a product: what they promise, what they look like, and how to connect."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.editing import save_port
from catalog.api import shapes
from catalog.api.bodies import PortBody, port_of
from catalog.api.products import YAML
from catalog.models import OutputPort
from catalog.queries import port_or_404, ports_of, product_or_404, sample, schema, snippets
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rest.endpoints import Endpoint, text
from marketplace.kernel.rest.operations import Param, operation

VERSION = Param("version", "The port's version; without it the newest active one.")
_NO_SAMPLE: dict[str, Any] = {
    "kind": "none",
    "basis": "",
    "taken_at": None,
    "row_count": None,
    "columns": {},
    "rows": [],
    "stream": None,
}


class PortEndpoint(Endpoint):
    """What every address below a port shares."""

    def port(self, key: str, name: str) -> OutputPort:
        """Give the port that the address and ``?version=`` name."""
        return port_or_404(self.actor, key, name, self.params.get("version") or None)


class Ports(Endpoint):
    """The ports of a product."""

    @operation(scope="read", gives=shapes.PortShown, page=True, keyset=False)
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """List a product's ports, in their order."""
        product = product_or_404(self.actor, key)
        rows = ports_of(product.pk)
        for row in rows:
            row.product = product
        return self.everything([shapes.port(row) for row in rows])


class Port(PortEndpoint):
    """One port."""

    @operation(scope="read", gives=shapes.PortShown, query=(VERSION,), match=True)
    def get(self, request: Request, key: str, name: str) -> Response:  # noqa: ARG002
        """Read a port."""
        return self.show(shapes.port(self.port(key, name)))

    @operation(scope="publish", takes=PortBody, gives=shapes.PortShown, match=True, dry=True)
    def put(self, request: Request, key: str, name: str) -> Response:  # noqa: ARG002
        """Add a port to a product, or replace it. Replacing needs If-Match."""
        given = self.body()
        product = product_or_404(self.actor, key)
        kept = product.ports.filter(name=name, version_name=given["version"]).first()
        version = self.version_needed(exists=kept is not None)
        wanted = port_of(name, given)
        return self.act(shapes.port, save_port, key=key, port=wanted, version=version)


class Schema(PortEndpoint):
    """The schema of a port."""

    @operation(scope="read", gives=shapes.SchemaShown, query=(VERSION,))
    def get(self, request: Request, key: str, name: str) -> Response:  # noqa: ARG002
        """Read the columns that a port shows."""
        return Response(schema(self.port(key, name)))


class Sample(PortEndpoint):
    """Sample rows of a port."""

    @operation(scope="read", gives=shapes.SampleShown, query=(VERSION,))
    def get(self, request: Request, key: str, name: str) -> Response:  # noqa: ARG002
        """Read sample rows and the profile of the columns; synthetic or masked, as `kind` says."""
        return Response(sample(self.port(key, name)) or _NO_SAMPLE)


class Snippets(PortEndpoint):
    """How to connect."""

    @operation(scope="read", gives=shapes.SnippetsShown, query=(VERSION,))
    def get(self, request: Request, key: str, name: str) -> Response:  # noqa: ARG002
        """Read ways to connect, with real names and never a secret."""
        port = self.port(key, name)
        return Response({"relation": port.relation or None, "snippets": snippets(port)})


class Contract(PortEndpoint):
    """The contract of a port."""

    @operation(scope="read", media=YAML, query=(VERSION,))
    def get(self, request: Request, key: str, name: str) -> HttpResponse:  # noqa: ARG002
        """Read the ODCS contract in force as it was written."""
        contract = self.port(key, name).contract
        if contract is None or not contract.text:
            raise NotFound
        return text(contract.text, media=YAML, name=f"{contract.contract.key}.odcs.yaml")
