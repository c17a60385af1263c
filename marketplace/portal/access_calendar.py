"""The ends of what I may read, as a calendar (RFC 5545) that any calendar program takes."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web.words import spoken
from subscriptions.models import AccessAgreement
from subscriptions.queries import my_agreements, named
from subscriptions.states import LIVE_AGREEMENT

_LINE: Final = 74  # bytes before the fold, RFC 5545 section 3.1
_MOST: Final = 500


@require_safe
def access_calendar(request: HttpRequest) -> HttpResponse:
    """Give the ends of live agreements of the reader and their teams."""
    rows = named(my_agreements(signed_in(request))).filter(state__in=list(LIVE_AGREEMENT))
    text = calendar(rows.order_by("end_at")[:_MOST], made_at=timezone.now())
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="emporion-access.ics"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def calendar(rows: Iterable[AccessAgreement], *, made_at: datetime) -> str:
    """Write one event of a quarter of an hour per agreement, at its end, with a warning before."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Emporion//Access//EN",
        "X-WR-CALNAME:Access that ends",
    ]
    for row in rows:
        lines += _event(row, made_at)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(row: AccessAgreement, made_at: datetime) -> list[str]:
    product = row.port.product
    title = f"Access ends: {product.name}, port {row.port.name}"
    address = f"{settings.BASE_URL}{reverse('access_renew', args=[row.pk])}"
    who = getattr(row, "consumer_name", row.consumer_key)
    words = f"{who} reads it for {spoken(row.purpose)}. Renew it, or let it end: {address}"
    return [
        "BEGIN:VEVENT",
        f"UID:{row.pk}@emporion",
        f"DTSTAMP:{_moment(made_at)}",
        f"DTSTART:{_moment(row.end_at)}",
        f"DTEND:{_moment(row.end_at + timedelta(minutes=15))}",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(words)}",
        f"URL:{address}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(title)}",
        "TRIGGER:-P7D",
        "END:VALARM",
        "END:VEVENT",
    ]


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        words = words.replace(plain, written)
    return words


def _folded(line: str) -> str:
    """Break a long line: what goes on starts with a space; no character is torn."""
    parts, now = [], ""
    for character in line:
        if len((now + character).encode()) > _LINE:
            parts.append(now)
            now = ""
        now += character
    return "\r\n ".join([*parts, now])
