"""Who may do what in the catalog. Pure questions; actions ask them with require()."""

from catalog.models import Ask, DataProduct, Domain, SavedQuery, SavedSearch
from marketplace.kernel.actors import (
    CARETAKER,
    DOMAIN_OWNER,
    GOVERNANCE,
    LEAD,
    OPERATOR,
    OWNER,
    STEWARD,
    Actor,
)
from marketplace.kernel.identity.models import Team

PUBLISHERS = (OWNER, LEAD, DOMAIN_OWNER, STEWARD, CARETAKER)


def _is_system(actor: Actor) -> bool:
    return actor.kind == "system"


def may_publish(actor: Actor, owner_team: str, domain_team: str = "") -> bool:
    """Owners in the product's team do, and the owner of its domain."""
    if _is_system(actor):
        return True
    owns = actor.team_role(owner_team) in PUBLISHERS
    leads = bool(domain_team) and actor.team_role(domain_team) == DOMAIN_OWNER
    return (owns or leads) and actor.may_use("publish")


def may_place(actor: Actor, team: Team, domain: Domain) -> bool:
    """A new product stands in its team's own domain, or where that domain's owner puts it."""
    at_home = team.pk == domain.owner_team_id or team.domain == domain.slug
    return at_home or _is_system(actor) or actor.team_role(domain.owner_team.slug) == DOMAIN_OWNER


def may_edit_product(actor: Actor, product: DataProduct) -> bool:
    """Whoever may publish it may change it."""
    return may_publish(actor, product.owner_team.slug, product.domain.owner_team.slug)


def may_change_domain(actor: Actor, domain: Domain | None = None) -> bool:
    """Governance and the operator shape the tree; a domain's owner describes their own."""
    if _is_system(actor) or actor.holds(GOVERNANCE, OPERATOR):
        return actor.may_use("admin") or _is_system(actor)
    owns = domain is not None and actor.team_role(domain.owner_team.slug) == DOMAIN_OWNER
    return owns and actor.may_use("admin")


def may_change_team(actor: Actor, team: str | None = None) -> bool:
    """The operator makes teams; a team's lead changes their own."""
    if _is_system(actor):
        return True
    leads = team is not None and actor.team_role(team) in (LEAD, DOMAIN_OWNER)
    return (actor.holds(OPERATOR, GOVERNANCE) or leads) and actor.may_use("admin")


def may_describe(actor: Actor) -> bool:
    """Who offers products applies descriptors, and who makes the domains and teams for them."""
    return any(role in PUBLISHERS for _, role in actor.memberships) or may_change_team(actor)


def may_connect_platforms(actor: Actor) -> bool:
    """Only the operator registers data platforms."""
    return _is_system(actor) or (actor.holds(OPERATOR) and actor.may_use("admin"))


def may_report(actor: Actor, product: DataProduct | None = None) -> bool:
    """Quality comes from the product's team; its pipelines use a token with the scope lineage."""
    if _is_system(actor):
        return True
    own = product is None or product.owner_team.slug in actor.teams
    return actor.signed_in and own and actor.may_use("lineage")


def may_tell_incident(actor: Actor, product: DataProduct) -> bool:
    """Whoever answers for a product says what is wrong; its pipelines may with scope lineage."""
    if _is_system(actor) or may_edit_product(actor, product):
        return True
    return product.owner_team.slug in actor.teams and actor.may_use("lineage")


def may_save_query(actor: Actor) -> bool:
    """Everybody who signs in may keep a query."""
    return actor.signed_in and actor.may_use("query")


def may_change_query(actor: Actor, query: SavedQuery, product: DataProduct) -> bool:
    """Its author may, and whoever may edit the product; a declared one comes from its file."""
    own = query.author == actor.subject or may_edit_product(actor, product)
    return own and not query.declared and may_save_query(actor)


def may_keep_books(actor: Actor) -> bool:
    """Derived facts (scores, profiles, granted edges) are written by the system alone."""
    return _is_system(actor)


def may_ask(actor: Actor) -> bool:
    """Everybody with an account may ask for data, and say that they need it too."""
    return bool(actor.user_id) and actor.may_use("request")


def may_claim(actor: Actor, team: str) -> bool:
    """A team's owners promise an answer in its name."""
    return actor.team_role(team) in PUBLISHERS and actor.may_use("publish")


def may_answer_ask(actor: Actor, product: DataProduct, ask: Ask) -> bool:
    """Owners answer with a product of theirs; the team that claimed it, with any it may see."""
    if may_edit_product(actor, product):
        return True
    return ask.team is not None and may_claim(actor, ask.team.slug)


def may_close_ask(actor: Actor, ask: Ask) -> bool:
    """Its author, the team that claimed it, the owner of its domain, and governance."""
    if _is_system(actor):
        return True
    if not actor.may_use("request"):
        return False
    if actor.subject == ask.author or actor.holds(GOVERNANCE):
        return True
    claimed = ask.team is not None and may_claim(actor, ask.team.slug)
    return claimed or (ask.domain is not None and may_claim(actor, ask.domain.owner_team.slug))


def may_keep_search(actor: Actor, search: SavedSearch | None = None) -> bool:
    """Everybody keeps their own searches."""
    own = search is None or search.user_id == actor.user_id
    return bool(actor.user_id) and own and actor.may_use("request")
