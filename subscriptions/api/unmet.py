"""Searches that found nothing: demand that nobody has put into words yet."""

from typing import Any

from rest_framework.fields import CharField, DateField, IntegerField
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import whole
from marketplace.kernel.rest.operations import Param, operation
from subscriptions.funnel.reading import unmet

_DAYS = Param("days", "Over how many days.", "integer", least=1, most=400)


class UnmetShown(Serializer[Any]):
    """Words that were searched for and found nothing the last time; never who searched."""

    text = CharField()
    count = IntegerField()
    last = DateField()


class Unmet(Endpoint):
    """What is looked for in vain."""

    @operation(scope="read", gives=UnmetShown, page=True, keyset=False, query=(_DAYS,))
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List searches without a result, the most frequent first; at most 100."""
        days = whole(self.params, "days", 30, least=1, most=400)
        return self.everything(list(UnmetShown(unmet(days, 100), many=True).data))
