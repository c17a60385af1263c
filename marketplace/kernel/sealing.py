"""Seal secrets that are kept: AES-256-GCM, a data key per row, the row's place authenticated.

A sealed value is ``key id (1) | nonce (12) | wrapped data key (48) | nonce (12) | ciphertext``.
The key-encryption key comes from EMPORION_FIELD_KEY: one or, while keys are rotated, several
base64 keys (either alphabet) by comma; the first seals, all unseal.
"""

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE, _KEY, _WRAPPED = 12, 32, 48
_HEAD = 1 + _NONCE + _WRAPPED + _NONCE


class Unsealable(Exception):
    """No configured key opens this value, or it belongs to another place."""


def seal(value: str, *, place: str) -> bytes:
    """Seal a secret for one place (``table/row/column``); it opens nowhere else."""
    master, data_key = _masters()[0], os.urandom(_KEY)
    outer, inner = os.urandom(_NONCE), os.urandom(_NONCE)
    wrapped = AESGCM(master).encrypt(outer, data_key, place.encode())
    sealed = AESGCM(data_key).encrypt(inner, value.encode(), place.encode())
    return _key_id(master) + outer + wrapped + inner + sealed


def unseal(sealed: bytes | memoryview, *, place: str) -> str:
    """Open a sealed secret."""
    raw = bytes(sealed)
    for master in _masters():
        if _key_id(master) == raw[:1]:
            try:
                data_key = AESGCM(master).decrypt(
                    raw[1 : 1 + _NONCE], raw[1 + _NONCE : _HEAD - _NONCE], place.encode()
                )
                opened = AESGCM(data_key).decrypt(
                    raw[_HEAD - _NONCE : _HEAD], raw[_HEAD:], place.encode()
                )
            except InvalidTag:
                continue
            return opened.decode()
    raise Unsealable(place)


def derived(purpose: str) -> str:
    """Give a secret derived from the first key for one purpose (hex, 64 characters)."""
    return hashlib.sha256(_masters()[0] + b"|" + purpose.encode()).hexdigest()


def _masters() -> list[bytes]:
    keys = [base64.urlsafe_b64decode(part) for part in settings.FIELD_KEY.split(",") if part]
    if any(len(key) != _KEY for key in keys):
        raise ValueError("EMPORION_FIELD_KEY must hold keys of 32 bytes, base64")
    # Without a key of its own a development instance derives one; production refuses to start.
    return keys or [hashlib.sha256(b"field|" + settings.SECRET_KEY.encode()).digest()]


def _key_id(master: bytes) -> bytes:
    return hashlib.sha256(b"id|" + master).digest()[:1]
