"""What each product of a list would answer to the reader: their own verdict, for a plain request.

Judged for the reader's first team (themselves, without one) by the policies in force, on every
port that can be granted: the best port speaks for the product. The request page says it exactly.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from catalog.models import DataProduct, OutputPort
from catalog.queries.remembered import Remembered
from catalog.states import Status
from governance.evaluate import active_packs
from governance.policies.base import AccessFacts, Outcome
from governance.policies.pack import evaluate
from marketplace.kernel.actors import Actor
from subscriptions.consumers import Consumer, choices_of

USUAL_DAYS: Final = 90
DESCRIBED: Final = "described"  # no port of it is granted here
_BEST: Final = (Outcome.ALLOW, Outcome.REVIEW, Outcome.DENY)
_remembered: Remembered[dict[str, str]] = Remembered(limit=256)
_FIELDS: Final = (
    "product__key",
    "name",
    "product__domain__slug",
    "product__owner_team__slug",
    "product__status",
    "product__scope",
    "status",
    "classification",
    "personal_data",
    "contract__facts",
)


def own_verdicts(actor: Actor, keys: Sequence[str]) -> dict[str, str]:
    """Give allow, review, deny or described, by product key.

    One statement while nothing has happened since the same list was read, else four.
    """
    if not keys or not actor.signed_in:
        return {}
    subject = (actor.subject, actor.teams, tuple(keys))
    return _remembered.of(subject, lambda: _judged(actor, keys))


def _judged(actor: Actor, keys: Sequence[str]) -> dict[str, str]:
    consumer, packs = choices_of(actor)[0], active_packs()
    found: dict[str, set[str]] = defaultdict(set)
    for row in _ports(keys):
        found[row[0]].add(evaluate(_facts(actor, consumer, row), packs).outcome)
    return {key: next((str(one) for one in _BEST if one in found[key]), DESCRIBED) for key in keys}


def _ports(keys: Sequence[str]) -> Any:
    """Ports that a connector grants, of these products."""
    products = DataProduct.objects.filter(key__in=list(keys)).values("pk")
    return (
        OutputPort.objects.filter(product__in=products, platform__isnull=False)
        .exclude(relation_name="")
        .exclude(status=Status.RETIRED)
        .order_by()
        .values_list(*_FIELDS)
    )


def _facts(actor: Actor, consumer: Consumer, row: tuple[Any, ...]) -> AccessFacts:
    """Assume a plain request: the first allowed purpose, 90 days or what the contract allows."""
    key, port, domain, owner, status, scope, port_status, level, personal, promised = row
    promised = promised or {}
    purposes = tuple(promised.get("purposes") or ())
    longest = promised.get("max_duration_days")
    return AccessFacts(
        product=key,
        port=port,
        product_domain=domain,
        owner_team=owner,
        classification=level,
        personal_data=personal,
        personal_columns=("any",) if personal else (),
        purpose=purposes[0] if purposes else "analytics",
        allowed_purposes=purposes,
        consumer_kind=consumer.kind,
        consumer_key=consumer.key,
        consumer_domain=consumer.domain,
        requester=actor.subject,
        requester_teams=tuple(sorted(actor.teams)),
        same_domain=bool(consumer.domain) and consumer.domain == domain,
        own_team=owner == consumer.team,
        duration_days=min(USUAL_DAYS, longest or USUAL_DAYS),
        max_duration_days=longest,
        product_status=status,
        port_status=port_status,
        publication_scope=scope,
    )
