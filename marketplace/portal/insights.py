"""How people find a product and how far they come: counts of the marketplace, with their days."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web import words
from marketplace.portal.owner import crumbs, owned
from marketplace.portal.pages import show
from marketplace.portal.rows import hue_class
from subscriptions.funnel import reading
from subscriptions.models.funnel import FunnelStep

DAYS: Final = 30


@require_safe
def insights(request: HttpRequest, key: str) -> HttpResponse:
    """Show searches that led here, searches that found nothing, and the way to first rows."""
    actor = signed_in(request)
    product = owned(actor, key)
    steps = reading.funnel(DAYS, [product.pk]).steps
    views = [count for _, count in reading.per_day(FunnelStep.VIEW, DAYS, [product.pk])]
    wait = reading.request_to_rows(90, [product.pk])
    context = {
        "product": product,
        "hue_class": hue_class(product.domain.hue),
        "crumbs": crumbs(product, "Insights"),
        "days": DAYS,
        "steps": bars(steps),
        "views": views,
        "looked": any(views),
        "most": max(views),
        "led": reading.terms_that_led([product.pk], DAYS),
        "empty": reading.terms_without_result(DAYS),
        "wait": words.duration(wait.median_seconds) if wait else "",
        "basis": wait.basis if wait else None,
        "here": "insights",
        "nav": "owner",
    }
    return show(request, "portal/owner_insights.html", context)


def bars(steps: tuple[reading.Step, ...]) -> list[dict[str, Any]]:
    """Give each step with its share of the largest, and how many of the step before came on."""
    most = max((step.count for step in steps), default=0)
    found = []
    before: int | None = None
    for step in steps:
        # More than before is no share of it: most looks follow no search.
        came = f"{round(100 * step.count / before)} %" if before and step.count <= before else ""
        found.append({"step": step, "share": 100 * step.count / most if most else 0, "came": came})
        before = step.count
    return found
