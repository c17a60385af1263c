"""The inbox: notices by what they want of the reader, acted on in place or put off."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_POST, require_safe

from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.pages import attempt, show, uuid_or_none
from subscriptions.actions import notices as acting
from subscriptions.models import Acknowledgement, NoticeRecipient
from subscriptions.queries import awake, came_back, own_side, unread
from subscriptions.queries import inbox as notices_of
from subscriptions.states import ACKNOWLEDGEMENT

PAGE: Final = 40
_ICONS: Final = {
    "REVIEW_WANTED": "users",
    "REQUEST_DECLINED": "x",
    "REQUEST_RETURNED": "undo-2",
    "REQUEST_COUNTERED": "arrow-left-right",
    "ACCESS_GRANTED": "shield-check",
    "ACCESS_ENDED": "ban",
    "ACCESS_EXPIRING": "timer",
    "GRANT_FAILED": "octagon-alert",
    "BREAKING_CHANGE": "megaphone",
    "SCHEMA_CHANGE": "git-branch",
    "DATA_UPDATE": "git-branch",
    "INCIDENT": "siren",
    "QUALITY_BREACH": "chart-no-axes-column",
    "DEPRECATION": "timer",
    "SUNSET": "ban",
    "OWNER_MESSAGE": "mail",
    "ASK_WANTED": "megaphone",
    "ASK_CLAIMED": "users",
    "ASK_ANSWERED": "check",
    "ASK_CLOSED": "x",
    "SEARCH_MATCH": "search",
    "DRIFT_FOUND": "git-compare",
    "ROUTED_TO_YOU": "users",
}
_ANSWERS: Final = (
    ("acknowledge", "We are ready"),
    ("need_time", "We need time"),
    ("object", "We object"),
)
_MORNING: Final = time(6, tzinfo=UTC)  # when what was put off until a day is back
_GROUPS: Final = {
    "answer": "Needs your answer",
    "review": "Waits for your review",
    "asleep": "Put off",
}
_SETTLED: Final = ("acknowledged", "waived", "lapsed")


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show what asks for an answer, what is new, and what was read."""
    actor = signed_in(request)
    only_new = request.GET.get("show") == "unread"
    rows = notices_of(actor).select_related("notice__product", "notice__request")
    if only_new:
        rows = awake(rows.filter(read_at__isnull=True))
    before = uuid_or_none(request.GET.get("before", ""))
    if before is not None:
        rows = rows.filter(notice_id__lt=before)
    page = list(rows[: PAGE + 1])
    shown = page[:PAGE]
    if len(page) > PAGE and before is None:
        # What is back may be so old that it stands pages further on: it is new all the same.
        shown += came_back(actor).filter(notice_id__lt=shown[-1].notice_id)
    answers = _answers(actor, shown)
    cards = [_card(row, answers.get(row.notice_id, []), request.get_full_path()) for row in shown]
    context = {
        "groups": _grouped(cards),
        "unread": unread(actor),
        "only_new": only_new,
        "newer": reverse("inbox") if before else "",
        "older": _older(page[PAGE - 1], only_new=only_new) if len(page) > PAGE else "",
        "nav": "inbox",
    }
    return show(request, "portal/inbox.html", context)


@require_POST
def inbox_read_all(request: HttpRequest) -> HttpResponse:
    """Mark every notice as read."""
    actor = signed_in(request)
    attempt(request, lambda: acting.read_all(actor), "Everything is marked as read.")
    return redirect("inbox")


@require_POST
def inbox_read(request: HttpRequest, notice_id: Any) -> HttpResponse:
    """Mark one notice as read."""
    actor = signed_in(request)
    attempt(request, lambda: acting.read(actor, notice_id=notice_id))
    return redirect(_back(request))


@require_POST
def inbox_snooze(request: HttpRequest, notice_id: Any) -> HttpResponse:
    """Put a notice off until the morning of a day, tomorrow if none is given."""
    actor = signed_in(request)

    def put_off() -> NoticeRecipient:
        until = _morning(request.POST.get("until", ""))
        return acting.snooze(actor, notice_id=notice_id, until=until)

    back = _with_back("inbox_back", notice_id, _back(request))
    attempt(request, put_off, "It is put off, and comes back as new.", undo=back)
    return redirect(_back(request))


@require_POST
def inbox_back(request: HttpRequest, notice_id: Any) -> HttpResponse:
    """Have a notice back now."""
    actor = signed_in(request)
    attempt(request, lambda: acting.bring_back(actor, notice_id=notice_id), "It is back.")
    return redirect(_back(request))


def _morning(text: str) -> datetime:
    day = parse_date(text) if text else timezone.now().date() + timedelta(days=1)
    if day is None:
        raise Invalid(FieldProblem("/until", "malformed", "A day as 2027-05-20."))
    return datetime.combine(day, _MORNING)


@require_POST
def inbox_answer(request: HttpRequest, notice_id: Any) -> HttpResponse:
    """Answer to a breaking change for every consumer that the reader speaks for."""
    actor = signed_in(request)
    answer = request.POST.get("answer", "")
    attempt(
        request,
        lambda: acting.acknowledge(actor, notice_id=notice_id, answer=answer),
        "Your answer is recorded; the owner sees it.",
    )
    return redirect(_back(request))


def _answers(actor: Actor, rows: list[NoticeRecipient]) -> dict[Any, list[Acknowledgement]]:
    """Give what the reader's consumers have to answer, by notice: one statement."""
    found: dict[Any, list[Acknowledgement]] = {}
    asked = Acknowledgement.objects.filter(
        own_side(actor, "agreement__"), notice__in=[row.notice_id for row in rows]
    ).select_related("agreement")
    for one in asked.order_by("pk"):
        found.setdefault(one.notice_id, []).append(one)
    return found


def _card(row: NoticeRecipient, asked: list[Acknowledgement], back: str) -> dict[str, Any]:
    """Shape a notice for components/notice_card.html, with the forms that act on it."""
    notice = row.notice
    standing = [one for one in asked if one.state not in _SETTLED]
    asleep = row.snoozed_until is not None and row.snoozed_until > timezone.now()
    state = (standing or asked)[0].state if asked else ""
    actions = []
    if standing:
        actions = [
            {
                "href": _with_back("inbox_answer", notice.pk, back),
                "label": label,
                "value": answer,
                "primary": answer == "acknowledge",
            }
            for answer, label in _ANSWERS
            if any(ACKNOWLEDGEMENT.allows(answer, one.state) for one in standing)
        ]
    elif row.read_at is None and not asleep:
        actions = [
            {
                "href": _with_back("inbox_read", notice.pk, back),
                "label": "Mark as read",
                "key": "e",
            }
        ]
    if asleep:
        href = _with_back("inbox_back", notice.pk, back)
        actions = [{"href": href, "label": "Bring it back", "key": "h"}]
    return {
        "icon": _ICONS.get(notice.type, "bell"),
        "title": notice.title,
        "href": notice.link,
        "text": notice.text,
        "at": notice.created_at,
        "unread": row.read_at is None,
        "state": state,
        "impact": notice.details.get("impact", ""),
        "deadline": notice.ack_deadline if standing else None,
        "product": notice.product.name if notice.product else "",
        "actions": actions,
        "asleep": row.snoozed_until if asleep else None,
        "back": row.snoozed_until if row.snoozed_until and not asleep else None,
        "snooze": None if asleep else _snooze(row, back),
        "wants": _wants(row, asleep=asleep, answer=bool(standing)),
    }


def _wants(row: NoticeRecipient, *, asleep: bool, answer: bool) -> str:
    if asleep:
        return "asleep"
    return "answer" if answer else "review" if _wants_review(row) else ""


def _snooze(row: NoticeRecipient, back: str) -> dict[str, Any] | None:
    """Give the days a notice may be put off to; what is read is out of the way already."""
    if row.read_at is not None:
        return None
    today = timezone.now()
    last = today + acting.LONGEST_SNOOZE - timedelta(days=1)
    deadline = row.notice.ack_deadline
    if deadline is not None:
        last = min(last, deadline - timedelta(days=1))
    first = today.date() + timedelta(days=1)
    if first > last.date():
        return None
    href = _with_back("inbox_snooze", row.notice_id, back)
    return {"href": href, "first": first.isoformat(), "last": last.date().isoformat()}


def _wants_review(row: NoticeRecipient) -> bool:
    """Tell whether the notice speaks of a request that still waits."""
    notice = row.notice
    return (
        notice.type == "REVIEW_WANTED"
        and notice.request is not None
        and notice.request.state == "in_review"
    )


def _grouped(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {
        "Needs your answer": [],
        "Waits for your review": [],
        "New": [],
        "Earlier": [],
        "Put off": [],
    }
    for card in cards:
        name = _GROUPS.get(card["wants"], "New" if card["unread"] else "Earlier")
        groups[name].append(card)
    return [{"title": title, "cards": held} for title, held in groups.items() if held]


def _older(last: NoticeRecipient, *, only_new: bool) -> str:
    kept = "&show=unread" if only_new else ""
    return f"{reverse('inbox')}?before={last.notice_id}{kept}"


def _with_back(name: str, notice_id: Any, back: str) -> str:
    return f"{reverse(name, args=[notice_id])}?{urlencode({'back': back})}"


def _back(request: HttpRequest) -> str:
    """Give the page of the inbox that the form stood on; no other address."""
    wanted = request.GET.get("back", "")
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours and wanted.startswith(reverse("inbox")) else reverse("inbox")
