"""Passwords as a server keeps them, so that no password is ever in a statement or a log."""

import hashlib
from typing import Final

_ROUNDS: Final = 5000
_SALT: Final = 20
_ALPHABET: Final = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def native(password: str) -> str:
    """Hash a password as `mysql_native_password` keeps it."""
    once = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return "*" + hashlib.sha1(once, usedforsecurity=False).hexdigest().upper()


def caching_sha2(password: str) -> str:
    """Hash a password as `caching_sha2_password` keeps it, written as `0x` and 140 hex digits.

    The salt comes from the password, which is random and 32 characters at least, so that the
    same login is always made with the same words.
    """
    raw = hashlib.sha256(b"salt:" + password.encode()).digest()[:_SALT]
    salt = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in raw)
    kept = b"$A$005$" + salt + sha_crypt(password.encode(), salt)
    return "0x" + kept.hex().upper()


def sha_crypt(password: bytes, salt: bytes, rounds: int = _ROUNDS) -> bytes:
    """Digest as SHA-crypt with SHA-256 does, without its prefix; MySQL allows 20 bytes of salt.

    The steps and their order are those of https://www.akkadia.org/drepper/SHA-crypt.txt.
    """
    other = hashlib.sha256(password + salt + password).digest()
    start = password + salt + _stretched(other, len(password))
    length = len(password)
    while length:
        start += other if length & 1 else password
        length >>= 1
    current = hashlib.sha256(start).digest()
    secret = _stretched(hashlib.sha256(password * len(password)).digest(), len(password))
    salted = _stretched(hashlib.sha256(salt * (16 + current[0])).digest(), len(salt))
    for number in range(rounds):
        mixed = secret if number & 1 else current
        if number % 3:
            mixed += salted
        if number % 7:
            mixed += secret
        mixed += current if number & 1 else secret
        current = hashlib.sha256(mixed).digest()
    return _written(current)


def _stretched(block: bytes, length: int) -> bytes:
    return (block * (length // len(block) + 1))[:length]


def _written(digest: bytes) -> bytes:
    """Write 32 bytes in the order and the letters of SHA-crypt: 43 characters."""
    text = bytearray()
    first, second, third = 0, 10, 20
    for _ in range(10):
        text += _letters(digest[first] << 16 | digest[second] << 8 | digest[third], 4)
        first, second, third = third + 1, first + 1, second + 1
    return bytes(text + _letters(digest[31] << 8 | digest[30], 3))


def _letters(value: int, number: int) -> bytes:
    return bytes(_ALPHABET[value >> 6 * place & 0x3F] for place in range(number))
