"""Whose rows they are: the side that reads, and the side that owns."""

from typing import Any

from django.db.models import Q

from catalog.models import DataProduct
from catalog.queries import wide_columns
from marketplace.kernel.actors import DOMAIN_OWNER, Actor

PORT = ("port__product__domain__owner_team", "port__product__owner_team", "port__platform")


# Not read on the way: pages that show them ask for them.
WIDE = (*wide_columns("port__product"), "contract__text")


def own_side(actor: Actor, prefix: str = "") -> Q:
    """Rows whose consumer the actor speaks for."""
    kind, key = f"{prefix}consumer_kind", f"{prefix}consumer_key"
    mine = Q(**{f"{kind}__in": ["user", "application", "agent"], key: actor.subject})
    teams = Q(**{kind: "team", f"{key}__in": actor.teams})
    products = Q(
        **{
            kind: "data_product",
            f"{key}__in": DataProduct.objects.filter(owner_team__slug__in=actor.teams).values(
                "key"
            ),
        }
    )
    return mine | teams | products


def own_side_sql(actor: Actor, alias: str) -> tuple[str, list[Any]]:
    """Give the same condition as words of SQL, for a table under an alias of ours."""
    condition = f"""
        (({alias}.consumer_kind IN ('user', 'application', 'agent')
          AND {alias}.consumer_key = %s)
         OR ({alias}.consumer_kind = 'team' AND {alias}.consumer_key = ANY(%s))
         OR ({alias}.consumer_kind = 'data_product' AND {alias}.consumer_key IN (
             SELECT d.key FROM catalog_dataproduct d
             JOIN identity_team t ON t.id = d.owner_team_id WHERE t.slug = ANY(%s))))"""  # noqa: S608 - our own words only
    return condition, [actor.subject, list(actor.teams), list(actor.teams)]


def owner_side(actor: Actor, prefix: str = "") -> Q:
    """Rows about products that the actor's teams own, or whose domain they own."""
    own = Q(**{f"{prefix}port__product__owner_team__slug__in": actor.teams})
    ruled = [team for team, role in actor.memberships if role == DOMAIN_OWNER]
    return own | Q(**{f"{prefix}port__product__domain__owner_team__slug__in": ruled})
