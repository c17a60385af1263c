"""What an owner should do first: everything that waits for them, ranked by what it harms.

A broken promise comes before a late answer, a late answer before one that is still in time, and
what makes a product better comes last. Within a rank the number of people touched decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse

from catalog.models import DataProduct, ServiceLevelWindow
from catalog.states import ChangeState
from marketplace.kernel.web import words
from marketplace.portal.answer_clock import clock_of
from marketplace.portal.owner_queries import Progress
from subscriptions.actions.orders import Order
from subscriptions.models import AccessRequest, Grant

FIRST: Final = 3
_NEAR: Final = timedelta(days=7)
_RECENT_DAYS: Final = 2  # yesterday's window may be the last one that is complete
_LIMIT: Final = 20


class Rank(IntEnum):
    """What is worse stands lower."""

    ACCESS_REMAINS = 0
    ACCESS_STUCK = 1
    ORDER = 2
    LATE_ANSWER = 3
    OBJECTION = 4
    PROMISE_MISSED = 5
    ANSWER = 6
    CHANGE_NEAR = 7
    DRAFT = 8
    FIX = 9


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: what it is, why it stands where it stands, and the page that does it.

    ``touched`` orders tasks of the same rank: consumers, hours late, or points times consumers.
    """

    rank: Rank
    touched: float
    title: str
    why: str
    href: str
    label: str
    icon: str
    tone: str = ""


def first_tasks(
    *,
    products: Sequence[DataProduct],
    waiting: Iterable[AccessRequest],
    changes: Iterable[Progress],
    fixes: Iterable[dict[str, Any]],
    orders: Sequence[Order],
    now: datetime,
) -> list[Task]:
    """Rank everything that is known to wait: two statements beyond what the caller has read.

    ``fixes`` are lines of the console with ``product``, ``fix``, ``points`` and ``fix_in_text``.
    """
    keys = [product.pk for product in products]
    found = [
        *_access(keys),
        *_orders(orders),
        *(_answer(one, now) for one in waiting),
        *(task for one in changes if (task := _change(one, now))),
        *_missed(keys, now),
        *(_draft(product) for product in products if product.status == "draft"),
        *(_fix(line) for line in fixes),
    ]
    return sorted(found, key=lambda task: (task.rank, -task.touched, task.title))


def _access(keys: Sequence[int]) -> Iterable[Task]:
    rows = Grant.objects.select_related("agreement__port__product").filter(
        Q(needs_human=True) | Q(revoke_unverified=True), agreement__port__product_id__in=keys
    )
    for grant in rows.order_by("pk")[:_LIMIT]:
        product = grant.agreement.port.product
        remains = grant.revoke_unverified
        yield Task(
            Rank.ACCESS_REMAINS if remains else Rank.ACCESS_STUCK,
            1,
            f"{grant.principal_key} may still read {product.name}"
            if remains
            else f"{grant.principal_key} waits for {product.name}",
            grant.diagnostics
            or ("The end was not proven." if remains else "The grant needs a person."),
            reverse("consumers", args=[product.key]),
            "Look",
            "shield-alert",
            "bad",
        )


def _orders(orders: Sequence[Order]) -> Iterable[Task]:
    """All open orders are one thing to do: they stand on one page."""
    if not orders:
        return
    first = orders[0].handle.port
    first_words = f"{first.product.name}, {first.name}; access waits for it"
    if len(orders) > 1:
        others = len(orders) - 1
        first_words = f"{first.product.name}, {first.name} and {others} more; access waits for it"
    platform = first.platform.name if first.platform else ""
    yield Task(
        Rank.ORDER,
        len(orders),
        f"Carry out what was ordered from {platform}",
        first_words,
        reverse("orders"),
        "Orders",
        "inbox",
        "warn",
    )


def _answer(asked: AccessRequest, now: datetime) -> Task:
    clock = clock_of(asked, now)
    consumer = asked.snapshot.get("consumer_name") or asked.consumer_key
    return Task(
        Rank.LATE_ANSWER if clock.late else Rank.ANSWER,
        (now - asked.created_at).total_seconds(),
        f"Answer {consumer} on {asked.port.product.name}",
        clock.long,
        reverse("review", args=[asked.pk]),
        "Review",
        "user-check",
        "bad" if clock.late else "warn",
    )


def _change(one: Progress, now: datetime) -> Task | None:
    change, missing = one.change, one.asked - one.ready
    name = f"{change.contract.product.name} {change.to_version}"
    where = reverse("change", args=[change.pk])
    if one.objected:
        who = "1 consumer objects" if one.objected == 1 else f"{one.objected} consumers object"
        return Task(
            Rank.OBJECTION,
            one.objected,
            f"Talk about {name}",
            f"{who} to this change",
            where,
            "Read",
            "octagon-alert",
            "bad",
        )
    near = change.effective_at is not None and change.effective_at <= now + _NEAR
    if near and missing and change.state != ChangeState.DRAFT and change.effective_at:
        when = words.ago(change.effective_at, now)
        text = f"takes effect {when}; {one.ready} of {one.asked} consumers are ready"
        title = f"Remind the consumers of {name}"
        return Task(Rank.CHANGE_NEAR, missing, title, text, where, "Look", "megaphone", "warn")
    if change.state == ChangeState.DRAFT:
        text = "drafted; whom it touches does not know yet"
        return Task(Rank.DRAFT, 1, f"Announce {name}", text, where, "Read", "megaphone")
    return None


def _missed(keys: Sequence[int], now: datetime) -> Iterable[Task]:
    """Promises missed today or yesterday, each product once, with what was measured."""
    since = now.date() - timedelta(days=_RECENT_DAYS - 1)
    rows = ServiceLevelWindow.objects.select_related("product").filter(
        product_id__in=keys, day__gte=since, state="breached"
    )
    seen = set()
    for row in rows.order_by("-day", "product_id")[:_LIMIT]:
        if row.product_id in seen:
            continue
        seen.add(row.product_id)
        yield Task(
            Rank.PROMISE_MISSED,
            row.product.consumers,
            f"{row.product.name} missed its service level",
            _read_by(row.basis, row.product.consumers),
            reverse("product", args=[row.product.key, "quality"]),
            "Quality",
            "timer",
            "bad",
        )


def _draft(product: DataProduct) -> Task:
    return Task(
        Rank.DRAFT,
        0,
        f"Publish {product.name}",
        "drafted; nobody can find it yet",
        reverse("product_edit", args=[product.key]),
        "Edit",
        "package",
    )


def _fix(line: dict[str, Any]) -> Task:
    product, points = line["product"], line["points"]
    in_text = line["fix_in_text"] and line["may_edit"]
    page = "product_edit" if in_text else "consumers"
    return Task(
        Rank.FIX,
        points * max(1, product.consumers),
        line["fix"],
        f"+{points:.1f} points for {product.name}, {_readers(product.consumers)}",
        reverse(page, args=[product.key]),
        "Edit" if in_text else "Look",
        "sprout",
    )


def _readers(number: int) -> str:
    return "1 consumer" if number == 1 else f"{number} consumers"


def _read_by(basis: str, number: int) -> str:
    if number == 1:
        return f"{basis}; 1 consumer reads it"
    return f"{basis}; {number} consumers read it"
