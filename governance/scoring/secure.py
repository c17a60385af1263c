"""Secure: how sensitive each column is, what it may be used for, and who holds it."""

import re
from itertools import pairwise
from typing import Final

from governance.scoring.base import (
    NOT_KNOWN,
    ColumnFacts,
    Point,
    ProductFacts,
    PropertyScore,
    all_or_nothing,
    graded,
    listed,
    shared,
)

_PERSONAL_WORDS: Final = frozenset(
    {"email", "mail", "phone", "mobile", "birthdate", "birthday", "dob", "passport", "iban", "ssn",
     "firstname", "lastname", "surname", "fullname"}
)  # fmt: skip
_PERSONAL_PAIRS: Final = frozenset(
    {("birth", "date"), ("first", "name"), ("last", "name"), ("full", "name"), ("card", "number"),
     ("home", "address"), ("street", "address"), ("tax", "id"), ("social", "security")}
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def sounds_personal(name: str) -> bool:
    """Whether a column's name sounds like data about a person: email, birth_date, lastName."""
    words = [word.lower() for word in _WORD.findall(name)]
    return bool(_PERSONAL_WORDS & set(words)) or any(
        pair in _PERSONAL_PAIRS for pair in pairwise(words)
    )


def score(facts: ProductFacts) -> PropertyScore:
    """100 points for classes, marked personal data, purposes, durations, policies and proofs."""
    return PropertyScore(
        name="secure",
        points=(
            shared(
                "classified",
                25,
                facts.columns,
                lambda column: bool(column.classification.strip()),
                name=lambda column: column.name,
                what=("columns", "are classified"),
                fix="Classify {names}",
                pointer="DataContract#/schema/0/properties",
            ),
            _personal_data(facts.columns),
            shared(
                "purposes",
                20,
                facts.ports,
                lambda port: bool(port.purposes),
                name=lambda port: port.name,
                what=("ports", "list the purposes they may be used for"),
                fix="List the allowed purposes in the contract of {names}",
                pointer="DataContract#/customProperties",
            ),
            shared(
                "duration",
                10,
                facts.ports,
                lambda port: port.max_duration_days is not None,
                name=lambda port: port.name,
                what=("ports", "limit how long an access lasts"),
                fix="Set the longest duration in the contract of {names}",
                pointer="DataContract#/customProperties",
            ),
            all_or_nothing(
                "policies",
                10,
                earned=bool(facts.policy_packs),
                evidence=NOT_KNOWN
                if facts.policy_packs is None
                else f"{facts.policy_packs} policy packs are in force.",
                fix="Put a policy pack in force for the product.",
                pointer="policies",
            ),
            _proven(facts),
        ),
    )


def _personal_data(columns: tuple[ColumnFacts, ...]) -> Point:
    unmarked = [c.name for c in columns if sounds_personal(c.name) and not c.personal_data]
    marked = sum(column.personal_data for column in columns)
    evidence = f"{marked} columns are marked as personal data, none was forgotten."
    if unmarked:
        evidence = f"Not marked, but the name sounds personal: {listed(unmarked)}."
    if not columns:
        evidence = NOT_KNOWN
    return all_or_nothing(
        "personal-data",
        15,
        earned=bool(columns) and not unmarked,
        evidence=evidence,
        fix=f"Tag {listed(unmarked) or 'personal columns'} with pii, or rename."
        if columns
        else "Write a contract with columns first.",
        pointer="DataContract#/schema/0/properties",
    )


def _proven(facts: ProductFacts) -> Point:
    """Where no access stands there is nothing unproven."""
    grants, proven = facts.grants, facts.grants_proven
    if grants is None or (grants and proven is None):
        evidence, earned = NOT_KNOWN, 0
    elif not grants:
        evidence, earned = "No access stands, so none is unproven.", 20
    else:
        evidence = f"{proven} of {grants} grants have a fresh proof."
        earned = 20 * (proven or 0) // grants
    return graded(
        "proven",
        20,
        earned,
        evidence=evidence,
        fix="Verify the grants without a fresh proof.",
        pointer="grants",
    )
