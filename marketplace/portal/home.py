"""Home: where to go on, what teams like the reader's use, what is new, what ends soon."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import DataProduct
from catalog.permissions import may_describe
from catalog.queries import visible_products
from catalog.queries.asks import my_searches
from catalog.states import Status
from marketplace.kernel.actors import OPERATOR, Actor
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.identity.models import Team
from marketplace.kernel.web import words
from marketplace.portal.home_lead import lead
from marketplace.portal.market import near_row
from marketplace.portal.pages import show
from marketplace.portal.queries import my_side
from subscriptions.funnel.reading import Promise, promise
from subscriptions.models import AccessAgreement, AccessRequest, LabRun
from subscriptions.queries import own_side
from subscriptions.queries.demo import demo_standing
from subscriptions.states import LIVE_AGREEMENT, OPEN_REQUEST

SHOWN: Final = 5
NEW_DAYS: Final = 30
ENDING_DAYS: Final = 30
_OFFERED: Final = Q(status=Status.ACTIVE)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what concerns the reader, or how to begin when there is nothing to find yet."""
    actor = signed_in(request)
    offered = visible_products(actor).filter(_OFFERED).count()
    context: dict[str, Any] = {"offered": offered, "nav": "home", "name": actor.name}
    if not offered:
        context["describes"] = may_describe(actor)
        context["demo"] = demo_standing() if actor.holds(OPERATOR) else None
        return show(request, "portal/home_empty.html", context)
    context["lead"] = lead(actor, getattr(request.user, "here_for", ""))
    held = list(
        my_side(actor)
        .filter(state__in=list(LIVE_AGREEMENT))
        .select_related("port__product__domain")
        .order_by("end_at")
    )
    context |= {
        "teamless": not actor.memberships,
        "promise": promise_words(promise()),
        "instant": promise_words(promise(instant=True)),
        "going": going_on(actor, held),
        "alike": used_by_teams_alike(actor, {row.port.product_id for row in held}),
        "followed": followed_products(actor),
        "new": new_products(actor),
        "ending": ending_soon(held),
        "searches": [
            {"name": one.name, "href": f"{reverse('market')}?{one.params}"}
            for one in my_searches(actor)[:SHOWN]
        ],
        "new_days": NEW_DAYS,
        "ending_days": ENDING_DAYS,
    }
    return show(request, "portal/home.html", context)


def promise_words(found: Promise | None) -> str:
    """Say a median with what it was measured on; empty when it was not."""
    if found is None:
        return ""
    times = "1 time" if found.basis.n == 1 else f"{found.basis.n} times"
    return f"{words.duration(found.median_seconds)}, median of {times} in {found.basis.days} days"


def going_on(actor: Actor, held: Iterable[AccessAgreement]) -> list[dict[str, str]]:
    """Give what was begun: open requests, then the last queries, then access that was never used.

    Two statements.
    """
    asked = AccessRequest.objects.filter(
        Q(requester=actor.subject) | own_side(actor), state__in=list(OPEN_REQUEST)
    ).select_related("port__product")
    found = [
        {
            "title": row.port.product.name,
            "text": f"request {row.number}, port {row.port.name}, waits for an answer",
            "href": reverse("request_page", args=[row.pk]),
            "icon": "clock",
        }
        for row in asked.order_by("-pk")[:SHOWN]
    ]
    ran = (
        LabRun.objects.filter(actor=actor.subject, agreement__state="active")
        .select_related("agreement__port__product")
        .order_by("-pk")[:20]
    )
    used: dict[Any, LabRun] = {}
    for run in ran:
        used.setdefault(run.agreement_id, run)
    found += [
        {
            "title": run.agreement.port.product.name,
            "text": f"queried {words.ago(run.created_at, timezone.now())}",
            "href": f"{reverse('lab')}?agreement={run.agreement_id}",
            "icon": "terminal",
        }
        for run in used.values()
        if run.agreement is not None
    ]
    found += [
        {
            "title": row.port.product.name,
            "text": f"port {row.port.name} is ready, and nobody has queried it",
            "href": f"{reverse('lab')}?agreement={row.pk}",
            "icon": "play",
        }
        for row in held
        if row.state == "active" and row.last_used_at is None and row.pk not in used
    ]
    return found[:SHOWN]


def used_by_teams_alike(actor: Actor, held: Iterable[int]) -> list[dict[str, Any]]:
    """Give products that teams near the reader's read, and the reader's do not.

    A team is near when it is of the same domain, or reads a product that the reader's read: three
    statements. Each product says how many such teams read it.
    """
    own = sorted(actor.teams)
    if not own:
        return []
    homes = Team.objects.filter(slug__in=own).exclude(domain="").values("domain")
    living = AccessAgreement.objects.filter(
        state="active", consumer_kind="team", port__product__status=Status.ACTIVE
    )
    readers = living.filter(port__product__in=list(held)).values("consumer_key")
    near = Team.objects.filter(Q(domain__in=homes) | Q(slug__in=readers)).exclude(slug__in=own)
    slugs = list(near.values_list("slug", flat=True))
    counted = dict(
        living.filter(consumer_key__in=slugs)
        .exclude(port__product__in=list(held))
        .values_list("port__product")
        .annotate(number=Count("consumer_key", distinct=True))
        .order_by("-number")
        .values_list("port__product", "number")[: SHOWN * 2]
    )
    rows = visible_products(actor).filter(pk__in=counted).exclude(owner_team__slug__in=own)
    found = sorted(rows, key=lambda row: (-counted[row.pk], row.name))
    return [_row(row, _teams(counted[row.pk])) for row in found[:SHOWN]]


def new_products(actor: Actor) -> list[dict[str, Any]]:
    """Give what was published in the last days, the newest first: one statement."""
    rows = visible_products(actor).filter(
        _OFFERED, published_at__gt=timezone.now() - timedelta(days=NEW_DAYS)
    )
    now = timezone.now()
    return [
        _row(row, f"published {words.ago(row.published_at, now)}")
        for row in rows.order_by("-published_at", "-pk")[:SHOWN]
        if row.published_at
    ]


def followed_products(actor: Actor) -> list[dict[str, Any]]:
    """Give what the reader follows, what was followed last first: one statement."""
    rows = visible_products(actor).filter(followers__user_id=actor.user_id)
    now = timezone.now()
    return [
        _row(row, f"followed {words.ago(since, now)}")
        for row in rows.annotate(since=F("followers__created_at")).order_by("-since", "-pk")[:SHOWN]
        if (since := row.since)
    ]


def ending_soon(held: Iterable[AccessAgreement]) -> list[dict[str, Any]]:
    """Give access that ends within the next days, what was never used first."""
    now = timezone.now()
    near = [row for row in held if row.end_at and row.end_at < now + timedelta(days=ENDING_DAYS)]
    near.sort(key=lambda row: (row.last_used_at is not None, row.end_at))
    return [
        {
            "title": row.port.product.name,
            "port": row.port.name,
            "end": row.end_at,
            "used": row.last_used_at,
            "href": reverse("access"),
        }
        for row in near[:SHOWN]
    ]


def _row(product: DataProduct, note: str) -> dict[str, Any]:
    return {**near_row(product.card), "note": note}


def _teams(number: int) -> str:
    return "1 team like yours reads it" if number == 1 else f"{number} teams like yours read it"
