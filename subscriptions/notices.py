"""Whom a notice concerns, and what it says."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import ChangeProposal, DataProduct
from catalog.permissions import PUBLISHERS
from marketplace.kernel.actors import CARETAKER, GOVERNANCE, PRIVACY
from marketplace.kernel.identity.models import Membership, User
from subscriptions.kinds import EMAIL, MANDATORY, WEBHOOK, by_default
from subscriptions.models import (
    AccessAgreement,
    AccessRequest,
    ApprovalStage,
    NotificationChoice,
    WebhookEndpoint,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice before it is sent: the same ``client_token`` twice is one notice."""

    type: str
    title: str
    text: str
    link: str
    client_token: str
    severity: str = "info"
    product: DataProduct | None = None
    agreement: AccessAgreement | None = None
    request: AccessRequest | None = None
    change: ChangeProposal | None = None
    details: dict[str, Any] = field(default_factory=dict)
    ack_deadline: datetime | None = None
    effective_at: datetime | None = None


def people_of_team(slug: str, roles: Iterable[str] | None = None) -> set[int]:
    """Active accounts of a team, or only those with one of these roles."""
    rows = Membership.objects.filter(team__slug=slug, user__is_active=True)
    rows = rows.exclude(role=CARETAKER) if roles is None else rows.filter(role__in=list(roles))
    return set(rows.values_list("user_id", flat=True))


def people_of_consumer(kind: str, key: str) -> set[int]:
    """Who hears for a consumer: the team's members, the person, or the program's sponsor."""
    if kind == "team":
        return people_of_team(key)
    if kind == "data_product":
        product = DataProduct.objects.select_related("owner_team").filter(key=key).first()
        return people_of_team(product.owner_team.slug) if product else set()
    user = User.objects.filter(username=key).first()
    if user is None:
        return set()
    return {user.sponsor_id} if user.kind != "user" and user.sponsor_id else {user.pk}


def people_of(agreements: QuerySet[AccessAgreement]) -> set[int]:
    """Who hears for the consumers of some agreements, as `people_of_consumer`: four statements."""
    keys: dict[str, set[str]] = defaultdict(set)
    pairs = agreements.order_by().values_list("consumer_kind", "consumer_key").distinct()
    for kind, key in pairs:
        keys[kind if kind in ("team", "data_product") else "user"].add(key)
    slugs = keys["team"] | set(
        DataProduct.objects.filter(key__in=keys["data_product"]).values_list(
            "owner_team__slug", flat=True
        )
    )
    members = Membership.objects.filter(team__slug__in=slugs, user__is_active=True)
    found = set(members.exclude(role=CARETAKER).values_list("user_id", flat=True))
    users = User.objects.filter(username__in=keys["user"])
    for pk, kind, sponsor in users.values_list("pk", "kind", "sponsor_id"):
        found.add(sponsor if kind != "user" and sponsor else pk)
    return found


def owners_of(product: DataProduct) -> set[int]:
    """Who answers for a product; its whole team when nobody has the role."""
    return people_of_team(product.owner_team.slug, PUBLISHERS) or people_of_team(
        product.owner_team.slug
    )


def answerers_of(stage: ApprovalStage, product: DataProduct) -> set[int]:
    """Who may answer a stage; governance when nobody may, so that nothing waits for nobody."""
    roles = {"privacy_officer": PRIVACY, "governance": GOVERNANCE}
    if stage.role in roles:
        found = _holders(roles[stage.role])
    elif stage.role == "domain_owner":
        found = people_of_team(product.domain.owner_team.slug, ["domain_owner"])
    else:
        found = people_of_team(product.owner_team.slug, PUBLISHERS)
        found = found or people_of_team(product.domain.owner_team.slug, ["domain_owner"])
    return found or _holders(GOVERNANCE)


def followers_of(product: DataProduct) -> set[int]:
    """Who follows a product and did not mute it."""
    return set(
        product.followers.filter(muted=False, user__is_active=True).values_list(
            "user_id", flat=True
        )
    )


def _holders(role: str) -> set[int]:
    rows = User.objects.filter(roles__contains=[role], is_active=True)
    return set(rows.values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Ways:
    """Who of some people hears of a kind by mail, and who at their webhooks; keys of accounts."""

    mail: frozenset[int]
    webhook: frozenset[int]


def ways_of(kind: str, users: Iterable[User]) -> Ways:
    """Give by which ways people want a kind of notice: one statement.

    A locked kind comes by mail whatever was chosen. Who has no webhook that is active is not
    among those to be told there.
    """
    people = list(users)
    chosen = {
        (pk, channel): wanted
        for pk, channel, wanted in NotificationChoice.objects.filter(kind=kind, user__in=people)
        .annotate(hears=Exists(WebhookEndpoint.objects.filter(owner=OuterRef("user"), active=True)))
        .filter(Q(hears=True) | ~Q(channel=WEBHOOK))
        .values_list("user_id", "channel", "wanted")
    }
    return Ways(
        frozenset(
            user.pk
            for user in people
            if kind in MANDATORY
            or chosen.get((user.pk, EMAIL), by_default(kind, EMAIL, mails=user.mails))
        ),
        frozenset(pk for (pk, channel), wanted in chosen.items() if channel == WEBHOOK and wanted),
    )
