"""Trustworthy: who answers for it, what is promised, and whether the promise is kept."""

from typing import Final

from governance.scoring.base import (
    NOT_KNOWN,
    Point,
    ProductFacts,
    PropertyScore,
    graded,
    share_of,
)

_ONE_LEVEL: Final = 8
_WANTED_LEVELS: Final = 2
_WANTED_CHECKS: Final = 3
_FRESHNESS: Final = {"met": 10, "at_risk": 5}
_CERTIFIED: Final = {"gold": 5, "silver": 4, "bronze": 2}


def score(facts: ProductFacts) -> PropertyScore:
    """100 points for owner, service levels, quality, freshness, lineage and certification."""
    return PropertyScore(
        name="trustworthy",
        points=(
            _owner(facts),
            _service_levels(facts),
            share_of(
                "levels-met",
                20,
                facts.levels_met,
                said="The service levels were met on {share} of the last 30 days.",
                fix="Find what made the service levels miss, or promise what can be kept.",
                unknown="Report what was measured, so that it shows whether promises are kept.",
                place="DataContract#/slaProperties",
            ),
            _quality_checks(facts),
            share_of(
                "quality-passed",
                20,
                facts.quality_passed,
                said="{share} of the quality results of 30 days passed.",
                fix="Repair what the failing quality checks found.",
                unknown="Report what the quality checks found, such as dbt's run_results.json.",
                place="quality",
            ),
            graded(
                "freshness",
                10,
                _FRESHNESS.get(facts.freshness, 0),
                evidence=NOT_KNOWN
                if facts.freshness in ("", "unknown")
                else f"The freshness is {facts.freshness.replace('_', ' ')}.",
                fix="Report when data arrived, and deliver it within the promised latency.",
                pointer="DataContract#/slaProperties",
            ),
            _lineage(facts),
            graded(
                "certification",
                5,
                _CERTIFIED.get(facts.certification, 0),
                evidence=f"The certification is {facts.certification or 'none'}.",
                fix="Ask governance to certify the product at the next level.",
                pointer="DataProduct#/customProperties",
            ),
        ),
    )


def _owner(facts: ProductFacts) -> Point:
    members = facts.owner_members
    if not facts.owner_team:
        evidence, earned = "No owner team.", 0
    elif members is None:
        evidence, earned = f"Owned by {facts.owner_team}; its members are not known.", 5
    else:
        evidence = f"Owned by {facts.owner_team}, {members} members."
        earned = 10 if members else 5
    return graded(
        "owner",
        10,
        earned,
        evidence=evidence,
        fix="Name an owner team that has members.",
        pointer="DataProduct#/team",
    )


def _service_levels(facts: ProductFacts) -> Point:
    count = facts.service_levels
    return graded(
        "service-levels",
        15,
        15 if count >= _WANTED_LEVELS else _ONE_LEVEL * count,
        evidence=f"{count} of {_WANTED_LEVELS} service levels promised.",
        fix="Promise a latency and an availability in the contract.",
        pointer="DataContract#/slaProperties",
    )


def _quality_checks(facts: ProductFacts) -> Point:
    count = facts.quality_checks
    known = 0 if count is None else count
    return graded(
        "quality-checks",
        10,
        10 if known >= _WANTED_CHECKS else 3 * known,
        evidence=NOT_KNOWN if count is None else f"{count} quality checks ran in 30 days.",
        fix=f"Run at least {_WANTED_CHECKS} quality checks and send their results.",
        pointer="DataContract#/schema/0/quality",
    )


def _lineage(facts: ProductFacts) -> Point:
    inputs = facts.lineage_inputs
    if facts.type == "sourceAligned":
        evidence, earned = "It is source-aligned: its input is the source itself.", 10
    elif inputs is None:
        evidence, earned = NOT_KNOWN, 0
    else:
        evidence, earned = f"{inputs} inputs are known.", 10 if inputs else 0
    return graded(
        "lineage",
        10,
        earned,
        evidence=evidence,
        fix="Name the input ports, or send lineage events.",
        pointer="DataProduct#/inputPorts",
    )
