"""Why somebody has access to a port, or has not."""

from typing import Any

from rest_framework.fields import CharField, DateTimeField, SerializerMethodField
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.operations import Param, operation
from subscriptions.actions.explaining import Explanation, explain
from subscriptions.api.shapes import API, Shown

_PARAMS = (
    Param("person", "Whose access: an account's name. Without it, the caller's own."),
    Param("version", "The port's version; without it, the newest active one."),
    Param("purpose", "The purpose to ask the policies with; without it, the first allowed one."),
)


class ExplainedStepShown(Shown):
    """One link of the chain. ``state``: ok, wait, no or info; ``about`` is an id, or empty."""

    key = CharField()
    state = CharField()
    text = CharField()
    at = DateTimeField(allow_null=True)
    about = CharField(allow_blank=True)


class ExplanationShown(Shown):
    """``answer``: yes (proven), coming, unproven (access may stand), or no."""

    person = CharField(source="person.username")
    product = CharField(source="port.product.key")
    port = CharField(source="port.name")
    version = CharField(source="port.version_name")
    answer = CharField()
    headline = CharField()
    steps = ExplainedStepShown(many=True)
    _links = SerializerMethodField(method_name="get_links")

    def get_links(self, found: Explanation) -> dict[str, str]:
        """The agreement and the request that the steps speak of, where there are such."""
        links = {}
        if found.agreement is not None:
            links["agreement"] = f"{API}/access-agreements/{found.agreement.pk}"
        if found.request is not None:
            links["request"] = f"{API}/access-requests/{found.request.pk}"
        return links


class Explain(Endpoint):
    """The chain from a person to the proof."""

    @operation(scope="read", gives=ExplanationShown, query=_PARAMS, refuses=(403,))
    def get(self, request: Request, key: str, name: str) -> Response:  # noqa: ARG002
        """Say why a person can read a port, or cannot: one sentence for each step.

        Everybody may ask about themselves; about others the product's owners and oversight may.
        """
        given = {word: self.params.get(word, "") for word in ("version", "purpose")}
        person = self.params.get("person") or self.actor.subject
        found = explain(self.actor, product=key, port=name, person=person, **given)
        shown: dict[str, Any] = ExplanationShown(found).data
        return Response(shown)
