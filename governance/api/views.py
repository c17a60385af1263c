"""Scores, the audit trail, and events in their order."""

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.queries import product_or_404
from governance.api import shapes
from governance.permissions import may_read_audit
from governance.queries import audit, score_history, score_of
from marketplace.kernel.errors import FieldProblem, Invalid, NotAllowed
from marketplace.kernel.events.cloudevents import cloud_event
from marketplace.kernel.events.queries import verify_chain, visible_events
from marketplace.kernel.rest.endpoints import Endpoint, must
from marketplace.kernel.rest.filters import whole
from marketplace.kernel.rest.operations import PAGE_SIZE, Param, operation
from marketplace.kernel.rest.pagination import page_size

_SEQUENCES = (1 << 63) - 1
_TEXTS = {
    "actor": "who",
    "name": "name",
    "subject": "subject",
    "product": "product",
    "request_id": "request_id",
}
_TIMES = ("since", "until")
_ABOUT = {
    "actor": "Who did it.",
    "name": "The event's name; with a dot at the end, a prefix.",
    "subject": "What it happened to; with a slash at the end, a prefix.",
    "product": "A product's key.",
    "request_id": "The X-Request-Id of the call.",
    "since": "From this time on (ISO 8601).",
    "until": "Before this time (ISO 8601).",
}


class Score(Endpoint):
    """How good a product is."""

    @operation(scope="read", gives=shapes.ScoreShown)
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Read a product's DATSIS score with its evidence and history; null until worked out."""
        product = product_or_404(self.actor, key)
        found = score_of(product)
        return Response(
            {
                "product": product.key,
                "total": found.total if found else None,
                "grade": found.grade if found else None,
                "properties": found.properties if found else [],
                "best_fix": found.best_fix if found else None,
                "at": found.at if found else None,
                "history": [{"day": day, "total": total} for day, total in score_history(product)],
            }
        )


class Audit(Endpoint):
    """What happened, who did it, under which rule."""

    @operation(
        scope="read",
        gives=shapes.AuditShown,
        page=True,
        query=tuple(Param(name, words) for name, words in _ABOUT.items()),
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List the audit trail, newest first.

        Oversight roles read all of it; others what concerns their teams and their own doing.
        """
        texts = {to: self.params.get(name, "") for name, to in _TEXTS.items()}
        times = {name: self._time(name) for name in _TIMES}
        rows = audit(self.actor, **texts, **times)  # type: ignore[arg-type]
        return self.page(rows, shapes.AuditShown, order="-seq")

    def _time(self, name: str) -> datetime | None:
        text = self.params.get(name)
        if not text:
            return None
        problem = Invalid(FieldProblem(f"/{name}", "invalid", "A time such as 2026-05-01T12:00Z."))
        try:
            moment = parse_datetime(text)
        except ValueError:
            raise problem from None
        if moment is None:
            raise problem
        must(moment.tzinfo, Invalid(FieldProblem(f"/{name}", "no-zone", "Say the time zone.")))
        return moment


class Verify(Endpoint):
    """Whether the trail was tampered with."""

    @operation(scope="read", gives=shapes.VerifiedShown)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Recompute every hash of the trail; names the first row that does not fit."""
        if not may_read_audit(self.actor):
            raise NotAllowed
        found = verify_chain()
        return Response({"ok": found.ok, "rows": found.rows, "first_broken": found.first_broken})


class Events(Endpoint):
    """The feed."""

    @operation(
        scope="read",
        gives=shapes.CloudEventShown,
        page=True,
        keyset=False,
        query=(
            Param("after", "The sequence that was read last.", "integer", least=0, most=_SEQUENCES),
            PAGE_SIZE,
        ),
    )
    def get(self, request: Request) -> Response:
        """Read events in order, as CloudEvents; `next` is where to go on, also at the end.

        Whoever has read up to N never misses one below N.
        """
        after = whole(self.params, "after", 0, most=_SEQUENCES)
        size = page_size(self.params)
        rows = visible_events(self.actor).filter(seq__gt=after).order_by("seq")[:size]
        results: list[dict[str, Any]] = [cloud_event(row) for row in rows]
        last = results[-1]["sequence"] if results else after
        following = f"{request.path}?after={last}&page_size={size}"
        return Response({"results": results, "next": following, "previous": None})
