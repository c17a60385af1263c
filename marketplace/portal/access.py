"""What I hold: agreements with their proof and end, what is pending, what has ended."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, Invalid, NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web import words
from marketplace.kernel.web.fragments import drawer_frame
from marketplace.portal import handed
from marketplace.portal.pages import REFUSED, show, words_of
from marketplace.portal.queries import grade_of, my_side
from marketplace.portal.rows import hue_class
from subscriptions import consumers
from subscriptions.actions import agreements as acting
from subscriptions.actions.lab import credentials
from subscriptions.models import AccessAgreement, AccessRequest
from subscriptions.queries import agreement_or_404, my_agreements, named, own_side
from subscriptions.states import LIVE_AGREEMENT, OPEN_REQUEST, AgreementState

RENEW_DAYS: Final = (30, 90, 180, 365)
LOGIN_MINUTES: Final = {60: "1 hour", 240: "4 hours", 720: "12 hours"}
_SHOWN: Final = 200
_SOON_DAYS: Final = 14
_UNUSED_DAYS: Final = 60


@require_safe
def access(request: HttpRequest) -> HttpResponse:
    """Show what my teams and I may read, by product; what waits; what is over."""
    actor = signed_in(request)
    rows = list(named(my_agreements(actor)).select_related("request")[:_SHOWN])
    held = [row for row in rows if row.state in (*LIVE_AGREEMENT, AgreementState.FAILED)]
    ended = [row for row in rows if row not in held]
    asked = _requests(actor)
    products = _by_product(actor, held)
    context = {
        "products": products,
        "number": len(held),
        "unused": sum(group["unused"] for group in products),
        "months": _months(held),
        "pending": [one for one in asked if one.state in OPEN_REQUEST],
        "refused": [one for one in asked if one.state not in OPEN_REQUEST],
        "ended": [_ended(row) for row in ended],
        "nav": "access",
    }
    return show(request, "portal/access.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def access_end(request: HttpRequest, agreement_id: Any) -> HttpResponse:
    """Give access back, after saying what that means."""
    actor = signed_in(request)
    agreement = _mine(actor, agreement_id)
    problem, status = "", 200
    if request.method == "POST":
        reason = request.POST.get("reason", "").replace("\x00", "").strip()[:2000]
        try:
            acting.terminate(actor, agreement_id=agreement_id, reason=reason)
        except DomainError as refused:
            problem, status = words_of(refused), REFUSED
        else:
            return redirect("request_page", agreement.request_id)
    context = _drawer(request, agreement, "Give access back") | {"problem": problem}
    return show(request, "portal/access_end.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def access_renew(request: HttpRequest, agreement_id: Any) -> HttpResponse:
    """Move the end of an access that a policy gave; others are asked for again."""
    actor = signed_in(request)
    agreement = _mine(actor, agreement_id)
    problem, status = "", 200
    if request.method == "POST":
        text = request.POST.get("days", "")
        days = int(text) if text.isdecimal() and len(text) < 5 else 0  # noqa: PLR2004 - 9,999 days
        try:
            acting.renew(actor, agreement_id=agreement_id, duration_days=days)
        except Invalid as refused:
            problem, status = str(refused), REFUSED
        except DomainError as refused:
            problem, status = words_of(refused), REFUSED
        else:
            return redirect("access")
    longest = agreement.contract.facts.get("max_duration_days") if agreement.contract else None
    offered = [days for days in RENEW_DAYS if not longest or days <= longest]
    asked = agreement.request.duration_days or 0
    context = _drawer(request, agreement, "Renew access") | {
        "usual": next((days for days in offered if days >= asked), offered[-1] if offered else 0),
        "problem": problem,
        "longest": longest,
        "days": offered or [int(longest or RENEW_DAYS[0])],
    }
    return show(request, "portal/access_renew.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def access_login(request: HttpRequest, agreement_id: Any) -> HttpResponse:
    """Hand out a short-lived login for one's own tools. Its secret is shown this once."""
    actor = signed_in(request)
    agreement = _mine(actor, agreement_id)
    problem, status, given = "", 200, None
    if request.method == "POST":
        text = request.POST.get("minutes", "")
        minutes = int(text) if text.isdecimal() and len(text) < 5 else 0  # noqa: PLR2004 - as above
        try:
            given = credentials(actor, agreement_id=agreement_id, minutes=minutes)
        except DomainError as refused:
            problem, status = words_of(refused), REFUSED
    context = _drawer(request, agreement, "A login for your own tools") | {
        "problem": problem,
        "given": given,
        "handed": handed.shown(given, _kind(agreement)) if given else None,
        "minutes": LOGIN_MINUTES,
    }
    response = show(request, "portal/access_login.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _kind(agreement: AccessAgreement) -> str:
    return agreement.port.platform.kind if agreement.port.platform else ""


def _mine(actor: Actor, agreement_id: Any) -> AccessAgreement:
    """Give an agreement of the reader's own side; others answer as if there were none."""
    if not my_side(actor).filter(pk=agreement_id).exists():
        raise NotFound
    return agreement_or_404(actor, agreement_id)


def _drawer(request: HttpRequest, agreement: AccessAgreement, eyebrow: str) -> dict[str, Any]:
    frame = drawer_frame(request)
    return {
        "frame": frame,
        "inside": frame != "drawer_page.html",
        "eyebrow": eyebrow,
        "title": f"{agreement.port.product.name}, {agreement.port.name}",
        "close": reverse("access"),
        "agreement": agreement,
        "consumer": consumers.remembered(agreement.consumer_kind, agreement.consumer_key).name,
        "nav": "access",
    }


def _requests(actor: Actor) -> list[AccessRequest]:
    """Give my requests that are open, and those that came to nothing, newest first."""
    states = [*OPEN_REQUEST, "rejected", "withdrawn", "lapsed"]
    rows = AccessRequest.objects.select_related("port__product__domain").filter(
        own_side(actor), state__in=states
    )
    return list(named(rows).order_by("-id")[:_SHOWN])


def _by_product(actor: Actor, held: list[AccessAgreement]) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for row in held:
        product = row.port.product
        group = groups.setdefault(
            product.key,
            {
                "product": product,
                "hue_class": hue_class(product.domain.hue),
                "grade": grade_of(product.score),
                "lines": [],
                "unused": 0,
            },
        )
        line = _line(actor, row)
        group["lines"].append(line)
        group["unused"] += line["unused"]
    unused_first = sorted(groups.values(), key=lambda group: group["product"].name)
    return sorted(unused_first, key=lambda group: -group["unused"])


def _line(actor: Actor, row: AccessAgreement) -> dict[str, Any]:
    """Give one agreement: state, end, use, proof, and what can be done with it."""
    active = row.state == AgreementState.ACTIVE
    now = timezone.now()
    seen = row.last_used_at or row.activated_at
    return {
        "agreement": row,
        "for": _for(actor, row),
        "evidence": row.grant.evidence.get("level", "") if row.grant.evidence else "",
        "ends_soon": active and (row.end_at - now).days < _SOON_DAYS,
        "unused": active and seen is not None and (now - seen).days >= _UNUSED_DAYS,
        "renewable": active and row.request.decided_by_kind == "policy",
        "waits_for": row.grant.handle.waits_for or row.grant.diagnostics,
        "ask_again": _ask_again(row),
    }


def _for(actor: Actor, row: AccessAgreement) -> str:
    """Say for whom it is: the reader, or by its name."""
    if row.consumer_kind not in ("team", "data_product") and row.consumer_key == actor.subject:
        return gettext("me")
    return str(getattr(row, "consumer_name", row.consumer_key))


def _months(held: list[AccessAgreement]) -> list[dict[str, Any]]:
    """Give what ends, month by month, soonest first; what is ending already is left out."""
    months: dict[str, list[AccessAgreement]] = {}
    for row in sorted(held, key=lambda row: row.end_at):
        if row.state in (AgreementState.ACTIVE, AgreementState.SUSPENDED):
            months.setdefault(words.month(row.end_at), []).append(row)
    return [{"name": name, "ends": rows} for name, rows in months.items()]


def _ended(row: AccessAgreement) -> dict[str, Any]:
    return {"agreement": row, "ask_again": _ask_again(row)}


def _ask_again(row: AccessAgreement) -> str:
    port = row.port
    base = reverse("request_drawer", args=[port.product.key])
    return f"{base}?port={port.name}@{port.version_name}&purpose={row.purpose}"
