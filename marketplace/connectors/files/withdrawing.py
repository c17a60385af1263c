"""Dropping one link before its time: its name is noted, and every use of a link asks for it."""

import string
from datetime import datetime
from typing import Final

from marketplace.connectors.base import Permanent
from marketplace.connectors.files.config import FilesConfig
from marketplace.connectors.files.ledger import now
from marketplace.connectors.files.links import is_ours
from marketplace.connectors.files.store import Store
from marketplace.connectors.withdrawing import Withdrawn

DROPPED: Final = "dropped"
_PLAIN: Final = frozenset(string.ascii_lowercase + string.digits + "-")


def drop_one(config: FilesConfig, store: Store, name: str, until: datetime) -> Withdrawn:
    """Note that a link opens nothing any more; the note may go after `until`.

    Raises Permanent for a name that is not one of ours.
    """
    if not set(name) <= _PLAIN or not is_ours(config, name):
        raise Permanent(f"{name} is not a link of ours")
    stood = store.read(DROPPED, name) is None
    if stood:
        store.write(DROPPED, name, {"until": until.isoformat()})
    gone = store.read(DROPPED, name) is not None
    words = "every use of the link is refused" if gone else "the link opens"
    return Withdrawn(name, existed=stood, sessions=0, gone=gone, read_back=words)


def is_dropped(store: Store, name: str) -> bool:
    """Whether a link was dropped; one without a name cannot be."""
    return bool(name) and store.read(DROPPED, name) is not None


def clean_up(store: Store) -> int:
    """Forget the notes on links that have ended by themselves. Returns how many."""
    due = 0
    for name in store.names(DROPPED):
        note = store.read(DROPPED, name)
        if note is not None and datetime.fromisoformat(note["until"]) <= now():
            store.remove(DROPPED, name)
            due += 1
    return due
