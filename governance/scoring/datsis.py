"""All six properties of a product at once."""

from governance.scoring import (
    addressable,
    discoverable,
    interoperable,
    secure,
    self_describing,
    trustworthy,
)
from governance.scoring.base import ProductFacts, ProductScore, combine

SCORERS = (
    discoverable.score,
    addressable.score,
    trustworthy.score,
    self_describing.score,
    interoperable.score,
    secure.score,
)


def score(facts: ProductFacts) -> ProductScore:
    """The DATSIS score of a product: the same facts give the same score, point for point."""
    return combine([scorer(facts) for scorer in SCORERS])
