"""Signatures of webhooks after Standard Webhooks 1.0 (standardwebhooks.com), version `v1`.

The signed text is `id.timestamp.body`; the key is the base64 behind `whsec_`; the header carries
one `v1,<base64>` per live secret, separated by spaces, so that secrets can be exchanged without
losing a message.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from typing import Final

PREFIX: Final = "whsec_"
TOLERANCE_S: Final = 300
_SECRET_BYTES: Final = 32
_SHORTEST, _LONGEST = 24, 64


class BadSignature(ValueError):
    """The message is not from who it says, is altered, or is too old."""


def new_secret() -> str:
    """Make a secret of 32 random bytes, to be shown once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign one message: `v1,` and base64. Raises ValueError for a bad secret or id."""
    if not message_id or "." in message_id:
        raise ValueError("the id of a webhook must not be empty or contain a dot")
    text = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.digest(_key(secret), text, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def headers(
    live_secrets: Iterable[str], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Give the three headers, signed with every live secret, the newest first."""
    signatures = [sign(secret, message_id, timestamp, body) for secret in live_secrets]
    if not signatures:
        raise ValueError("a webhook needs a secret")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def verify(secret: str, received: Mapping[str, str], body: bytes, *, now: float) -> None:
    """Check a received message at `now` (seconds since 1970), with five minutes of tolerance.

    Header names are lower case. Raises BadSignature.
    """
    try:
        message_id, stamp = received["webhook-id"], received["webhook-timestamp"]
        given = received["webhook-signature"].split()
        timestamp = int(stamp)
        expected = sign(secret, message_id, timestamp, body)
    except (KeyError, ValueError):
        raise BadSignature("a header is missing or malformed") from None
    if abs(now - timestamp) > TOLERANCE_S:
        raise BadSignature("the message is too old or from the future")
    if not any(hmac.compare_digest(one.encode(), expected.encode()) for one in given):
        raise BadSignature("no signature fits")


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("the secret is not base64") from None
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError("the secret must have 24 to 64 bytes")
    return key
