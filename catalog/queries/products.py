# ruff: noqa: S608 - statements are made of our own words; every value is a parameter
"""Who may know of which product.

The rule stands here twice, for querysets and for the hand-written statements of search and
lineage; a test holds the two together over every product and person.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from catalog.models import DataProduct
from catalog.states import Scope, Status
from marketplace.kernel.actors import AUDITOR, GOVERNANCE, OPERATOR, PRIVACY, Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.models import Team

OVERSIGHT = (GOVERNANCE, PRIVACY, AUDITOR, OPERATOR)
OFFERED = (Status.ACTIVE, Status.DEPRECATED)


def wide_columns(prefix: str) -> tuple[str, ...]:
    """Name a product's wide columns, for `defer`: texts and stored answers that few need."""
    wide = ("facts", "descriptor_text", "card", "detail", "search")
    return tuple(f"{prefix}__{name}" for name in wide)


def visible_products(actor: Actor, *, also: Collection[str] = ()) -> QuerySet[DataProduct]:
    """Products whose existence the actor may know of.

    Offered ones by their publication scope; drafts and retired ones by their own team and by
    oversight roles. ``also`` are keys of products that the actor knows for another reason: an
    agreement on a product keeps it readable after its end.
    """
    rows = DataProduct.objects.select_related("domain", "owner_team")
    if sees_all(actor):
        return rows
    offered = Q(status__in=OFFERED)
    known = offered & Q(scope=Scope.EXTERNAL)
    if actor.signed_in:
        teams = sorted(actor.teams)
        home = Team.objects.filter(slug__in=teams).exclude(domain="").values("domain")
        near = Q(domain__owner_team__slug__in=teams) | Q(domain__slug__in=home)
        known |= offered & Q(scope=Scope.ORGANIZATION)
        known |= offered & Q(scope=Scope.DOMAIN) & near
        known |= Q(owner_team__slug__in=teams)
    if also:
        known |= Q(key__in=list(also))
    return rows.filter(known)


def product_or_404(actor: Actor, key: str, *, also: Collection[str] = ()) -> DataProduct:
    """Give a product with domain and teams; absent and hidden are not told apart."""
    product = (
        visible_products(actor, also=also)
        .select_related("domain__owner_team", "owner_team")
        .filter(key=key)
        .first()
    )
    if product is None:
        raise NotFound
    return product


def sees_all(actor: Actor) -> bool:
    """Tell whether nothing is hidden from this actor."""
    return actor.kind == "system" or actor.holds(*OVERSIGHT)


def rights_of(actor: Actor, also: Collection[str] = ()) -> Any:
    """Name what an actor may know of: those with equal names may know of the same products."""
    return "all" if sees_all(actor) else (actor.signed_in, actor.teams, frozenset(also))


# The same rule for an account ``a`` that the statement itself finds, with its roles and teams.
VISIBLE_TO_ACCOUNT = f"""(
    a.roles && ARRAY{sorted(OVERSIGHT)}::varchar[]
    OR (p.status IN ('active', 'deprecated') AND (
        p.scope IN ('organization', 'external') OR (p.scope = 'domain'
            AND p.domain_id = ANY(ARRAY(
                SELECT d.id FROM catalog_domain d JOIN identity_team t
                    ON t.id = d.owner_team_id OR t.domain = d.slug
                WHERE t.slug = ANY(a.teams))))))
    OR p.owner_team_id = ANY(ARRAY(SELECT t.id FROM identity_team t WHERE t.slug = ANY(a.teams))))
"""


def visible_sql(actor: Actor, also: Collection[str] = ()) -> tuple[str, list[Any]]:
    """Give the same rule as a condition on ``catalog_dataproduct p``, with its parameters."""
    if sees_all(actor):
        return "TRUE", []
    offered = "p.status IN ('active', 'deprecated')"
    extra, values = ("", []) if not also else (" OR p.key = ANY(%s)", [list(also)])
    if not actor.signed_in:
        return f"(({offered} AND p.scope = 'external'){extra})", values
    teams = sorted(actor.teams)
    if not teams:
        return f"(({offered} AND p.scope IN ('organization', 'external')){extra})", values
    condition = f"""(
        ({offered} AND (p.scope IN ('organization', 'external') OR (p.scope = 'domain'
            AND p.domain_id = ANY(ARRAY(
                SELECT d.id FROM catalog_domain d JOIN identity_team t
                    ON t.id = d.owner_team_id OR t.domain = d.slug
                WHERE t.slug = ANY(%s))))))
        OR p.owner_team_id = ANY(ARRAY(SELECT t.id FROM identity_team t WHERE t.slug = ANY(%s)))
        {extra})"""
    return condition, [teams, teams, *values]
