"""Tell people, once; and take their answers."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models.functions import Coalesce, Now
from django.utils import translation

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound
from marketplace.kernel.events.log import record
from marketplace.kernel.identity.models import User
from marketplace.kernel.wake import MESSAGES, wake
from marketplace.kernel.web.said import told
from subscriptions import consumers
from subscriptions.actions.agreements import of
from subscriptions.events import (
    AckRequested,
    ChangeAcknowledged,
    NoticeAddressed,
    NoticeRead,
    NoticeSent,
    NoticeSnoozed,
)
from subscriptions.kinds import MANDATORY
from subscriptions.models import (
    AccessAgreement,
    Acknowledgement,
    Mail,
    Notice,
    NoticeRecipient,
)
from subscriptions.notices import Draft, ways_of
from subscriptions.permissions import may_answer_change, may_follow, may_provision
from subscriptions.queries import awake, inbox, visible_notices
from subscriptions.states import ACKNOWLEDGEMENT, MessageState

LONGEST_SNOOZE: Final = timedelta(days=90)
ANSWERS = {"acknowledge": "acknowledged", "need_time": "needs_time", "object": "objected"}


@action
def tell(
    actor: Actor,
    *,
    draft: Draft,
    people: Collection[int],
    ask: Collection[tuple[AccessAgreement, str]] = (),
) -> Notice:
    """Send a notice to the inbox, and by the ways that each person chose for its kind.

    ``ask`` names agreements that have to answer. Safe to repeat: notice, copies, mails and
    questions each have a unique key, and webhooks hear of new copies only.
    """
    require(actor, may_provision)
    notice, is_new = Notice.objects.get_or_create(
        client_token=draft.client_token, defaults=_fields(draft)
    )
    users = list(User.objects.filter(pk__in=people, is_active=True, kind="user").order_by("pk"))
    ways = ways_of(draft.type, users)
    programs = [user for user in users if user.pk in ways.webhook]
    if programs and not is_new:
        had = set(notice.recipients.filter(user__in=programs).values_list("user_id", flat=True))
        programs = [user for user in programs if user.pk not in had]
    NoticeRecipient.objects.bulk_create(
        [NoticeRecipient(notice=notice, user=user) for user in users], ignore_conflicts=True
    )
    Mail.objects.bulk_create(
        [_mail(notice, user, wanted=user.pk in ways.mail) for user in users if user.email],
        ignore_conflicts=True,
    )
    for user in programs:
        record(_addressed(notice, user))
    Acknowledgement.objects.bulk_create(
        [Acknowledgement(notice=notice, agreement=a, verdict=v) for a, v in ask],
        ignore_conflicts=True,
    )
    if is_new and ask and draft.change:
        record(
            AckRequested(
                subject=f"change/{draft.change.pk}",
                product=draft.product.key if draft.product else "",
                change_id=str(draft.change.pk),
                agreements=[str(a.pk) for a, _ in ask],
            )
        )
    record(
        NoticeSent(
            subject=f"notice/{notice.pk}",
            product=draft.product.key if draft.product else "",
            teams=(draft.product.owner_team.slug,) if draft.product else (),
            notice_id=str(notice.pk),
            type=notice.type,
            people=[user.username for user in users],
        )
    )
    wake(MESSAGES)
    return notice


@action
def read(actor: Actor, *, notice_id: Any) -> NoticeRecipient:
    """Mark a notice as read."""
    require(actor, may_follow)
    row = inbox(actor).filter(notice_id=notice_id).first()
    if row is None:
        raise NotFound
    if row.read_at is None:
        row.read_at = now()
        row.save(update_fields=["read_at"])
    record(NoticeRead(subject=f"notice/{notice_id}", notice_id=str(notice_id)))
    return row


@action
def read_all(actor: Actor) -> int:
    """Mark every notice as read, but for those that were put off; give how many were new."""
    require(actor, may_follow)
    number = awake(inbox(actor)).filter(read_at__isnull=True).update(read_at=Now())
    record(NoticeRead(subject="notice/all", notice_id="all"))
    return number


@action
def snooze(actor: Actor, *, notice_id: Any, until: datetime) -> NoticeRecipient:
    """Put a notice off: it leaves the inbox, and is back as new at ``until`` (90 days at most).

    What has to be answered comes back while there is time to answer: before its deadline.
    """
    require(actor, may_follow)
    row = _own(actor, notice_id)
    latest = now() + LONGEST_SNOOZE
    deadline = row.notice.ack_deadline
    if deadline is not None:
        latest = min(latest, deadline)
    if not now() < until <= latest:
        words = f"Between now and {latest:%Y-%m-%d %H:%M} UTC."
        raise Invalid(FieldProblem("/until", "out-of-range", words))
    row.snoozed_until, row.read_at = until, None
    row.save(update_fields=["snoozed_until", "read_at"])
    _record_snooze(row)
    return row


@action
def bring_back(actor: Actor, *, notice_id: Any) -> NoticeRecipient:
    """Have a notice back in the inbox now that was put off."""
    require(actor, may_follow)
    row = _own(actor, notice_id)
    row.snoozed_until = None
    row.save(update_fields=["snoozed_until"])
    _record_snooze(row)
    return row


def _own(actor: Actor, notice_id: Any) -> NoticeRecipient:
    row = inbox(actor).filter(notice_id=notice_id).select_for_update(of=["self"]).first()
    if row is None:
        raise NotFound
    return row


def _record_snooze(row: NoticeRecipient) -> None:
    until = row.snoozed_until.isoformat() if row.snoozed_until else ""
    subject = f"notice/{row.notice_id}"
    record(NoticeSnoozed(subject=subject, notice_id=str(row.notice_id), until=until))


@action
def close(actor: Actor, *, notice_id: Any) -> int:
    """Mark every copy of a notice as done, because what it said is over; give how many were open.

    It stays in each inbox, as read: what follows it says that it is over.
    """
    require(actor, may_provision)
    closed = NoticeRecipient.objects.filter(notice=notice_id, done_at__isnull=True).update(
        done_at=Now(), read_at=Coalesce("read_at", Now())
    )
    record(NoticeRead(subject=f"notice/{notice_id}", notice_id=str(notice_id)))
    return closed


@action
def acknowledge(
    actor: Actor, *, notice_id: Any, answer: str = "acknowledge", note: str = ""
) -> list[Acknowledgement]:
    """Answer to a breaking change for every consumer the actor speaks for."""
    notice = visible_notices(actor).filter(pk=notice_id).first()
    if notice is None:
        raise NotFound
    if answer not in ANSWERS:
        raise Invalid(FieldProblem("/answer", "unknown", f"Answer one of: {', '.join(ANSWERS)}."))
    answered = []
    rows = (
        notice.acknowledgements.select_for_update(of=["self"], no_key=True)
        .select_related("agreement__port__product__owner_team")
        .order_by("pk")
    )
    for row in rows:
        agreement = row.agreement
        consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
        if not may_answer_change(actor, consumer):
            continue
        require(actor, may_answer_change, consumer)
        if row.state == ANSWERS[answer]:
            answered.append(row)
            continue
        row.state = ACKNOWLEDGEMENT.after(answer, row.state)
        row.answered_by, row.answered_at, row.note = actor.subject, now(), note
        row.save()
        answered.append(row)
        record(
            ChangeAcknowledged(
                **of(agreement, consumer),
                change_id=str(notice.change_id or ""),
                answer=row.state,
                note=note,
            )
        )
    _mark_read(actor, notice)
    return answered


def _mark_read(actor: Actor, notice: Notice) -> None:
    require(actor, may_follow)
    NoticeRecipient.objects.filter(
        notice=notice, user_id=actor.user_id, read_at__isnull=True
    ).update(read_at=Now())
    record(NoticeRead(subject=f"notice/{notice.pk}", notice_id=str(notice.pk)))


def _fields(draft: Draft) -> dict[str, Any]:
    return {
        "type": draft.type,
        "severity": draft.severity,
        "product": draft.product,
        "agreement": draft.agreement,
        "request": draft.request,
        "change": draft.change,
        "title": draft.title[:200],
        "text": draft.text,
        "link": draft.link,
        "details": draft.details,
        "mandatory": draft.type in MANDATORY,
        "ack_deadline": draft.ack_deadline,
        "effective_at": draft.effective_at,
    }


def _addressed(notice: Notice, user: User) -> NoticeAddressed:
    return NoticeAddressed(
        subject=f"notice/{notice.pk}",
        teams=(f"user:{user.username}",),
        notice_id=str(notice.pk),
        type=notice.type,
        severity=notice.severity,
        title=notice.title,
        link=notice.link,
    )


def _mail(notice: Notice, user: User, *, wanted: bool) -> Mail:
    with translation.override(user.language or settings.LANGUAGE_CODE):
        title, text = told(notice.title), told(notice.text)
    return Mail(
        notice=notice,
        user=user,
        to=user.email,
        subject=title[:200],
        text=f"{text}\n\n{settings.BASE_URL}{notice.link}\n",
        state=MessageState.QUEUED if wanted else MessageState.SUPPRESSED,
        next_at=now() if wanted else None,
    )
