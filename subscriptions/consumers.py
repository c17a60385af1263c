"""Who access is for: a person, team, product, application or agent."""

from dataclasses import dataclass

from catalog.models import DataProduct
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.identity.models import Team, User
from marketplace.kernel.prepared import fetch_one

KINDS = ("user", "team", "data_product", "application", "agent")
_MACHINES = {"application": "service", "agent": "agent"}
# One statement for an account with its teams in order: every request, decision and notice asks it.
_PERSON = """
    SELECT u.display_name, u.first_name, u.last_name, s.username,
           coalesce(array_agg(t.slug ORDER BY t.slug) FILTER (WHERE t.id IS NOT NULL), '{}'),
           coalesce(array_agg(t.domain ORDER BY t.slug) FILTER (WHERE t.id IS NOT NULL), '{}')
    FROM identity_user u
    LEFT JOIN identity_user s ON s.id = u.sponsor_id
    LEFT JOIN identity_membership m ON m.user_id = u.id AND m.role <> 'caretaker'
    LEFT JOIN identity_team t ON t.id = m.team_id
    WHERE u.username = %s AND u.kind = %s AND u.is_active
    GROUP BY u.id, s.username
"""


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer with what permissions and policies ask about it.

    ``team`` answers for it (empty for a person), ``domain`` is where that team belongs,
    ``sponsor`` the person behind a program, ``teams`` all teams a person is in.
    """

    kind: str
    key: str
    name: str
    team: str = ""
    domain: str = ""
    sponsor: str = ""
    teams: frozenset[str] = frozenset()

    @property
    def readers(self) -> tuple[str, ...]:
        """Who may read events about it: its team, or the person and their program's sponsor."""
        if self.kind in ("team", "data_product"):
            return tuple(sorted(self.teams))
        return tuple(f"user:{name}" for name in (self.key, self.sponsor) if name)

    @property
    def words(self) -> str:
        """How events and logs name it."""
        return f"{self.kind}:{self.key}"


def find(kind: str, key: str) -> Consumer | None:
    """Find a consumer by kind and key; None when there is none."""
    if kind == "team":
        team = Team.objects.filter(slug=key).first()
        if team is None:
            return None
        return Consumer(kind, key, team.name, key, team.domain, teams=frozenset({key}))
    if kind == "data_product":
        return _product(key)
    row = fetch_one(_PERSON, [key, _MACHINES.get(kind, "user")])
    if row is None:
        return None
    user = User(username=key, display_name=row[0], first_name=row[1], last_name=row[2])
    return Consumer(
        kind,
        key,
        user.called,
        domain=next(iter(row[5]), ""),
        sponsor=row[3] or "",
        teams=frozenset(row[4]),
    )


def known(kind: str, key: str) -> Consumer:
    """Find a consumer, or refuse with the place of the mistake."""
    consumer = find(kind, key)
    if consumer is None or not key.isprintable():  # no platform could name it
        raise Invalid(
            FieldProblem("/consumer/id", "unknown-consumer", f"There is no {kind} called {key}.")
        )
    return consumer


def remembered(kind: str, key: str) -> Consumer:
    """Find the consumer of a row that exists; one that is gone keeps its name."""
    return find(kind, key) or Consumer(kind, key, key)


def choices_of(actor: Actor) -> list[Consumer]:
    """For whom the actor may ask: own teams first, then themselves."""
    teams = Team.objects.filter(slug__in=actor.teams).order_by("name")
    found = [Consumer("team", t.slug, t.name, t.slug, t.domain) for t in teams]
    kind = {"service": "application", "agent": "agent"}.get(actor.kind, "user")
    found.append(Consumer(kind, actor.subject, actor.name or actor.subject))
    return found


def _product(key: str) -> Consumer | None:
    product = DataProduct.objects.select_related("domain", "owner_team").filter(key=key).first()
    if product is None:
        return None
    team = product.owner_team.slug
    return Consumer(
        "data_product", key, product.name, team, product.domain.slug, teams=frozenset({team})
    )
