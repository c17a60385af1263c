"""Mail as it was written: for instances without an SMTP server, and for operators."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from marketplace.kernel.actors import OPERATOR
from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.pages import show
from subscriptions.models import Mail

PAGE: Final = 50


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """Show mail: all of it to operators, and outside production everybody's own to them."""
    actor = signed_in(request)
    oversees = actor.holds(OPERATOR)
    if settings.PRODUCTION and not oversees:
        raise NotFound
    rows = Mail.objects.select_related("user", "notice").order_by("-id")
    if not oversees:
        rows = rows.filter(user_id=actor.user_id)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:  # noqa: PLR2004 - a bigint
        rows = rows.filter(pk__lt=int(before))
    page = list(rows[: PAGE + 1])
    context = {
        "mails": page[:PAGE],
        "older": f"?before={page[PAGE - 1].pk}" if len(page) > PAGE else "",
        "kept_only": not settings.SMTP_HOST,
        "oversees": oversees,
        "nav": "outbox",
    }
    return show(request, "portal/outbox.html", context)
