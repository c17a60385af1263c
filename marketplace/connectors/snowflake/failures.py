"""Snowflake's refusals in our words: what may be repeated, what a person must mend."""

from typing import Final

from marketplace.connectors.base import Conflict, ConnectorError, NeedsHuman, Permanent, Transient

# What the account answers, as the code and the SQLSTATE beside it. The same code says "does not
# exist" and "not authorized": whoever may not see a thing is not told that it is there.
UNSEEN: Final = frozenset({"002003", "002043"})
FORBIDDEN: Final = frozenset({"003001", "003007", "003540"})
CANCELLED: Final = "000604"
TIMED_OUT: Final = frozenset({"000630", "000604"})
SEVERAL: Final = "000008"
TOKEN_REFUSED: Final = frozenset({"390144", "390100", "390101"})
ROLE_REFUSED: Final = frozenset({"390186", "390189", "390317"})
_SUSPENDED: Final = frozenset({"000606", "000607", "000610"})  # no warehouse to run on
_RACES: Final = frozenset({"000625", "000626", "000639"})  # a lock held by another statement
_BUSY: Final = frozenset({408, 429, 500, 502, 503, 504})
RETRY_S: Final = 1.0


class Refusal(Exception):
    """The account refused a statement. `status` is HTTP's, `words` the account's own."""

    def __init__(self, status: int, code: str, sqlstate: str, words: str) -> None:
        super().__init__(f"{words} [{code}]")
        self.status = status
        self.code = code
        self.sqlstate = sqlstate
        self.words = words


def translate(refusal: Refusal) -> ConnectorError:
    """Turn a refusal into one of our errors."""
    words = str(refusal)
    if refusal.code in _RACES:
        return Transient(words, RETRY_S)
    if refusal.code in FORBIDDEN | TOKEN_REFUSED | ROLE_REFUSED | _SUSPENDED:
        return NeedsHuman(words)
    if refusal.code in UNSEEN:
        return Conflict(words)
    if refusal.code in TIMED_OUT or refusal.status in _BUSY:
        return Transient(words, RETRY_S)
    return Permanent(words)
