"""NATS' own keys (nkeys) and the signed claims made with them: ed25519, base32 and a checksum.

Written from the public description of the format (docs.nats.io, "NKeys" and "JWT"), with the
Ed25519 of `cryptography`: the package `nkeys` would bring a second library for the same curve.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PREFIXES: Final[Mapping[str, int]] = {"operator": 14 << 3, "account": 0, "user": 20 << 3}
_SEED: Final = 18 << 3
_RAW: Final = 32
_HEADER: Final = {"typ": "JWT", "alg": "ed25519-nkey"}


class BadKey(ValueError):
    """A text is no key of the wanted kind; the message never repeats it."""


class BadClaims(ValueError):
    """Claims are not readable, or not signed by whom they name."""


def _base32(raw: bytes) -> str:
    checked = raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")
    return base64.b32encode(checked).decode().rstrip("=")


def _unbase32(text: str) -> bytes:
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except (ValueError, binascii.Error):
        raise BadKey("a NATS key is base32 text") from None
    body, check = raw[:-2], raw[-2:]
    if len(body) <= _RAW or binascii.crc_hqx(body, 0).to_bytes(2, "little") != check:
        raise BadKey("a NATS key's checksum is wrong")
    return body


def check_public(text: str, kind: str) -> str:
    """Give a public key back if it is one of this kind. Raises BadKey."""
    body = _unbase32(text)
    if body[0] != PREFIXES[kind] or len(body) != _RAW + 1:
        raise BadKey(f"this is not the public key of a NATS {kind}")
    return text


@dataclass(frozen=True, slots=True)
class Key:
    """A key pair of an operator, an account or a user."""

    kind: str
    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, seed: str, kind: str) -> Self:
        """Read a seed (`SO…`, `SA…`, `SU…`). Raises BadKey."""
        body = _unbase32(seed.strip())
        prefix = (body[0] & 0x07) << 5 | body[1] >> 3
        if body[0] & 0xF8 != _SEED or prefix != PREFIXES[kind] or len(body) != _RAW + 2:
            raise BadKey(f"this is not the seed of a NATS {kind}")
        return cls(kind, Ed25519PrivateKey.from_private_bytes(body[2:]))

    @classmethod
    def derive(cls, secret: str, kind: str, *parts: str) -> Self:
        """Derive a key by HMAC-SHA256 from a secret and what it is for, so that none is kept."""
        words = json.dumps([kind, *parts]).encode()
        raw = hmac.digest(secret.encode(), words, hashlib.sha256)
        return cls(kind, Ed25519PrivateKey.from_private_bytes(raw))

    @classmethod
    def random(cls, kind: str) -> Self:
        """Make a fresh key pair."""
        return cls(kind, Ed25519PrivateKey.generate())

    @property
    def public(self) -> str:
        """The public key as text: `O…`, `A…` or `U…`."""
        raw = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return _base32(bytes([PREFIXES[self.kind]]) + raw)

    @property
    def seed(self) -> str:
        """The secret as text."""
        prefix = PREFIXES[self.kind]
        head = bytes([_SEED | prefix >> 5, (prefix & 0x1F) << 3])
        return _base32(head + self._private.private_bytes_raw())

    def sign(self, words: bytes) -> bytes:
        """Sign; 64 bytes."""
        return self._private.sign(words)

    def claim(self, subject: str, facts: Mapping[str, Any], **more: Any) -> str:
        """Sign claims on a subject: `facts` are NATS' own part, `more` name, iat, exp."""
        claims = {"iss": self.public, "sub": subject, **more, "nats": dict(facts)}
        claims["jti"] = base64.b32encode(hashlib.sha256(_compact(claims)).digest()).decode()[:52]
        text = f"{_part(_HEADER)}.{_part(claims)}"
        return f"{text}.{_base64(self.sign(text.encode()))}"


def read_claims(token: str) -> dict[str, Any]:
    """Read signed claims and check the signature by the issuer they name. Raises BadClaims."""
    try:
        head, body, signature = token.strip().split(".")
        claims: dict[str, Any] = json.loads(_unbase64(body))
        raw = _unbase32(claims["iss"])[1:]
        public = Ed25519PublicKey.from_public_bytes(raw)
        public.verify(_unbase64(signature), f"{head}.{body}".encode())
    except (ValueError, KeyError, TypeError, InvalidSignature):
        raise BadClaims("these are no claims signed by whom they name") from None
    return claims


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _part(value: object) -> str:
    return _base64(_compact(value))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
