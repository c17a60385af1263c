"""Addressable: one lasting address for everything, and how to use it."""

import re
from typing import Final

from governance.scoring.base import (
    NOT_KNOWN,
    Point,
    ProductFacts,
    PropertyScore,
    all_or_nothing,
    graded,
    shared,
)

_KEY: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*\Z")
_SNIPPETS_WORTH: Final = 25


def score(facts: ProductFacts) -> PropertyScore:
    """100 points for key, port addresses, version and snippets."""
    return PropertyScore(
        name="addressable",
        points=(
            all_or_nothing(
                "key",
                20,
                earned=bool(_KEY.match(facts.key)),
                evidence=f"The key is {facts.key}.",
                fix="Give the product a key of the form domain.product.",
                pointer="DataProduct#/id",
            ),
            shared(
                "port-address",
                40,
                facts.ports,
                lambda port: bool(port.address.strip()),
                name=lambda port: port.name,
                what=("ports", "have an address"),
                fix="Say platform and resource of {names}",
                pointer="DataProduct#/outputPorts",
            ),
            all_or_nothing(
                "version",
                15,
                earned=bool(facts.version.strip()),
                evidence=f"The version is {facts.version}." if facts.version else "No version.",
                fix="State the version of the product.",
                pointer="DataProduct#/version",
            ),
            _snippets(facts),
        ),
    )


def _snippets(facts: ProductFacts) -> Point:
    fix = "Say interface and address of {names}, so that a snippet can be written"
    pointer = "DataProduct#/outputPorts"
    if facts.ports and all(port.snippets is None for port in facts.ports):
        return graded(
            "snippets",
            _SNIPPETS_WORTH,
            0,
            evidence=NOT_KNOWN,
            fix=fix.format(names="each port") + ".",
            pointer=pointer,
        )
    return shared(
        "snippets",
        _SNIPPETS_WORTH,
        facts.ports,
        lambda port: bool(port.snippets),
        name=lambda port: port.name,
        what=("ports", "have a ready snippet"),
        fix=fix,
        pointer=pointer,
    )
