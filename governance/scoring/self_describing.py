"""Self-describing: the product says what it means without asking its makers."""

from governance.scoring.base import (
    DESCRIBED_LENGTH,
    Point,
    ProductFacts,
    PropertyScore,
    all_or_nothing,
    graded,
    shared,
)


def score(facts: ProductFacts) -> PropertyScore:
    """100 points for contracts, described columns, meaning, usage, documentation, examples."""
    return PropertyScore(
        name="self_describing",
        points=(
            shared(
                "contract",
                25,
                facts.ports,
                lambda port: port.has_contract,
                name=lambda port: port.name,
                what=("ports", "have a contract"),
                fix="Write a contract for {names}",
                pointer="DataProduct#/outputPorts",
            ),
            shared(
                "columns-described",
                30,
                facts.columns,
                lambda column: len(column.description.strip()) >= DESCRIBED_LENGTH,
                name=lambda column: column.name,
                what=("columns", "are described"),
                fix="Describe {names}",
                pointer="DataContract#/schema/0/properties",
            ),
            all_or_nothing(
                "row-meaning",
                10,
                earned=bool(facts.row_meaning.strip()),
                evidence=f"One row means: {facts.row_meaning}"
                if facts.row_meaning.strip()
                else "It is not said what one row means.",
                fix="Say what one row means.",
                pointer="DataProduct#/customProperties",
            ),
            _both(
                "usage",
                (bool(facts.usage.strip()), "usage"),
                (bool(facts.limitations.strip()), "limitations"),
                fix="Say how to use the data and where its limits are.",
                pointer="DataProduct#/description",
            ),
            _both(
                "good-and-not-for",
                (bool(facts.good_for), "good for"),
                (bool(facts.not_for), "not for"),
                fix="Say what the product is good for, and what it is not for.",
                pointer="DataProduct#/customProperties",
            ),
            _documentation(facts),
            _both(
                "examples",
                (facts.saved_queries > 0, "a saved query"),
                (any(port.sampled for port in facts.ports), "a sample or profile"),
                fix="Add a saved query, and let a port be profiled.",
                pointer="DataProduct#/outputPorts",
            ),
        ),
    )


def _both(
    key: str, first: tuple[bool, str], second: tuple[bool, str], *, fix: str, pointer: str
) -> Point:
    """Ten points for two things of five each."""
    there = [name for has, name in (first, second) if has]
    evidence = (
        f"Stated: {' and '.join(there)}." if there else f"Neither {first[1]} nor {second[1]}."
    )
    return graded(key, 10, 5 * len(there), evidence=evidence, fix=fix, pointer=pointer)


def _documentation(facts: ProductFacts) -> Point:
    url = facts.documentation_url
    broken = bool(facts.documentation_broken)
    evidence = f"Documentation: {url}" if url else "No documentation link."
    if url and broken:
        evidence = f"The documentation link is broken: {url}"
    return all_or_nothing(
        "documentation",
        5,
        earned=bool(url) and not broken,
        evidence=evidence,
        fix="Link documentation that can be opened.",
        pointer="DataProduct#/authoritativeDefinitions",
    )
