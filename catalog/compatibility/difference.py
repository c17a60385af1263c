"""One difference between two versions of a contract, and what differences add up to."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

MAJOR: Final = "MAJOR"
MINOR: Final = "MINOR"
PATCH: Final = "PATCH"
NONE: Final = ""
LEVELS: Final = (NONE, PATCH, MINOR, MAJOR)

ADD: Final = "ADD"
REMOVE: Final = "REMOVE"
CHANGE: Final = "CHANGE"

SAFE: Final = "safe"
AT_RISK: Final = "at_risk"
BREAKS: Final = "breaks"
VERDICTS: Final = (SAFE, AT_RISK, BREAKS)

_VERSION = re.compile(r"(v?)(\d+)(?:\.(\d+))?(?:\.(\d+))?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that changed, in the manner of OMDS (Bitol RFC-0039).

    `kind` ADD, REMOVE or CHANGE; `path` such as `/schema[name=X]/properties[name=Y]/required`;
    `impact` MAJOR, MINOR or PATCH; `verdict` safe, at_risk or breaks for one who uses the thing;
    `column` the top-level column concerned, empty when it concerns every reader.
    """

    kind: str
    path: str
    impact: str
    verdict: str
    sentence: str
    column: str = ""
    old: Any = None
    new: Any = None

    def as_json(self) -> dict[str, Any]:
        """Give it as the API and the audit do."""
        return {
            "kind": self.kind,
            "path": self.path,
            "impact": self.impact,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "column": self.column,
            "old": self.old,
            "new": self.new,
        }


def impact(differences: Iterable[Difference]) -> str:
    """The highest impact: MAJOR, MINOR or PATCH; empty when nothing changed."""
    return max((difference.impact for difference in differences), key=LEVELS.index, default=NONE)


def verdict_for(differences: Iterable[Difference], used_columns: AbstractSet[str] | None) -> str:
    """What the differences mean for a consumer: breaks, at_risk or safe.

    `used_columns` are the columns the consumer reads; None means not known, and then every
    difference counts. Differences without a column concern every consumer.
    """
    return max(
        (
            difference.verdict
            for difference in differences
            if used_columns is None or not difference.column or difference.column in used_columns
        ),
        key=VERDICTS.index,
        default=SAFE,
    )


def suggested_version(old_version: str, level: str) -> str:
    """The next version for an impact; `1` stays short (`2`, `1.1`), others follow semver.

    Without an impact the old version; empty when the old version is no number to count on.
    """
    if not level:
        return old_version
    found = _VERSION.match(old_version.strip())
    if not found:
        return ""
    mark, major, minor, patch = found.group(1), *(int(part or 0) for part in found.groups()[1:])
    stated = sum(part is not None for part in found.groups()[1:])
    if level == MAJOR:
        parts = [major + 1, 0, 0][:stated]
    elif level == MINOR:
        parts = [major, minor + 1, 0][: max(stated, 2)]
    else:
        parts = [major, minor, patch + 1]
    return mark + ".".join(map(str, parts))
