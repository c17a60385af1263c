"""Dropping keys that were handed out: sessions of before a moment are denied everything.

STS takes no session back (docs.aws.amazon.com, "Disabling permissions for temporary security
credentials"): what ends one early is a denial by `aws:TokenIssueTime` on its role. It ends every
session of that consumer on that port, and lets new ones in.
"""

from datetime import datetime

from marketplace.connectors.aws import iam
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.statements import Names, Reading
from marketplace.connectors.base import Permanent
from marketplace.connectors.withdrawing import Withdrawn

_PARTS = 3


def name_of(names: Names, access_key_id: str) -> str:
    """Name keys that were handed out: whose they are, and the public part of the key."""
    return f"{names.handle}/{names.login}/{access_key_id}"


def drop_one(aws: Aws, reading: Reading, name: str) -> Withdrawn:
    """Deny all that these keys may do, with all others of their role, and read the denial back.

    Raises Permanent for a name that is not one of ours.
    """
    handle, login, key = parts if len(parts := name.split("/")) == _PARTS else ("", "", "")
    if not (handle and login and key):
        raise Permanent(f"{name} is not a short-lived login of ours")
    names = Names.of(aws.config, handle, login)
    asked = aws.now()
    if not iam.cut(aws, names.mark, reading.actions):
        there = iam.role(aws, names.role) is not None
        words = "its role stands without our mark" if there else "its role is gone"
        return Withdrawn(name, existed=there, sessions=None, gone=not there, read_back=words)
    stands = iam.policy(aws, names.mark)
    after = stands.tags.get("emporion:after", "") if stands else ""
    gone = (
        stands is not None
        and bool(after)
        and datetime.fromisoformat(after) > asked.replace(microsecond=0)
        and stands.document == iam.marked(reading.actions, stands.tags)
        and names.mark in iam.attached(aws, names.role)
    )
    words = f"sessions of before {after} are denied everything" if gone else "no denial stands"
    others = f"{handle}/{login}/" if gone else ""
    return Withdrawn(name, existed=True, sessions=None, gone=gone, read_back=words, others=others)
