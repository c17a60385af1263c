"""Whose rows they are: the side that reads, and the side that owns."""

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


def owner_side(actor: Actor, prefix: str = "") -> Q:
    """Rows about products that the actor's teams own, or whose domain they own."""
    own = Q(**{f"{prefix}port__product__owner_team__slug__in": actor.teams})
    ruled = [team for team, role in actor.memberships if role == DOMAIN_OWNER]
    return own | Q(**{f"{prefix}port__product__domain__owner_team__slug__in": ruled})
