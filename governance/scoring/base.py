"""The DATSIS score: what is looked at, what a point is, how points add up.

Each property has 100 points; the total weighs the six. A point names its evidence, and the fix
that would earn what is missing. A fact that is None is not known and earns nothing. Shares are
rounded down: full marks mean complete.

| property (weight)    | point              | max | earned when                                    |
|----------------------|--------------------|-----|------------------------------------------------|
| discoverable (15)    | name               |  10 | the product has a name                         |
|                      | purpose            |  25 | purpose of 40 characters (10 when shorter)     |
|                      | tags               |  15 | 5 for each of three tags                       |
|                      | type               |  10 | one of the three types of ODPS                 |
|                      | published          |  20 | seen by the organization (10: domain only)     |
|                      | ports-described    |  20 | share of ports with a description              |
| addressable (15)     | key                |  20 | the key has the form domain.product            |
|                      | port-address       |  40 | share of ports with an address                 |
|                      | version            |  15 | a version is stated                            |
|                      | snippets           |  25 | share of ports with a ready snippet            |
| trustworthy (25)     | owner              |  10 | owner team (5) with members (5)                |
|                      | service-levels     |  15 | two levels promised (8 for one)                |
|                      | levels-met         |  20 | share of the last 30 days that were met        |
|                      | quality-checks     |  10 | three checks ran in 30 days (3 for each)       |
|                      | quality-passed     |  20 | share of results of 30 days that passed        |
|                      | freshness          |  10 | on time (5: at risk)                           |
|                      | lineage            |  10 | inputs are known, or it is source-aligned      |
|                      | certification      |   5 | gold 5, silver 4, bronze 2                     |
| self-describing (20) | contract           |  25 | share of ports with a contract                 |
|                      | columns-described  |  30 | share of columns described in 10 characters    |
|                      | row-meaning        |  10 | it is said what one row means                  |
|                      | usage              |  10 | usage (5) and limitations (5)                  |
|                      | good-and-not-for   |  10 | good for (5) and not for (5)                   |
|                      | documentation      |   5 | a documentation link that is not broken        |
|                      | examples           |  10 | a saved query (5) and a sample or profile (5)  |
| interoperable (10)   | interface          |  25 | share of ports with a standard interface       |
|                      | types              |  25 | share of columns with a type                   |
|                      | descriptor         |  20 | an ODPS descriptor is kept                     |
|                      | keys               |  20 | share of ports with a primary key              |
|                      | second-interface   |  10 | two kinds of interface                         |
| secure (15)          | classified         |  25 | share of columns with a class                  |
|                      | personal-data      |  15 | no unmarked column whose name sounds personal  |
|                      | purposes           |  20 | share of ports whose contract lists purposes   |
|                      | duration           |  10 | share of ports with a longest duration         |
|                      | policies           |  10 | a policy pack is in force for the product      |
|                      | proven             |  20 | share of standing grants with a fresh proof    |

Grades: A from 90, B from 75, C from 60, D from 40, else E.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

WEIGHTS: Final = {
    "discoverable": 15,
    "addressable": 15,
    "trustworthy": 25,
    "self_describing": 20,
    "interoperable": 10,
    "secure": 15,
}
GRADES: Final = ((90, "A"), (75, "B"), (60, "C"), (40, "D"), (0, "E"))
DESCRIBED_LENGTH: Final = 10
NOT_KNOWN: Final = "Not known."
_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """One column of a port's contract."""

    name: str
    description: str = ""
    type: str = ""
    classification: str = ""
    personal_data: bool = False
    primary_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PortFacts:
    """One output port that is not retired.

    `address` is the relation, topic, path or URL consumers use. `snippets` counts ready snippets;
    `sampled` says whether a sample or profile can be shown; None means not known.
    """

    name: str
    version: str = "1"
    description: str = ""
    interface: str = ""
    address: str = ""
    has_contract: bool = False
    purposes: tuple[str, ...] = ()
    max_duration_days: int | None = None
    columns: tuple[ColumnFacts, ...] = ()
    snippets: int | None = None
    sampled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFacts:
    """All that the scorers look at. None means not known and earns nothing.

    Shares are 0 to 1 over the last 30 days: `quality_passed` of results, `levels_met` of days
    with a known state. `freshness` is met, at_risk, breached or unknown. `lineage_inputs` counts
    known inputs. `grants` stand now; `grants_proven` of them have a proof that is fresh.
    """

    key: str
    name: str = ""
    version: str = ""
    type: str = ""
    purpose: str = ""
    usage: str = ""
    limitations: str = ""
    tags: tuple[str, ...] = ()
    owner_team: str = ""
    owner_members: int | None = None
    publication_scope: str = ""
    certification: str = ""
    row_meaning: str = ""
    good_for: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    documentation_url: str = ""
    documentation_broken: bool | None = None
    descriptor_kept: bool = False
    ports: tuple[PortFacts, ...] = ()
    saved_queries: int = 0
    service_levels: int = 0
    levels_met: float | None = None
    quality_checks: int | None = None
    quality_passed: float | None = None
    freshness: str = "unknown"
    lineage_inputs: int | None = None
    policy_packs: int | None = None
    grants: int | None = None
    grants_proven: int | None = None

    @property
    def columns(self) -> tuple[ColumnFacts, ...]:
        """The columns of all ports."""
        return tuple(column for port in self.ports for column in port.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that earns points.

    `pointer` says where the fix is made: `DataProduct#/tags` and `DataContract#/schema` are JSON
    pointers in the descriptor, anything else is a place in the portal.
    """

    key: str
    max: int
    earned: int
    evidence: str
    fix: str
    pointer: str

    @property
    def missing(self) -> int:
        """What the fix would earn."""
        return self.max - self.earned


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyScore:
    """One of the six properties: 0 to 100, with its points."""

    name: str
    points: tuple[Point, ...]

    @property
    def score(self) -> int:
        """What was earned."""
        return sum(point.earned for point in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class BestFix:
    """The fix that raises the total most; `gain` is in hundredths of a point of the total."""

    name: str
    point: str
    gain: int
    property_gain: int
    fix: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductScore:
    """The whole score: 0 to 100, a grade, the six properties, and what to do next."""

    total: int
    grade: str
    properties: tuple[PropertyScore, ...]
    next_best_fix: BestFix | None

    def to_json(self) -> dict[str, Any]:
        """As the API shows it and as it is stored."""
        return {
            "total": self.total,
            "grade": self.grade,
            "properties": [
                {
                    "property": one.name,
                    "score": one.score,
                    "weight": WEIGHTS[one.name],
                    "points": [asdict(point) for point in one.points],
                }
                for one in self.properties
            ],
            "next_best_fix": asdict(self.next_best_fix) if self.next_best_fix else None,
        }


def combine(properties: Sequence[PropertyScore]) -> ProductScore:
    """The total of the six, half a point rounded up, and the fix that gains most."""
    hundredths = sum(WEIGHTS[one.name] * one.score for one in properties)
    total = (hundredths + 50) // 100
    return ProductScore(
        total=total,
        grade=next(letter for least, letter in GRADES if total >= least),
        properties=tuple(properties),
        next_best_fix=_best(properties),
    )


def _best(properties: Sequence[PropertyScore]) -> BestFix | None:
    """The first of the largest gains, in the order of DATSIS."""
    fixes = [
        BestFix(
            name=one.name,
            point=point.key,
            gain=point.missing * WEIGHTS[one.name],
            property_gain=point.missing,
            fix=point.fix,
            pointer=point.pointer,
        )
        for one in properties
        for point in one.points
        if point.missing
    ]
    return max(fixes, key=lambda fix: fix.gain, default=None)


def all_or_nothing(
    key: str, worth: int, *, earned: bool, evidence: str, fix: str, pointer: str
) -> Point:
    """A point that is earned whole or not at all."""
    return graded(key, worth, worth if earned else 0, evidence=evidence, fix=fix, pointer=pointer)


def graded(key: str, worth: int, earned: int, *, evidence: str, fix: str, pointer: str) -> Point:
    """A point earned in part; the fix is only told when something is missing."""
    kept = min(earned, worth)
    return Point(
        key=key,
        max=worth,
        earned=kept,
        evidence=evidence,
        fix="" if kept == worth else fix,
        pointer=pointer,
    )


def shared[T](
    key: str,
    worth: int,
    things: Sequence[T],
    has: Callable[[T], bool],
    *,
    name: Callable[[T], str],
    what: tuple[str, str],
    fix: str,
    pointer: str,
) -> Point:
    """A point for the share of things that have something.

    `what` says the things and what they have: ("columns", "are described"); `fix` is a verb with
    its object left open: "Describe {names}".
    """
    plural, having = what
    lacking = [name(thing) for thing in things if not has(thing)]
    have = len(things) - len(lacking)
    if not things:
        evidence, wanted = f"There are no {plural}.", f"Publish {plural} first."
    else:
        evidence = f"{have} of {len(things)} {plural} {having}."
        wanted = fix.format(names=listed(lacking)) + "."
    earned = worth * have // len(things) if things else 0
    return graded(key, worth, earned, evidence=evidence, fix=wanted, pointer=pointer)


def share_of(
    key: str, worth: int, share: float | None, *, said: str, fix: str, unknown: str, place: str
) -> Point:
    """A point for a measured share between 0 and 1; unknown earns nothing and has its own fix."""
    if share is None:
        return graded(key, worth, 0, evidence=NOT_KNOWN, fix=unknown, pointer=place)
    bounded = min(max(share, 0.0), 1.0)
    evidence = said.format(share=f"{bounded:.1%}")
    # The small term undoes binary fractions: 0.95 x 20 is 18.999... and means 19.
    return graded(
        key, worth, int(worth * bounded + 1e-9), evidence=evidence, fix=fix, pointer=place
    )


def listed(names: Sequence[str]) -> str:
    """A few names, and how many more."""
    shown = [*dict.fromkeys(names)]
    if len(shown) > _NAMED:
        return f"{', '.join(shown[:_NAMED])} and {len(shown) - _NAMED} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
