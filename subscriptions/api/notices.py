"""Notices, their answers, and what one hears of."""

from typing import Any

from django.db.models import QuerySet
from django_filters import BooleanFilter, CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.models import User
from marketplace.kernel.rest.bodies import Nothing
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters, State
from marketplace.kernel.rest.operations import operation
from subscriptions.actions import follows, notices
from subscriptions.actions.notification_choices import choices_of, choose
from subscriptions.api import shapes
from subscriptions.api.bodies import AnswerBody, ChoicesBody, SnoozeBody
from subscriptions.kinds import CHANNELS, EMAIL, INBOX_STAYS, KINDS, by_default
from subscriptions.models import Acknowledgement, Follow, Notice, NoticeRecipient
from subscriptions.queries import my_acknowledgements, visible_notices


class NoticeFilters(Filters):
    """Filters of notices."""

    type = State(help_text="Any of these types, by comma.")
    severity = State(help_text="Any of these severities, by comma.")
    product = CharFilter(field_name="product__key", help_text="A product's key.")
    unread = BooleanFilter(
        field_name="recipients__read_at", lookup_expr="isnull", help_text="Only new ones."
    )


class Notices(Endpoint):
    """What the caller was told."""

    @operation(scope="read", gives=shapes.NoticeShown, page=True, filters=NoticeFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List the caller's notices, newest first."""
        return self.page(visible_notices(self.actor), shapes.NoticeShown)


class NoticeView(Endpoint):
    """One notice."""

    @operation(scope="read", gives=shapes.NoticeWithAnswers)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """Read a notice, with the answers that the caller's consumers owe or gave."""
        found: Notice | None = visible_notices(self.actor).filter(pk=id).first()
        if found is None:
            raise NotFound
        answers = shapes.AnswerShown(my_acknowledgements(self.actor, found), many=True).data
        return Response({**shapes.NoticeShown(found).data, "acknowledgements": answers})


class Acknowledge(Endpoint):
    """Answer."""

    @operation(scope="request", takes=AnswerBody, gives=shapes.AcknowledgedShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Answer for every consumer that the caller speaks for, and mark the notice as read."""
        given = self.body()
        return self.act(_answers, notices.acknowledge, notice_id=id, **given)


class Snooze(Endpoint):
    """Putting a notice off."""

    @operation(scope="request", takes=SnoozeBody, gives=shapes.SnoozedShown, dry=True)
    def put(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Put a notice off: it is new again at that moment, and not seen until then."""
        return self.act(_snoozed, notices.snooze, notice_id=id, **self.body())

    @operation(scope="request", status=204, dry=True)
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Have it back now."""
        return self.act(_forgotten, notices.bring_back, notice_id=id)


class Follows(Endpoint):
    """What the caller hears of."""

    @operation(scope="read", gives=shapes.FollowShown, page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List the products that the caller follows."""
        return self.page(_mine(self.actor.user_id), shapes.FollowShown)


class FollowView(Endpoint):
    """Following one product."""

    @operation(scope="request", takes=Nothing, gives=shapes.FollowShown, dry=True)
    def put(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Hear of a product: notices, never access. Doing it twice changes nothing."""
        self.body()
        return self.act(_follow, follows.follow, key=key)

    @operation(scope="request", status=204, dry=True)
    def delete(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Hear no more; notices that are mandatory still come."""
        return self.act(_nothing, follows.unfollow, key=key)


class NotificationChoices(Endpoint):
    """By which ways the caller hears of what."""

    @operation(scope="read", gives=shapes.NotificationChoicesShown)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Read each kind of notice with its ways; ``locked`` says why mail cannot be off."""
        account = User.objects.filter(pk=self.actor.user_id).first()
        if account is None:
            raise NotFound
        return Response(_choices(account))

    @operation(scope="request", takes=ChoicesBody, gives=shapes.NotificationChoicesShown, dry=True)
    def patch(self, request: Request) -> Response:  # noqa: ARG002
        """Change some of it; what is not named stays. The inbox keeps everything."""
        return self.act(_choices, choose, wanted=self.body()["choices"])


def _choices(account: User) -> dict[str, Any]:
    chosen = choices_of(account)
    kinds = []
    for kind in KINDS:
        ways = {
            channel: chosen.get(
                (kind.name, channel), by_default(kind.name, channel, mails=account.mails)
            )
            for channel in CHANNELS
        }
        ways[EMAIL] = ways[EMAIL] or bool(kind.locked)
        kinds.append({"kind": kind.name, "title": kind.label, "locked": kind.locked, **ways})
    return {"inbox": INBOX_STAYS, "kinds": kinds}


def _mine(user_id: int) -> QuerySet[Follow]:
    return Follow.objects.filter(user_id=user_id).select_related("product")


def _follow(row: Follow) -> dict[str, Any]:
    return shapes.FollowShown(row).data


def _answers(rows: list[Acknowledgement]) -> dict[str, Any]:
    return {"acknowledgements": shapes.AnswerShown(rows, many=True).data}


def _snoozed(row: NoticeRecipient) -> dict[str, Any]:
    return shapes.SnoozedShown(row).data


def _forgotten(_row: NoticeRecipient) -> None:
    return None


def _nothing(_result: None) -> None:
    return None
