"""Orders to platforms that others change, over REST."""

from typing import Any

from rest_framework.fields import CharField, DateTimeField, IntegerField
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.kernel.rest.bodies import Body, One, Text, Whole
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.operations import Param, operation
from subscriptions.actions.orders import answer_order, orders_for
from subscriptions.api.shapes import Shown


class OrderAnswerBody(Body):
    """What became of an order; all but done need words."""

    generation = Whole(min_value=1)
    outcome = One("done", "failed", "refused", "cancelled")
    words = Text(required=False, allow_blank=True, default="", max_length=1000)


class OrderShown(Shown):
    """The newest order of a handle. ``outcome``: empty, done, failed, refused or cancelled."""

    handle = CharField(source="handle.name")
    platform = CharField(source="handle.port.platform.key")
    product = CharField(source="handle.port.product.key")
    port = CharField(source="handle.port.name")
    generation = IntegerField()
    text = CharField()
    outcome = CharField(allow_blank=True)
    by = CharField(allow_blank=True)
    words = CharField(allow_blank=True)
    at = DateTimeField(allow_null=True)


class Orders(Endpoint):
    """Orders that the caller answers for."""

    @operation(
        scope="read",
        gives=OrderShown,
        page=True,
        keyset=False,
        query=(Param("platform", "Only those of this connection, by its key."),),
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List the newest order of each handle, open ones first; 200 at most."""
        found = orders_for(self.actor, platform=self.params.get("platform", ""))
        return self.everything(list(OrderShown(found, many=True).data))


class OrderAnswer(Endpoint):
    """What became of one."""

    @operation(scope="decide", takes=OrderAnswerBody, gives=OrderShown, refuses=(409,))
    def post(self, request: Request, handle: str) -> Response:  # noqa: ARG002
        """Report on the newest order in one's own name; on any other it is refused (409)."""
        found = answer_order(self.actor, handle=handle, **self.body())
        shown: dict[str, Any] = OrderShown(found).data
        return Response(shown)
