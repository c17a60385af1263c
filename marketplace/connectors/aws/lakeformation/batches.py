"""Batches of Lake Formation: up to twenty entries a call, each of which may fail by itself.

The call answers 200 whatever became of its entries. So each entry has an id, those that failed for
a while are sent again alone, and what failed for good is told with what was done.
"""

import random
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.lakeformation.rights import Entry
from marketplace.connectors.base import ConnectorError, NeedsHuman, Permanent, Transient

MOST: Final = 20
"""Entries of one call (Lake Formation's limit; its model does not state it)."""
_TRIES: Final = 4
_PAUSE_S: Final = 0.2
_PASSING: Final = frozenset(
    {
        "ConcurrentModificationException",
        "InternalServiceException",
        "OperationTimeoutException",
        "ThrottledException",
        "ThrottlingException",
    }
)
_PERSONS: Final = frozenset({"AccessDeniedException", "ResourceNumberLimitExceededException"})
_NOTHING: Final = frozenset({"InvalidInputException", "EntityNotFoundException"})
"""What a revoke of something that nobody holds is answered with; the next reading decides."""

type Way = Literal["grant", "revoke"]


def send(aws: Aws, way: Way, entries: Sequence[Entry]) -> str:
    """Grant or revoke all entries. Raises when some could not be, and says which and how many.

    An entry of a revoke that Lake Formation finds nothing for counts as done: whoever reads back
    next sees whether it is.
    """
    left = [{"Id": f"{number}", **one} for number, one in enumerate(entries)]
    for attempt in range(1, _TRIES + 1):
        failures = [one for some in _chunks(left) for one in _call(aws, way, some)]
        if way == "revoke":
            failures = [one for one in failures if _code(one) not in _NOTHING]
        lasting = [one for one in failures if _code(one) not in _PASSING]
        if lasting or not failures or attempt == _TRIES:
            break
        failed = {one["RequestEntry"]["Id"] for one in failures}
        left = [one for one in left if one["Id"] in failed]
        time.sleep(_PAUSE_S * 2**attempt * random.random())  # noqa: S311 - jitter
    if failures:
        raise _failed(way, len(entries), failures)
    return f"{way} of {len(entries)}"


def _chunks(entries: list[Entry]) -> Iterable[list[Entry]]:
    return (entries[start : start + MOST] for start in range(0, len(entries), MOST))


def _call(aws: Aws, way: Way, entries: list[Entry]) -> list[dict[str, Any]]:
    operation = f"batch_{way}_permissions"
    asked = {"CatalogId": aws.config.account, "Entries": entries}
    failures = aws.ask("lakeformation", operation, asked).value.get("Failures") or []
    return list(failures)


def _code(failure: dict[str, Any]) -> str:
    return str((failure.get("Error") or {}).get("ErrorCode", ""))


def _failed(way: Way, count: int, failures: list[dict[str, Any]]) -> ConnectorError:
    """Make one error of the entries that failed."""
    lasting = [one for one in failures if _code(one) not in _PASSING]
    worst = (lasting or failures)[0]
    words = (worst.get("Error") or {}).get("ErrorMessage", "")
    who = worst["RequestEntry"]["Principal"]["DataLakePrincipalIdentifier"].rsplit("/", 1)[-1]
    text = (
        f"Lake Formation did {count - len(failures)} of {count} entries of a {way};"
        f" for {who}: {_code(worst)}: {words}"
    )
    return told([_code(one) for one in failures], text)


def told(codes: Sequence[str], text: str) -> ConnectorError:
    """Make an error of codes that came with success: what a person must see wins."""
    lasting = [one for one in codes if one not in _PASSING]
    if not lasting:
        return Transient(text, 2.0)
    if any(one in _PERSONS for one in lasting):
        return NeedsHuman(text)
    return Permanent(text)
