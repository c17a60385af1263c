"""Sign webhooks as Standard Webhooks 1.0 does: HMAC-SHA256 over id, time and body.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300


class BadSignature(Exception):
    """The signature is missing, wrong or too old."""


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Give one ``v1,...`` signature. ``timestamp`` is in seconds since 1970, UTC."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Give the three headers; one signature per live secret, so that rotation loses nothing."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(s, message_id, timestamp, body) for s in secrets),
    }


def verify(secret: str, given: Mapping[str, str], body: bytes, *, at: int) -> None:
    """Check a received webhook as a receiver should. Raises BadSignature."""
    try:
        message_id, when = given["webhook-id"], int(given["webhook-timestamp"])
        candidates = given["webhook-signature"].split()
    except (KeyError, ValueError):
        raise BadSignature("a header is missing") from None
    if abs(at - when) > TOLERANCE_SECONDS:
        raise BadSignature("too old or from the future")
    expected = signature(secret, message_id, when, body)
    if not any(hmac.compare_digest(expected, one) for one in candidates):
        raise BadSignature("no signature fits")
