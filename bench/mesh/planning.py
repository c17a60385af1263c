"""Plan a synthetic mesh from a seed: the same seed and size give the same mesh.

Shares are set, not drawn from any real organisation: 80 % of the products are for everybody who
signs in, 88 % are active, consumers and scores are skewed as in a market.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt
from random import Random
from typing import Final

from bench.mesh.vocabulary import AREAS, COLUMNS, KINDS, PROBES, PROSE, QUALITIES, TAGS

PLATFORM: Final = "synthetic"
_SCOPES: Final = (("organization", 80), ("domain", 8), ("team", 8), ("external", 4))
_STATUSES: Final = (("active", 91), ("deprecated", 4), ("draft", 5))
_MEDALS: Final = (("none", 85), ("bronze", 8), ("silver", 5), ("gold", 2))
_MORE: Final = ("stream", "file", "api")
_INPUTS: Final = ((0, 30), (1, 20), (2, 20), (3, 15), (4, 10), (8, 5))


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column of a contract."""

    name: str
    logical_type: str
    physical_type: str
    description: str
    classification: str
    tags: tuple[str, ...]
    primary_key: bool = False


@dataclass(slots=True)
class ProductPlan:
    """One product with its contract; ``more`` are interfaces of ports beside the SQL one."""

    number: int
    domain: str
    team: str
    slug: str
    name: str
    purpose: str
    tags: list[str]
    status: str
    scope: str
    certification: str
    usage: str
    columns: list[ColumnPlan]
    more: tuple[str, ...]
    inputs: list[str] = field(default_factory=list)
    consumers: int = 0
    score: int | None = None
    petals: list[int] = field(default_factory=list)
    minutes_old: int = 0
    instant: bool = False

    @property
    def key(self) -> str:
        """``<domain>.<slug>``."""
        return f"{self.domain}.{self.slug}"

    @property
    def contract(self) -> str:
        """The key of its contract."""
        return f"{self.slug}-contract"


@dataclass(frozen=True, slots=True)
class MeshPlan:
    """Domains, teams (slug to domain) and products; sources come before those that read them."""

    domains: tuple[str, ...]
    teams: dict[str, str]
    products: list[ProductPlan]
    probes: dict[str, int]


def plan_mesh(products: int, *, columns: int = 10, seed: int = 1, first: int = 0) -> MeshPlan:
    """Plan so many products with so many columns each, numbered from ``first``."""
    random = Random(seed)
    domains = tuple(_domain(number) for number in range(max(2, round(sqrt(products)))))
    teams = {f"{domain}-{part}": domain for domain in domains for part in ("core", "data", "lab")}
    numbers = range(first, first + products)
    planned = [_product(random, number, domains, columns) for number in numbers]
    probes = {word: max(1, round(share * products)) for word, share in PROBES.items()}
    for word, count in probes.items():
        for product in random.sample(planned, count):
            _place(random, product, word)
    for number, product in enumerate(planned[1:], start=1):
        wanted = _drawn(random, _INPUTS)
        sources = {_source(random, number) for _ in range(wanted)}
        product.inputs = [planned[source].contract for source in sorted(sources)]
    return MeshPlan(domains, teams, planned, probes)


def _domain(number: int) -> str:
    area = AREAS[number % len(AREAS)]
    return f"{area}-{number // len(AREAS) + 1}"


def _product(random: Random, number: int, domains: Sequence[str], columns: int) -> ProductPlan:
    domain = random.choice(domains)
    quality, kind = random.choice(QUALITIES), random.choice(KINDS)
    area = domain.rsplit("-", 1)[0]
    scored = random.random() < 0.9  # noqa: PLR2004 - a tenth has not been scored yet
    petals = [min(100, max(5, round(random.gauss(65, 18)))) for _ in range(6)] if scored else []
    return ProductPlan(
        number=number,
        domain=domain,
        team=f"{domain}-{random.choice(('core', 'data', 'lab'))}",
        slug=f"{quality}-{area}-{kind}-{number}",
        name=f"{quality.capitalize()} {area} {kind} {number}",
        purpose=_sentence(random, 14),
        tags=sorted(random.sample(TAGS, random.randint(1, 3))),
        status=_drawn(random, _STATUSES),
        scope=_drawn(random, _SCOPES),
        certification=_drawn(random, _MEDALS),
        usage=_sentence(random, 10),
        columns=_columns(random, columns),
        more=(random.choice(_MORE),) if random.random() < 0.3 else (),  # noqa: PLR2004 - a share
        consumers=min(5000, int(random.paretovariate(1.1)) - 1),
        score=ceil(sum(petals) / 6) if petals else None,
        petals=petals,
        minutes_old=int(random.expovariate(1 / 1440)),
        instant=random.random() < 0.35,  # noqa: PLR2004 - a share
    )


def _columns(random: Random, wanted: int) -> list[ColumnPlan]:
    first, *others = COLUMNS
    chosen = random.sample(others, min(wanted - 1, len(others)))
    while len(chosen) < wanted - 1:  # a wide table repeats its measures, numbered
        measure = random.choice(others)
        chosen.append((f"{measure[0]}_{len(chosen)}", *measure[1:]))
    return [ColumnPlan(*first, primary_key=True), *(ColumnPlan(*one) for one in chosen)]


def _place(random: Random, product: ProductPlan, word: str) -> None:
    """Put a probe word where such a word stands: name, tag, purpose, column or usage."""
    where = random.random()
    if where < 0.3:  # noqa: PLR2004 - shares
        product.name = f"{word.capitalize()} {product.name}"
    elif where < 0.45:  # noqa: PLR2004
        product.tags = sorted([*product.tags, word])
    elif where < 0.75:  # noqa: PLR2004
        product.purpose = f"{product.purpose[:-1]} {word}."
    elif where < 0.92:  # noqa: PLR2004
        product.columns[-1] = ColumnPlan(
            f"{word}_no", "string", "text", "A reference number.", "internal", ()
        )
    else:
        product.usage = f"{product.usage[:-1]} {word}."


def _source(random: Random, number: int) -> int:
    """Some earlier product; few are read by many."""
    return int(number * random.random() ** 2)


def _sentence(random: Random, words: int) -> str:
    return " ".join(random.choices(PROSE, k=words)).capitalize() + "."


def _drawn[T](random: Random, shares: Sequence[tuple[T, int]]) -> T:
    values, weights = zip(*shares, strict=True)
    drawn: T = random.choices(values, weights)[0]
    return drawn
