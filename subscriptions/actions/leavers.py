"""People who leave: one action ends and gives on all they had; coming back restores nothing."""

from dataclasses import asdict
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import GOVERNANCE, OPERATOR, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, ImpossibleMove, NotFound
from marketplace.kernel.events.log import record
from marketplace.kernel.identity.models import Team, User
from marketplace.kernel.identity.permissions import may_deactivate
from subscriptions import consumers
from subscriptions.actions.agreements import needs_reason
from subscriptions.actions.leaving import (
    Hits,
    drop_logins,
    end_agreements,
    give_on,
    leave_teams,
    route_stages,
    settle_team,
    withdraw_requests,
)
from subscriptions.actions.request_rows import facts_of
from subscriptions.events import (
    AccountDeactivated,
    AccountReactivated,
    RequestRerouted,
    TeamSettled,
)
from subscriptions.models import (
    AccessAgreement,
    AccessRequest,
    Departure,
    IssuedLogin,
    LabRun,
    WebhookEndpoint,
)
from subscriptions.permissions import may_provision

_KINDS = ("user", "application", "agent")


class LastOfRole(DomainError):
    """Nobody else holds a role that the instance cannot be without."""

    code = "last-of-role"
    title = "Nobody else holds this role: give it to somebody first."


@action
def deactivate(actor: Actor, *, username: str, reason: str) -> Departure:
    """Let an account do nothing any more, at once, and leave nothing without an owner.

    Its sessions, tokens and logins end; its own access is revoked and proven gone; what it
    answered for goes to the team's lead, then the domain's owner, then governance. Rehearsed, it
    says what it would hit. Raises LastOfRole, ImpossibleMove when it is inactive already.
    """
    user = _locked(username)
    require(actor, may_deactivate, user)
    needs_reason(reason)
    if not user.is_active:
        raise ImpossibleMove("This account is deactivated already.")
    for role in (GOVERNANCE, OPERATOR):
        others = User.objects.filter(roles__contains=[role], is_active=True, kind="user")
        if role in user.roles and not others.exclude(pk=user.pk).exists():
            raise LastOfRole(role=role)
    words, by = f"{user.called} has left.", actor.subject
    hits, facts = Hits(), _close_account(user)
    mine = Q(consumer_kind__in=_KINDS, consumer_key=username)
    end_agreements(AccessAgreement.objects.filter(mine), hits, by=by, reason=words)
    withdraw_requests(AccessRequest.objects.filter(mine), hits, by=by, reason=words)
    drop_logins(IssuedLogin.objects.filter(person=username), hits, by=by, reason=words)
    LabRun.objects.filter(actor=username, state="running").update(stop_asked_at=Now())
    teams = leave_teams(user)
    give_on(user, teams, hits)
    for team in Team.objects.filter(slug__in=teams).order_by("slug"):
        settle_team(team, hits, by=by, reason=words)
    route_stages(hits)
    row = Departure.objects.create(
        username=username,
        by=by,
        reason=reason.strip(),
        at=now(),
        hits=asdict(hits) | facts | {"teams": teams},
    )
    record(
        AccountDeactivated(
            subject=f"account/{username}",
            teams=tuple(teams),
            username=username,
            reason=row.reason,
            agreements=len(hits.agreements),
            requests=len(hits.requests),
            logins=len(hits.logins),
            routed=hits.routed,
        )
    )
    return row


@action
def reactivate(actor: Actor, *, username: str, reason: str) -> User:
    """Let an account sign in again. Teams, roles, tokens and access are given anew, by people."""
    user = _locked(username)
    require(actor, may_deactivate, user)
    needs_reason(reason)
    if user.is_active:
        raise ImpossibleMove("This account is active.")
    user.is_active = True
    user.save(update_fields=["is_active"])
    open_ = Departure.objects.filter(username=username, back_at__isnull=True)
    open_.update(back_at=Now(), back_by=actor.subject)
    record(
        AccountReactivated(
            subject=f"account/{username}",
            teams=(f"user:{username}",),
            username=username,
            reason=reason.strip(),
        )
    )
    return user


@action
def settle(actor: Actor, *, team: str) -> Hits:
    """Derive a team's access and duties anew, after members were taken out of it."""
    require(actor, may_provision)
    row = Team.objects.select_for_update(no_key=True).filter(slug=team).first()
    if row is None:
        raise NotFound
    hits = Hits()
    settle_team(row, hits, by=actor.subject, reason=f"Not in team {team} any more.")
    route_stages(hits)
    record(
        TeamSettled(
            subject=f"team/{team}",
            teams=(team,),
            team=team,
            agreements=len(hits.agreements),
            logins=len(hits.logins),
            routed=hits.routed,
        )
    )
    return hits


@action
def reroute(actor: Actor, *, request_id: Any) -> Hits:
    """Have governance give the answers of a request that nobody else can give."""
    require(actor, may_provision)
    row = (
        AccessRequest.objects.select_for_update(of=["self"], no_key=True)
        .select_related("port__product__owner_team")
        .get(pk=request_id)
    )
    hits = Hits()
    route_stages(hits, row.pk)
    consumer = consumers.remembered(row.consumer_kind, row.consumer_key)
    record(RequestRerouted(**facts_of(row, consumer), routed=hits.routed))
    return hits


def _close_account(user: User) -> dict[str, list[str]]:
    """End what the account itself has: sign-in, sessions, tokens, webhooks, instance roles."""
    tokens = user.tokens.filter(revoked_at__isnull=True, expires_at__gt=Now())
    hooks = WebhookEndpoint.objects.filter(owner=user, active=True)
    facts = {
        "tokens": list(tokens.values_list("name", flat=True)),
        "webhooks": list(hooks.values_list("url", flat=True)),
        "roles": sorted(user.roles),
    }
    tokens.update(revoked_at=Now())
    hooks.update(active=False, disabled_reason="The account was deactivated.")
    user.is_active, user.roles = False, []
    user.session_epoch += 1
    user.save(update_fields=["is_active", "roles", "session_epoch"])
    return facts


def _locked(username: str) -> User:
    user: Any = User.objects.select_for_update(of=["self"], no_key=True)
    found: User | None = user.filter(username=username).first()
    if found is None:
        raise NotFound
    return found
