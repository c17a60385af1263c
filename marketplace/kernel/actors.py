"""Who is acting."""

from dataclasses import dataclass, field

GOVERNANCE = "governance"
PRIVACY = "privacy_officer"
OPERATOR = "platform_operator"
AUDITOR = "auditor"
INSTANCE_ROLES = (GOVERNANCE, PRIVACY, OPERATOR, AUDITOR)

MEMBER = "member"
LEAD = "lead"
OWNER = "product_owner"
STEWARD = "data_steward"
DOMAIN_OWNER = "domain_owner"
CARETAKER = "caretaker"
"""Answers for a team's products until it has an owner again, and reads none of its data."""
TEAM_ROLES = (MEMBER, LEAD, OWNER, STEWARD, DOMAIN_OWNER)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, service or agent, with the teams it speaks for and the roles it holds.

    ``user_id`` is 0 for who has no account; ``memberships`` maps a team's slug to the role held in
    it; ``scopes`` is None for a signed-in
    person and the token's scopes otherwise; ``via`` says how the actor came in.
    """

    subject: str
    kind: str = "user"
    user_id: int = 0
    name: str = ""
    memberships: tuple[tuple[str, str], ...] = ()
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    via: str = "session"
    on_behalf_of: str = ""
    teams: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Derive the teams from the memberships; a caretaker is in none by that."""
        own = frozenset(team for team, role in self.memberships if role != CARETAKER)
        object.__setattr__(self, "teams", own)

    @property
    def signed_in(self) -> bool:
        """Tell people and programs from nobody."""
        return self.kind != "anonymous"

    def holds(self, *roles: str) -> bool:
        """Tell whether the actor has one of these roles of the whole instance."""
        return not self.roles.isdisjoint(roles)

    def team_role(self, team: str) -> str | None:
        """Give the role in a team, or None."""
        return dict(self.memberships).get(team)

    def may_use(self, scope: str) -> bool:
        """Tell whether the token behind the actor reaches this far; people are not narrowed."""
        return self.scopes is None or scope in self.scopes or "*" in self.scopes


SYSTEM = Actor("system", kind="system", name="Emporion", via="worker")
POLICY = Actor("policy", kind="system", name="Policy", via="worker")
NOBODY = Actor("anonymous", kind="anonymous")
