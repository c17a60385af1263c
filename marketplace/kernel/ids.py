"""Public ids: time-ordered 128-bit numbers (UUIDv7, RFC 9562 section 5.7)."""

import os
import time
import uuid

_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62


def uuid7() -> uuid.UUID:
    """Make a new id. Python has its own from 3.14, PostgreSQL from 18; both floors are lower."""
    random = int.from_bytes(os.urandom(10), "big")
    high, low = random >> 68, random & ((1 << 62) - 1)
    value = (time.time_ns() // 1_000_000 & ((1 << 48) - 1)) << 80
    return uuid.UUID(int=value | _VERSION | (high & 0xFFF) << 64 | _VARIANT | low)
