"""API tokens: ``mp_<8 public>_<32 secret><6 check>``; scanners can tell them by the check."""

import hashlib
import hmac
import secrets
import string
import zlib

_LETTERS = string.ascii_letters + string.digits
_SECRET, _PUBLIC, _CHECK = 32, 8, 6

SCOPES: dict[str, str] = {
    "read": "Read the catalog, own requests, agreements, notices and lineage.",
    "request": "Ask for access, renew, give back, acknowledge notices.",
    "decide": "Answer requests and take access away; only for people, as far as they may.",
    "query": "Run lab queries and ask for credentials.",
    "publish": "Apply descriptors, publish products, propose changes.",
    "lineage": "Send lineage and quality results.",
    "admin": "Manage webhooks and teams as far as the account itself may.",
}


def make() -> tuple[str, str, str]:
    """Make a token; give (the text to show once, its public id, the digest to keep)."""
    public = "".join(secrets.choice(_LETTERS) for _ in range(_PUBLIC))
    secret = "".join(secrets.choice(_LETTERS) for _ in range(_SECRET))
    body = f"mp_{public}_{secret}"
    text = body + _check(body)
    return text, public, digest(text)


def digest(text: str) -> str:
    """Give what is kept. The secret has 190 bits, so no slow hash is needed."""
    return hashlib.sha256(text.encode()).hexdigest()


def public_id(text: str) -> str | None:
    """Give the public id of a well-formed token, else None; costs no database."""
    if len(text) != len("mp__") + _PUBLIC + _SECRET + _CHECK or not text.startswith("mp_"):
        return None
    body, check = text[:-_CHECK], text[-_CHECK:]
    if not text.isascii() or not hmac.compare_digest(check, _check(body)):
        return None
    return text[3 : 3 + _PUBLIC]


def same(kept: str, text: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(kept, digest(text))


def _check(body: str) -> str:
    number, letters = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK):
        number, index = divmod(number, len(_LETTERS))
        letters += _LETTERS[index]
    return letters
