"""What a person holds who leaves, ended or given on; used inside the actions of `leavers`."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from catalog.events import TeamChanged
from catalog.models import DataProduct
from marketplace.kernel.actors import CARETAKER
from marketplace.kernel.events.log import record
from marketplace.kernel.identity.models import Membership, Team, User
from subscriptions import consumers
from subscriptions.actions import logins
from subscriptions.actions.agreements import end
from subscriptions.actions.request_rows import close, facts_of
from subscriptions.actions.stages import skip_open
from subscriptions.events import RequestWithdrawn
from subscriptions.models import AccessAgreement, AccessRequest, ApprovalStage, IssuedLogin
from subscriptions.queries.heirs import answered_by, answers_stage, governor, heir_of
from subscriptions.states import AGREEMENT, LIVE_AGREEMENT, OPEN_REQUEST, REQUEST, StageState

ENDABLE = (*LIVE_AGREEMENT, "failed")


@dataclass(slots=True)
class Hits:
    """What leaving has hit, in words; ``routed`` are [what, its name, who answers now]."""

    agreements: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)
    routed: list[list[str]] = field(default_factory=list)

    def route(self, what: str, name: str, heir: str) -> None:
        """Note who answers now."""
        self.routed.append([what, name, heir or "nobody"])


def end_agreements(found: QuerySet[AccessAgreement], hits: Hits, *, by: str, reason: str) -> None:
    """End those of these agreements that live; each is proven by a worker."""
    rows = (
        found.filter(state__in=ENDABLE)
        .select_for_update(of=["self"], no_key=True)
        .select_related("port__product__owner_team")
        .order_by("pk")
    )
    for row in rows:
        if not AGREEMENT.allows("end", row.state):
            continue
        consumer = consumers.remembered(row.consumer_kind, row.consumer_key)
        end(row, consumer, how="revoked", by=by, reason=reason)
        name = f"{row.port.product.name}, {row.port.name}"
        hits.agreements.append(f"{name}, held by {row.consumer_key}")


def withdraw_requests(found: QuerySet[AccessRequest], hits: Hits, *, by: str, reason: str) -> None:
    """Take back those of these requests that wait."""
    rows = (
        found.filter(state__in=list(OPEN_REQUEST))
        .select_for_update(of=["self"], no_key=True)
        .select_related("port__product__owner_team")
        .order_by("pk")
    )
    for row in rows:
        consumer = consumers.remembered(row.consumer_kind, row.consumer_key)
        row.state = REQUEST.after("withdraw", row.state)
        skip_open(row)
        close(row, by=by, kind="human", note=reason)
        record(RequestWithdrawn(**facts_of(row, consumer)))
        hits.requests.append(f"Request {row.number}: {row.port.product.name}, {row.port.name}")


def drop_logins(found: QuerySet[IssuedLogin], hits: Hits, *, by: str, reason: str) -> None:
    """Want these logins gone; what a platform cannot drop is named with its end."""
    for row in logins.locked_live(found.values_list("pk", flat=True)):
        what = f"{row.agreement.port.product.name}, {row.agreement.port.name}: {row.person}"
        if logins.droppable(row):
            logins.mark(row, by=by, reason=reason)
            hits.logins.append(what)
        else:
            hits.remaining.append(f"{what}, until {row.expires_at:%Y-%m-%d %H:%M} UTC")


def give_on(user: User, teams: list[str], hits: Hits) -> None:
    """Put somebody else where the person is named for others: agreements, requests, programs.

    A program that nobody can answer for loses its tokens.
    """
    mine = Q(requester=user.username) & ~Q(consumer_kind="user", consumer_key=user.username)
    held = AccessAgreement.objects.filter(mine, state__in=ENDABLE)
    for row in held.select_related("port__product").order_by("pk"):
        heir = _heir(row.consumer_kind, row.consumer_key, user, teams)
        name = f"{row.port.product.name}, {row.port.name}, held by {row.consumer_key}"
        hits.route("agreement", name, heir)
        if heir:
            AccessAgreement.objects.filter(pk=row.pk).update(requester=heir)
    for asked in AccessRequest.objects.filter(mine, state__in=list(OPEN_REQUEST)).order_by("pk"):
        heir = _heir(asked.consumer_kind, asked.consumer_key, user, teams)
        hits.route("request", f"Request {asked.number}", heir)
        if heir:
            AccessRequest.objects.filter(pk=asked.pk).update(requester=heir)
    for program in User.objects.filter(sponsor=user).order_by("pk"):
        own = list(program.memberships.values_list("team__slug", flat=True))
        heir = heir_of(own or teams, without=user.username)
        hits.route("program", program.username, heir)
        if heir:
            User.objects.filter(pk=program.pk).update(sponsor=User.objects.get(username=heir))
        else:
            program.tokens.filter(revoked_at__isnull=True).update(revoked_at=Now())


def _heir(kind: str, key: str, user: User, teams: list[str]) -> str:
    """The heir in the very team that holds it; of the person's own teams for all else."""
    return heir_of([key] if kind == "team" else teams, without=user.username)


def leave_teams(user: User) -> list[str]:
    """Take somebody out of all their teams; give which."""
    rows = Membership.objects.filter(user=user).select_related("team")
    teams = [row.team for row in rows.order_by("team__slug")]
    rows.delete()
    for team in teams:
        left = team.memberships.values_list("user__username", flat=True)
        record(
            TeamChanged(
                subject=f"team/{team.slug}",
                teams=(team.slug,),
                how="left",
                members=sorted(left),
            )
        )
    return [team.slug for team in teams]


def settle_team(team: Team, hits: Hits, *, by: str, reason: str) -> None:
    """Derive anew what a team has and answers for, after members have left it.

    Logins of who is no member end; without any active member its access ends, too; a product that
    nobody answers for gets a caretaker from governance, who reads none of its data by that.
    """
    members = team.memberships.filter(user__is_active=True)
    names = set(members.values_list("user__username", flat=True))
    owned = DataProduct.objects.filter(owner_team=team).select_related("domain", "owner_team")
    whose = Q(consumer_kind="team", consumer_key=team.slug)
    theirs = whose | Q(consumer_kind="data_product", consumer_key__in=owned.values("key"))
    held = IssuedLogin.objects.filter(agreement__in=AccessAgreement.objects.filter(theirs))
    drop_logins(held.exclude(person__in=names), hits, by=by, reason=reason)
    if not members.exclude(role=CARETAKER).exists():
        words = f"Team {team.slug} has no members left."
        end_agreements(AccessAgreement.objects.filter(whose), hits, by=by, reason=words)
        withdraw_requests(AccessRequest.objects.filter(whose), hits, by=by, reason=words)
    left_alone = [one for one in owned if not answered_by(one)]
    if left_alone:
        _care(team, left_alone, hits)


def _care(team: Team, products: list[DataProduct], hits: Hits) -> None:
    keeper = governor()
    for product in products:
        hits.route("product", product.key, keeper)
    if keeper:
        user = User.objects.get(username=keeper)
        Membership.objects.get_or_create(user=user, team=team, defaults={"role": CARETAKER})


def stranded(request_id: Any = None) -> list[ApprovalStage]:
    """Give the open answers (of one request, or of all) that nobody who is active can give."""
    rows = ApprovalStage.objects.filter(
        state__in=[StageState.OPEN, StageState.WAITING], request__state__in=list(OPEN_REQUEST)
    ).exclude(role="governance")
    if request_id is not None:
        rows = rows.filter(request_id=request_id)
    known: dict[tuple[str, int], bool] = {}
    found = []
    with_product = rows.select_related(
        "request__port__product__domain", "request__port__product__owner_team"
    )
    for stage in with_product.order_by("pk"):
        place = (stage.role, stage.request.port.product_id)
        if place not in known:
            known[place] = answers_stage(stage.role, stage.request.port.product)
        if not known[place]:
            found.append(stage)
    return found


def route_stages(hits: Hits, request_id: Any = None) -> None:
    """Give answers that nobody can give any more to governance, inside a running action."""
    for stage in stranded(request_id):
        hits.route("approval", f"Request {stage.request.number}, {stage.role}", governor())
        words = f"{stage.why} (Nobody is left as {stage.role.replace('_', ' ')}.)"
        ApprovalStage.objects.filter(pk=stage.pk).update(role="governance", team="", why=words)
