"""Who answers when somebody has left: the team's lead, the domain's owner, then governance."""

from collections.abc import Iterable

from catalog.models import DataProduct, Domain
from catalog.permissions import PUBLISHERS
from marketplace.kernel.actors import DOMAIN_OWNER, GOVERNANCE, LEAD, OWNER, PRIVACY, STEWARD
from marketplace.kernel.identity.models import Membership, Team, User

_IN_TEAM = (LEAD, OWNER, STEWARD, DOMAIN_OWNER)


def heir_of(teams: Iterable[str], *, without: str) -> str:
    """Give who takes over from somebody in these teams; empty when there is nobody at all.

    First a lead, then another who answers in the team; then the owner of the team's domain; then
    governance. A person, active, and never ``without``.
    """
    slugs = sorted(teams)
    people = Membership.objects.filter(user__is_active=True, user__kind="user")
    people = people.exclude(user__username=without)
    for role in _IN_TEAM:
        found = people.filter(team__slug__in=slugs, role=role).order_by("user_id").first()
        if found is not None:
            return str(found.user.username)
    homes = Domain.objects.filter(slug__in=_domains_of(slugs)).values("owner_team")
    owner = people.filter(team__in=homes, role=DOMAIN_OWNER).order_by("user_id").first()
    if owner is not None:
        return str(owner.user.username)
    return governor(without=without)


def governor(*, without: str = "") -> str:
    """Give a person of governance, the longest here; empty when there is none."""
    rows = User.objects.filter(roles__contains=[GOVERNANCE], is_active=True, kind="user")
    found = rows.exclude(username=without).order_by("pk").first()
    return found.username if found else ""


def answered_by(product: DataProduct, *, without: str = "") -> str:
    """Give who answers for a product: an owner of its team, else of its domain; else nobody."""
    people = Membership.objects.filter(user__is_active=True).exclude(user__username=without)
    own = people.filter(team=product.owner_team_id, role__in=PUBLISHERS).order_by("user_id").first()
    ruled = people.filter(team=product.domain.owner_team_id, role=DOMAIN_OWNER).order_by("user_id")
    found = own or ruled.first()
    return str(found.user.username) if found else ""


def answers_stage(role: str, product: DataProduct) -> bool:
    """Tell whether anybody who is active may answer such a stage of a request on a product."""
    if role in ("governance", "privacy_officer"):
        held = GOVERNANCE if role == "governance" else PRIVACY
        return User.objects.filter(roles__contains=[held], is_active=True, kind="user").exists()
    if role == "domain_owner":
        rows = Membership.objects.filter(user__is_active=True, team=product.domain.owner_team_id)
        return rows.filter(role=DOMAIN_OWNER).exists()
    return bool(answered_by(product))


def _domains_of(slugs: list[str]) -> list[str]:
    rows = Team.objects.filter(slug__in=slugs).exclude(domain="")
    return list(rows.values_list("domain", flat=True))
