"""The kinds of notices, and by which ways each may come. Pure."""

from dataclasses import dataclass
from typing import Final

EMAIL: Final = "email"
WEBHOOK: Final = "webhook"
CHANNELS: Final = (EMAIL, WEBHOOK)
INBOX_STAYS: Final = "The inbox keeps every notice, so that none is lost."


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice.

    ``locked`` says why its mail cannot be switched off; empty where it can. ``mail`` is how mail
    stands until somebody chooses, for an account that wants optional notices by mail at all.
    """

    name: str
    group: str
    label: str
    says: str
    locked: str = ""
    mail: bool = True


_READ, _ASKED, _OWNED, _WANTED, _ACCOUNT = (
    "Data that you read or follow",
    "Your requests and your access",
    "Products that you answer for",
    "Asks and kept searches",
    "Your account",
)
_ANSWER: Final = "It asks your team for an answer before a date."
_ENDS: Final = "What you read stops working on its date."
_SAFE: Final = "So that you notice when somebody else does it."
_LEFT: Final = "Nobody else answers for it."
_RIGHTS: Final = "It is the record of who may read what, and since when."

KINDS: Final = (
    Kind(
        "BREAKING_CHANGE",
        _READ,
        "Breaking changes",
        "A contract that you read will change so that queries can fail.",
        locked=_ANSWER,
    ),
    Kind("SUNSET", _READ, "Ends of products", "A product is retired.", locked=_ENDS),
    Kind("DEPRECATION", _READ, "Deprecations", "A product should be left; it still works."),
    Kind("SCHEMA_CHANGE", _READ, "Compatible changes", "Columns are added, words are changed."),
    Kind("DATA_UPDATE", _READ, "Releases", "A new version of a contract is in force."),
    Kind(
        "INCIDENT", _READ, "Incidents", "Something is wrong, how it goes on, and when it is over."
    ),
    Kind(
        "QUALITY_BREACH",
        _READ,
        "Broken promises of quality",
        "A check fails or a service level is missed; and once more when it is mended.",
        mail=False,
    ),
    Kind("OWNER_MESSAGE", _READ, "Words of owners", "An owner writes to those who read a product."),
    Kind("ACCESS_GRANTED", _ASKED, "Access is ready", "Access was proven.", locked=_RIGHTS),
    Kind("ACCESS_ENDED", _ASKED, "Access has ended", "And why.", locked=_RIGHTS),
    Kind("ACCESS_EXPIRING", _ASKED, "Access ends soon", "In time to renew it."),
    Kind("REQUEST_DECLINED", _ASKED, "A request was declined", "And why."),
    Kind("REQUEST_RETURNED", _ASKED, "A request came back", "Something should be changed in it."),
    Kind("REQUEST_COUNTERED", _ASKED, "An offer", "The owner offers something else instead."),
    Kind("REVIEW_WANTED", _OWNED, "Requests to review", "Somebody waits for your answer."),
    Kind("GRANT_FAILED", _OWNED, "Access not proven", "A person has to look at a grant."),
    Kind("DRIFT_FOUND", _OWNED, "Drift", "A platform shows something else than was agreed."),
    Kind(
        "ROUTED_TO_YOU",
        _OWNED,
        "What somebody left to you",
        "You answer for what a leaver answered for.",
        locked=_LEFT,
    ),
    Kind("ASK_WANTED", _OWNED, "Asks to your domain", "Somebody asks your domain for data."),
    Kind("ASK_CLAIMED", _WANTED, "An ask is promised", "A team works on what you voted for."),
    Kind("ASK_ANSWERED", _WANTED, "An ask is answered", "There is a product for it."),
    Kind("ASK_CLOSED", _WANTED, "An ask is closed", "Without a product, and why."),
    Kind("SEARCH_MATCH", _WANTED, "Matches", "A new product matches a search that you watch."),
    Kind(
        "PASSKEY_CHANGED",
        _ACCOUNT,
        "Passkeys",
        "A passkey of yours was added or removed.",
        locked=_SAFE,
    ),
)
KINDS_BY_NAME: Final = {kind.name: kind for kind in KINDS}
MANDATORY: Final = frozenset(kind.name for kind in KINDS if kind.locked)


def by_default(kind: str, channel: str, *, mails: bool) -> bool:
    """Tell how a way stands until somebody chooses; ``mails``: wants optional notices by mail."""
    found = KINDS_BY_NAME.get(kind)
    return channel == EMAIL and mails and (found is None or found.mail)
