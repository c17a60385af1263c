"""The base of every REST endpoint: who asks, what is sent, one call, and the answer.

A method is described by ``@operation``; the same description checks its parameters, guards its
scope and writes the OpenAPI document, so that they cannot differ.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Concatenate

from django.db import InterfaceError, OperationalError, connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from marketplace.kernel.actions import rehearse
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import Invalid, SignInFirst
from marketplace.kernel.identity.current import actor_of
from marketplace.kernel.problem import CONTENT_TYPE, as_problem, body_of
from marketplace.kernel.rest import idempotency, preconditions
from marketplace.kernel.rest.authentication import admit
from marketplace.kernel.rest.bodies import Body
from marketplace.kernel.rest.failures import TooMany, headers_of, refused, translated
from marketplace.kernel.rest.filters import check_query, filtered, flag
from marketplace.kernel.rest.operations import Operation
from marketplace.kernel.rest.pagination import Page, paginate
from marketplace.kernel.rest.parsers import MAX_BODY
from marketplace.kernel.rest.renderers import dumps
from marketplace.kernel.rest.throttling import hit


class Always(BaseContentNegotiation):
    """Answer in the one form that an address has, whatever was asked for."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Take the parser of the body's media type; None is answered with 415."""
        from rest_framework.utils.mediatypes import media_type_matches

        given = request.content_type or ""
        return next((p for p in parsers if media_type_matches(p.media_type, given)), None)

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002 - the framework's names
        renderers: Any,
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        """Take the first."""
        return renderers[0], renderers[0].media_type


class Endpoint(APIView):
    """One address. Methods are thin: read the body, make one call, shape the result."""

    metadata_class = None
    content_negotiation_class = Always
    max_body: ClassVar[int] = MAX_BODY
    scope_now = ""
    operation_now: Operation
    request: Any

    # ---- before the method runs

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer hot reads straight away; hand everything else to the framework."""
        described = self._described(request)
        if described is None or not described.hot:
            return super().dispatch(request, *args, **kwargs)
        try:
            return self._twice(described, request, **kwargs)
        except Exception as exc:
            problem = as_problem(translated(exc))
            if problem is None:
                raise
            return refused(problem)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Ask who it is, whether they may, how often, and only then what was sent."""
        described = self._described(request)
        self.scope_now = described.scope if described else ""
        super().initial(request, *args, **kwargs)
        if described is not None:
            self.operation_now = described
            check_query(request.GET, described.names, described.lists)
            self._wrap(request, described)

    def perform_authentication(self, request: Request) -> None:
        """Ask who it is, and count: guesses of tokens too, per address."""
        try:
            super().perform_authentication(request)
        except SignInFirst:
            self._count(request, "")
            raise
        actor = actor_of(request)
        self._count(request, actor.subject if actor.signed_in else "")

    def check_throttles(self, request: Request) -> None:
        """Counted above already, before anything else is asked."""

    def handle_exception(self, exc: Exception) -> Response:
        """Answer refusals as problems; leave bugs to crash."""
        problem = as_problem(translated(exc))
        if problem is None:
            return super().handle_exception(exc)
        answer = super().handle_exception(problem)
        for name, value in headers_of(problem).items():
            answer[name] = value
        return answer

    def permission_denied(
        self,
        request: Request,  # noqa: ARG002 - the framework's names
        message: str | None = None,
        code: str | None = None,  # noqa: ARG002
    ) -> Any:
        """Never reached: permissions raise refusals of their own."""
        raise SignInFirst(message or "")

    # ---- what a method reads

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return actor_of(self.request)

    @property
    def params(self) -> QueryDict:
        """The query parameters."""
        params: QueryDict = self.request.GET
        return params

    @property
    def dry(self) -> bool:
        """Whether the caller only wants to know what would happen."""
        return self.operation_now.dry and flag(self.params, "dry_run")

    def body(self, kind: type[Body] | None = None, **options: Any) -> dict[str, Any]:
        """Give the checked body."""
        wanted = kind or self.operation_now.takes
        assert isinstance(wanted, type)
        read = wanted(data=self.request.data, **options)
        read.is_valid(raise_exception=True)
        checked: dict[str, Any] = read.validated_data
        return checked

    def version(self) -> int | None:
        """Give the version that If-Match names, if any."""
        return preconditions.expected(self.request)

    def version_needed(self, *, exists: bool) -> int | None:
        """Give the version that If-Match has to name when the thing exists."""
        return preconditions.needed(self.request, exists=exists)

    # ---- what a method answers

    def act[**P, R](
        self,
        shape: Callable[[R], Any],
        run: Callable[Concatenate[Actor, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Make the one call of this method, or rehearse it, and answer with its shaped result."""
        if self.dry:
            would = rehearse(shape, run, self.actor, *args, **kwargs)
            return Response({**(would or {}), "dry_run": True})
        given = shape(run(self.actor, *args, **kwargs))
        return self.answer(given, status=self.operation_now.status)

    def answer(self, given: Any, *, status: int = 200) -> Response:
        """Answer with a value; its version becomes the ETag, its own address the Location."""
        headers = {}
        if isinstance(given, dict) and isinstance(given.get("etag"), int):
            headers["ETag"] = preconditions.etag_of(given["etag"])
        if status == 201 and isinstance(given, dict) and "_links" in given:  # noqa: PLR2004
            headers["Location"] = given["_links"]["self"]
        return Response(given, status=status, headers=headers)

    def show(self, given: dict[str, Any]) -> Response:
        """Answer a read, or say that the caller has it already."""
        etag = given.get("etag")
        if isinstance(etag, int) and preconditions.unchanged(self.request, etag):
            return Response(status=304, headers={"ETag": preconditions.etag_of(etag)})
        return self.answer(given)

    def page[M: Model](
        self,
        rows: QuerySet[M],
        shape: type[BaseSerializer[Any]] | Callable[[list[M]], list[Any]],
        *,
        order: str = "-pk",
    ) -> Response:
        """Answer with one page of rows, filtered as the operation says."""
        if self.operation_now.filters:
            rows = filtered(self.operation_now.filters, rows, self.params)
        found: Page[M] = paginate(rows, self.params, self.request.path, order=order)
        results = (
            shape(found.rows, many=True).data if isinstance(shape, type) else shape(found.rows)
        )
        return Response({"results": results, "next": found.next, "previous": found.previous})

    def everything(self, results: list[Any]) -> Response:
        """Answer with a list that is short by nature, in the envelope of lists."""
        return Response({"results": results, "next": None, "previous": None})

    def who(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Actor:  # noqa: ARG002
        """Give the caller of a hot read, which may read more in the same statement."""
        return actor_of(request)

    # ---- inside

    def _described(self, request: Any) -> Operation | None:
        method = (request.method or "").lower()
        if method == "head":
            method = "get"
        handler = getattr(self, method, None) if method in self.http_method_names else None
        return getattr(handler, "operation", None)

    def _twice(self, described: Operation, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Spare a hot read the question whether the connection lives: if not, read once more."""
        connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs lack it
        try:
            return self._hot(described, request, **kwargs)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or (connection.connection and connection.is_usable()):
                raise
            connection.close()
            return self._hot(described, request, **kwargs)

    def _hot(self, described: Operation, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.operation_now = described
        try:
            actor = self.who(request, **kwargs)
            request.actor = actor  # type: ignore[attr-defined]  # as `actor_of` keeps it
            if not described.open:
                admit(actor, described.scope)
        except SignInFirst:
            self._count(request, "")
            raise
        self._count(request, actor.subject if actor.signed_in else "")
        if request.GET:
            check_query(request.GET, described.names, described.lists)
        answer: HttpResponse = self.get(request, **kwargs)  # type: ignore[attr-defined]
        return answer

    def _count(self, request: Any, who: str) -> None:
        seconds = hit(request, who)
        if seconds:
            raise TooMany(retry_after=int(seconds) + 1)

    def _wrap(self, request: Request, described: Operation) -> None:
        """Run a POST under its Idempotency-Key, when it has one."""
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method != "POST" or self.dry or not described.kept:
            return
        handler: Callable[..., HttpResponseBase] = getattr(self, "post")  # noqa: B009 - set below

        def once(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            kept = idempotency.claim(
                self.actor.subject, key, path=request.get_full_path(), data=request.data
            )
            if isinstance(kept, idempotency.Kept):
                return _again(kept)
            return _first(kept, handler, request, *args, **kwargs)

        once.operation = described  # type: ignore[attr-defined]
        setattr(self, "post", once)  # noqa: B010 - this instance serves this request alone


def _again(kept: idempotency.Kept) -> Response:
    kind = CONTENT_TYPE if kept.status >= 400 else None  # noqa: PLR2004
    headers = {**kept.headers, "Idempotent-Replayed": "true"}
    return Response(kept.body, status=kept.status, headers=headers, content_type=kind)


def _first(
    claim: idempotency.Claim, handler: Callable[..., Any], *args: Any, **kwargs: Any
) -> HttpResponseBase:
    """Run the request and keep its answer; a bug or a platform that is away keeps nothing."""
    try:
        answer: Response = handler(*args, **kwargs)
    except Exception as exc:
        problem = as_problem(translated(exc))
        if problem is None or problem.status >= 500:  # noqa: PLR2004
            claim.drop()
        else:
            claim.keep(problem.status, body_of(problem), {})
        raise
    headers = {name: answer[name] for name in ("ETag", "Location") if name in answer}
    claim.keep(answer.status_code, answer.data, headers)
    return answer


def text(content: str, *, media: str, name: str = "", version: int | None = None) -> HttpResponse:
    """Answer with a text as it is kept."""
    answer = HttpResponse(content, content_type=f"{media}; charset=utf-8")
    if name:
        answer["Content-Disposition"] = f'inline; filename="{name}"'
    if version is not None:
        answer["ETag"] = preconditions.etag_of(version)
    return answer


def plain(given: Any, *, headers: dict[str, str] | None = None) -> HttpResponse:
    """Answer a hot read with a value."""
    return HttpResponse(dumps(given), content_type="application/json", headers=headers)


def must(condition: object, problem: Invalid) -> None:
    """Refuse the input unless the condition holds."""
    if not condition:
        raise problem
