"""The rules over REST: packs and their versions, and every verdict with what it was made from."""

from typing import Any

from django_filters import CharFilter
from rest_framework.fields import (
    BooleanField,
    CharField,
    DateTimeField,
    DictField,
    IntegerField,
    JSONField,
    ListField,
    UUIDField,
)
from rest_framework.request import Request
from rest_framework.response import Response

from governance.actions.packs import activate_policy, put_policy
from governance.api.shapes import Shown
from governance.evaluate import judge_again
from governance.models import Policy, PolicyDecision
from governance.permissions import may_author_policy, may_read_audit
from governance.queries import policies, policy_or_404
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.rest.bodies import Body, Text, Whole, Words
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters, whole
from marketplace.kernel.rest.operations import Param, operation

_MOST = 2_147_483_647  # what the column holds
_VERSION = Param(
    "version", "Its number; without it the one in force.", "integer", least=0, most=_MOST
)


class PolicyShown(Shown):
    """One version of a pack, and whether it decides."""

    key = CharField()
    version = IntegerField(source="number")
    title = CharField()
    active = BooleanField()
    activated_by = CharField(allow_blank=True)
    activated_at = DateTimeField(allow_null=True)


class PackShown(PolicyShown):
    """One version with its rules."""

    pack = DictField()


class PackBody(Body):
    """A pack as it is shipped in ``governance/policies``; its ``version`` is counted anew."""

    key = Text(max_length=80)
    title = Text(max_length=160)
    description = Words(required=False, allow_blank=True, max_length=2000)
    version = Whole(required=False, min_value=1)
    rules = ListField(child=DictField(), max_length=500)


class ActivateBody(Body):
    """Which version decides from now on; an earlier one goes back."""

    version = Whole(min_value=1, max_value=_MOST)


class KeptVerdictShown(Shown):
    """One verdict with the facts it was made from."""

    id = UUIDField()
    subject = CharField()
    outcome = CharField()
    reasons = JSONField()
    stages = JSONField()
    packs = JSONField()
    facts = JSONField()
    at = DateTimeField()


class VerdictMadeAgainShown(KeptVerdictShown):
    """A verdict, and what the same rules say of the same facts now."""

    again = CharField()


class VerdictFilters(Filters):
    """Filters of verdicts."""

    outcome = CharFilter(help_text="allow, review or deny.")
    subject = CharFilter(help_text="What it is about, such as access_request/<id>.")


class Overseen(Endpoint):
    """What oversight roles read."""

    def overseer(self) -> None:
        """Refuse who does not oversee."""
        if not may_read_audit(self.actor):
            raise NotAllowed("Policies and verdicts are read by governance and oversight.")


class Policies(Overseen):
    """Packs of rules."""

    @operation(scope="read", gives=PolicyShown, page=True, keyset=False)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List every version of every pack, by key, newest first."""
        self.overseer()
        return self.everything(list(PolicyShown(policies(), many=True).data))

    @operation(scope="admin", takes=PackBody, gives=PackShown, status=201, dry=True)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Keep a pack as its next version, which decides nothing until it is activated."""
        return self.act(_pack, put_policy, pack=self.body())


class PolicyView(Overseen):
    """One pack."""

    @operation(scope="read", gives=PackShown, query=(_VERSION,))
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Read one version of a pack: the one named, else the one in force, else the newest."""
        self.overseer()
        number = whole(self.params, "version", 0, most=_MOST)
        return Response(_pack(policy_or_404(key, number or None)))


class Activate(Overseen):
    """Which version decides."""

    @operation(scope="admin", takes=ActivateBody, gives=PolicyShown, dry=True)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Let one version of a pack decide from now on."""
        if not may_author_policy(self.actor):
            raise NotAllowed
        return self.act(_policy, activate_policy, key=key, number=self.body()["version"])


class Verdicts(Overseen):
    """What the rules answered."""

    @operation(scope="read", gives=KeptVerdictShown, page=True, filters=VerdictFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List verdicts with their facts, newest first."""
        self.overseer()
        return self.page(PolicyDecision.objects.order_by("-pk"), KeptVerdictShown)


class VerdictView(Overseen):
    """One verdict."""

    @operation(scope="read", gives=VerdictMadeAgainShown)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Read a verdict, made again from its stored facts and the rules of then."""
        self.overseer()
        row = PolicyDecision.objects.filter(pk=id).first()
        if row is None:
            raise NotFound
        return Response(
            KeptVerdictShown(row).data | {"again": judge_again(row).to_json()["outcome"]}
        )


def _policy(row: Policy) -> dict[str, Any]:
    return PolicyShown(row).data


def _pack(row: Policy) -> dict[str, Any]:
    return PackShown(row).data
