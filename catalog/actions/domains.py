"""Make and change domains and teams."""

from django.contrib.auth import get_user_model

from catalog.actions.limits import fits
from catalog.descriptors.model import DomainDescriptor, TeamDescriptor
from catalog.events import DomainChanged, TeamChanged
from catalog.models import Domain
from catalog.permissions import PUBLISHERS, may_change_domain, may_change_team
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import CARETAKER, MEMBER, Actor
from marketplace.kernel.errors import DomainError, FieldProblem, Invalid, NotFound, Stale
from marketplace.kernel.events.log import record
from marketplace.kernel.identity.models import Membership, Team

HUES = 8


class NotEmpty(DomainError):
    """Something still hangs on what should be deleted."""

    code = "not-empty"
    title = "This still holds something."


def put_domain(actor: Actor, wanted: DomainDescriptor) -> str:
    """Create or replace a domain inside a running action; say created, updated or unchanged."""
    kept = Domain.objects.select_for_update(of=["self"], no_key=True).filter(slug=wanted.id).first()
    require(actor, may_change_domain, kept)
    team = Team.objects.filter(slug=wanted.owner_team).first()
    if team is None:
        raise Invalid(
            FieldProblem("/ownerTeam", "unknown-team", f"There is no team {wanted.owner_team}.")
        )
    parent = Domain.objects.filter(slug=wanted.parent).first() if wanted.parent else None
    if wanted.parent and parent is None:
        raise Invalid(FieldProblem("/parent", "unknown-domain", f"No domain {wanted.parent}."))
    _no_circle(wanted.id, parent)
    hue = (wanted.hue or 0) * HUES // 361 if wanted.hue is not None else _next_hue(kept)
    values = {
        "name": wanted.name,
        "description": wanted.description,
        "parent": parent,
        "owner_team": team,
        "hue": hue,
    }
    fits(Domain(slug=wanted.id, **values), "")
    if kept is None:
        Domain.objects.create(slug=wanted.id, **values)
        how = "created"
    elif all(getattr(kept, name) == value for name, value in values.items()):
        how = "unchanged"
    else:
        how = "updated"
        Domain.objects.filter(pk=kept.pk).update(version=kept.version + 1, **values)
    if how != "unchanged":
        record(DomainChanged(subject=f"domain/{wanted.id}", teams=(team.slug,), how=how))
    return how


def put_team(actor: Actor, wanted: TeamDescriptor) -> str:
    """Create or replace a team inside a running action."""
    kept = Team.objects.select_for_update(no_key=True).filter(slug=wanted.id).first()
    require(actor, may_change_team, kept.slug if kept else None)
    values = {
        "name": wanted.name,
        "description": wanted.description,
        "domain": wanted.domain,
        "email": wanted.email,
    }
    fits(Team(slug=wanted.id, **values), "")
    members = {member.username: member.role or MEMBER for member in wanted.members}
    if kept is None:
        kept = Team.objects.create(slug=wanted.id, **values)
        how = "created"
        _set_members(kept, members)
    else:
        own = kept.memberships.exclude(role=CARETAKER)
        before = dict(own.values_list("user__username", "role"))
        same = all(getattr(kept, name) == value for name, value in values.items())
        how = "unchanged" if same and members in ({}, before) else "updated"
        if how == "updated":
            Team.objects.filter(pk=kept.pk).update(version=kept.version + 1, **values)
        if members and members != before:
            _set_members(kept, members)
    if how != "unchanged":
        record(
            TeamChanged(
                subject=f"team/{wanted.id}", teams=(wanted.id,), how=how, members=sorted(members)
            )
        )
    return how


@action
def save_domain(actor: Actor, *, wanted: DomainDescriptor, version: int | None = None) -> Domain:
    """Create or replace one domain; ``version`` is the one the caller read, if any."""
    _check_version(Domain.objects.filter(slug=wanted.id).first(), version)
    if put_domain(actor, wanted) == "unchanged":
        record(DomainChanged(subject=f"domain/{wanted.id}", how="unchanged"))
    return Domain.objects.select_related("owner_team", "parent").get(slug=wanted.id)


@action
def save_team(actor: Actor, *, wanted: TeamDescriptor, version: int | None = None) -> Team:
    """Create or replace one team."""
    _check_version(Team.objects.filter(slug=wanted.id).first(), version)
    if put_team(actor, wanted) == "unchanged":
        record(TeamChanged(subject=f"team/{wanted.id}", how="unchanged", members=[]))
    return Team.objects.get(slug=wanted.id)


@action
def delete_domain(actor: Actor, *, slug: str) -> None:
    """Delete a domain that holds nothing."""
    domain = Domain.objects.select_for_update(of=["self"], no_key=True).filter(slug=slug).first()
    if domain is None:
        raise NotFound
    require(actor, may_change_domain, domain)
    if domain.products.exists() or domain.children.exists():
        raise NotEmpty("The domain still has products or sub-domains.")
    domain.delete()
    record(DomainChanged(subject=f"domain/{slug}", how="deleted"))


@action
def delete_team(actor: Actor, *, slug: str) -> None:
    """Delete a team that owns nothing and has no members."""
    team = Team.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if team is None:
        raise NotFound
    require(actor, may_change_team, slug)
    if team.products.exists() or team.domains_owned.exists() or team.memberships.exists():
        raise NotEmpty("The team still has members, products or domains.")
    team.delete()
    record(TeamChanged(subject=f"team/{slug}", how="deleted", members=[]))


def _check_version(kept: Domain | Team | None, version: int | None) -> None:
    if kept is not None and version is not None and kept.version != version:
        raise Stale(version=kept.version)


def _no_circle(slug: str, parent: Domain | None) -> None:
    above = parent
    while above is not None:
        if above.slug == slug:
            raise Invalid(FieldProblem("/parent", "circle", "A domain cannot be inside itself."))
        above = above.parent


def _next_hue(kept: Domain | None) -> int:
    return kept.hue if kept else Domain.objects.count() % HUES


def _set_members(team: Team, members: dict[str, str]) -> None:
    users = {u.username: u for u in get_user_model().objects.filter(username__in=members)}
    unknown = sorted(set(members) - set(users))
    if unknown:
        raise Invalid(
            FieldProblem("/members", "unknown-person", f"No such account: {', '.join(unknown)}.")
        )
    gone = team.memberships.exclude(user__username__in=members)
    if not set(PUBLISHERS).intersection(members.values()):
        gone = gone.exclude(role=CARETAKER)  # until the team has somebody of its own who answers
    gone.delete()
    Membership.objects.bulk_create(
        [Membership(team=team, user=users[name], role=role) for name, role in members.items()],
        update_conflicts=True,
        unique_fields=["user", "team"],
        update_fields=["role"],
    )
