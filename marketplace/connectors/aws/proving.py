"""What attempts made as a consumer amount to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from marketplace.connectors.base import Probe, ProbeDetail
from marketplace.connectors.grants import Level


def judged(
    level: Level,
    details: Sequence[ProbeDetail],
    *,
    promised: str,
    expected: Literal["access", "no_access"],
    at: datetime,
    connector: tuple[str, str],
) -> Probe:
    """Judge: the login and what is `promised` must be allowed, all else must be refused.

    `connector` is its kind and version.
    """
    outcomes = {one.name: one.outcome for one in details}
    positive = outcomes.get(promised) == "allowed" == outcomes["login"]
    others = [one for name, one in outcomes.items() if name not in {promised, "login"}]
    negative = all(one == "refused" for one in others)
    return Probe(
        level=level,
        positive=positive,
        negative=negative,
        expected=expected,
        ok=negative and positive == (expected == "access"),
        details=tuple(details),
        at=at,
        connector=connector[0],
        connector_version=connector[1],
    )
