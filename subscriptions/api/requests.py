"""Ask for access, see what would happen, decide."""

from typing import Any

from django.db.models import QuerySet
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from governance.evaluate import judge
from marketplace.connectors.base import ConnectorError
from marketplace.kernel.actions import rehearse
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.problem import body_of
from marketplace.kernel.rest.bodies import Nothing
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters, State
from marketplace.kernel.rest.operations import Param, operation
from subscriptions.actions import requests
from subscriptions.actions.deciding import Answered, Pick, decide_each
from subscriptions.api import shapes
from subscriptions.api.bodies import (
    ApproveBody,
    AskBody,
    CommentBody,
    CounterBody,
    DecideBody,
    NoteBody,
    ResubmitBody,
    ask_of,
)
from subscriptions.models import AccessRequest, Handle, RequestComment
from subscriptions.permissions import may_request
from subscriptions.provisioning import preview
from subscriptions.queries import request_or_404, usual_wait, visible_requests, waiting_for


class RequestFilters(Filters):
    """Filters of requests."""

    state = State(help_text="Any of these states, by comma.")
    product = CharFilter(field_name="port__product__key", help_text="A product's key.")
    port = CharFilter(field_name="port__name", help_text="A port's name.")
    consumer = CharFilter(field_name="consumer_key", help_text="The consumer's id.")
    requester = CharFilter(help_text="Who asked.")
    purpose = State(help_text="Any of these purposes, by comma.")


_FACTS: dict[str, Any] = {
    "scope": "request",
    "gives": shapes.RequestShown,
    "match": True,
    "dry": True,
    "refuses": (409,),
}


class AccessRequests(Endpoint):
    """Requests of the caller's side, and on products that the caller answers for."""

    @operation(
        scope="read",
        gives=shapes.RequestShown,
        page=True,
        filters=RequestFilters,
        query=(Param("waiting", "true: only those that the caller may answer now."),),
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List access requests, newest first."""
        rows = visible_requests(self.actor)
        if self.params.get("waiting") in ("true", "1"):
            rows = rows.filter(pk__in=waiting_for(self.actor).values("pk"))
        return self.page(_with_all(rows), shapes.RequestShown)

    @operation(
        scope="request",
        takes=AskBody,
        gives=shapes.RequestShown,
        status=201,
        dry=True,
        refuses=(409,),
    )
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Ask for a port. Policies refuse it, approve it, or say who has to look at it."""
        ask = ask_of(self.body())
        return self.act(shapes.request, requests.request_access, ask=ask)


class Evaluate(Endpoint):
    """What would happen."""

    @operation(scope="request", takes=AskBody, gives=shapes.EvaluationShown, refuses=(409,))
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Say what would happen to a request; nothing is made, and nobody is told."""
        asked = requests.consider(self.actor, ask_of(self.body()))
        if not may_request(self.actor, asked.consumer):
            raise NotAllowed
        verdict = judge(asked.facts).to_json()
        wait = usual_wait(asked.port)
        return Response(
            {
                "verdict": {name: verdict[name] for name in ("outcome", "reasons", "stages")},
                "would_get": {"columns": asked.readable, "until": asked.until},
                "wait": wait and {"median_seconds": wait.median_seconds, "basis": wait.basis},
            }
        )


class AccessRequestView(Endpoint):
    """One request."""

    @operation(scope="read", gives=shapes.RequestShown, match=True)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """Read an access request with its verdict and its stages."""
        return self.show(shapes.request(request_or_404(self.actor, id)))


class Decide(Endpoint):
    """The same answer to several."""

    @operation(
        scope="decide", takes=DecideBody, gives=shapes.AnsweredShown, page=True, keyset=False
    )
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Answer up to 100 requests; each for itself, so that one refusal stops no other."""
        given = self.body()
        picks = [Pick(one["id"], one["etag"]) for one in given["requests"]]
        done = decide_each(self.actor, picks, decision=given["decision"], note=given["note"])
        return self.everything([_answered(one) for one in done])


class Approve(Endpoint):
    """Yes."""

    @operation(**_FACTS | {"scope": "decide", "takes": ApproveBody})
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Say yes; the last yes makes the agreement.

        A rehearsal also gives `plan`: the exact statements that would run on the platform.
        """
        given = self.body()
        facts = {name: given[name] for name in ("note", "digest", "plan")}
        facts["version"] = self.version()
        if not self.dry:
            return self.act(shapes.request, requests.approve, request_id=id, **facts)
        would = rehearse(shapes.request, requests.approve, self.actor, request_id=id, **facts)
        return Response({**would, "plan": _plan(self.actor, id), "dry_run": True})


class Reject(Endpoint):
    """No."""

    @operation(**_FACTS | {"scope": "decide", "takes": NoteBody})
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Say no, with a reason that the requester reads."""
        note = self.body()["note"]
        run = requests.reject
        return self.act(shapes.request, run, request_id=id, note=note, version=self.version())


class Return(Endpoint):
    """Not like this."""

    @operation(**_FACTS | {"scope": "decide", "takes": NoteBody})
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Ask the requester to change something."""
        note = self.body()["note"]
        run = requests.return_request
        return self.act(shapes.request, run, request_id=id, note=note, version=self.version())


class Counter(Endpoint):
    """Less."""

    @operation(**_FACTS | {"scope": "decide", "takes": CounterBody})
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Offer less than was asked for: a lesser port, fewer columns, a shorter time."""
        given = {name: value for name, value in self.body().items() if name != "reason"}
        return self.act(
            shapes.request, requests.counter, request_id=id, version=self.version(), **given
        )


class AcceptCounter(Endpoint):
    """Take the offer."""

    @operation(**_FACTS, takes=Nothing)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Take the narrower offer; it goes back to whoever made it."""
        self.body()
        run = requests.accept_counter
        return self.act(shapes.request, run, request_id=id, version=self.version())


class Resubmit(Endpoint):
    """Ask again."""

    @operation(**_FACTS, takes=ResubmitBody)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Send a returned request again, changed; answers already given are void."""
        given = self.body()
        return self.act(
            shapes.request, requests.resubmit, request_id=id, version=self.version(), **given
        )


class Withdraw(Endpoint):
    """Never mind."""

    @operation(**_FACTS, takes=Nothing)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Take a request back before it is decided."""
        self.body()
        run = requests.withdraw
        return self.act(shapes.request, run, request_id=id, version=self.version())


class Comments(Endpoint):
    """The conversation about a request."""

    @operation(scope="read", gives=shapes.CommentShown, page=True)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """List what was said, oldest first."""
        found = request_or_404(self.actor, id)
        return self.page(found.comments.all(), shapes.CommentShown, order="pk")

    @operation(scope="request", takes=CommentBody, gives=shapes.CommentShown, status=201, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Say a word; both sides read it."""
        text = self.body()["text"]
        return self.act(_comment, requests.comment, request_id=id, text=text)


def _with_all(rows: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    return rows.select_related("agreement").prefetch_related("stages")


def _answered(one: Answered) -> dict[str, Any]:
    return {
        "id": one.request_id,
        "done": one.done,
        "request": shapes.request(one.request) if one.request else None,
        "problem": body_of(one.refused) if one.refused else None,
    }


def _comment(row: RequestComment) -> dict[str, Any]:
    return shapes.CommentShown(row).data


def _plan(actor: Actor, request_id: str) -> dict[str, Any]:
    """Ask the platform what approving would do; the request was rehearsed, so it may be shown."""
    found = request_or_404(actor, request_id)
    chosen = bool(found.slice.get("columns"))
    handle = None if chosen else Handle.objects.filter(port=found.port, variant="").first()
    try:
        plan = preview(found, handle)
    except ConnectorError as away:
        return {"statements": [], "digest": "", "relation": found.port.relation, "why": str(away)}
    return {
        "statements": list(plan.statements),
        "digest": plan.digest,
        "relation": plan.relation,
    }
