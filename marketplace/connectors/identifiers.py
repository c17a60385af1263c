r"""Names on their way to a platform: checked before quoting, because quoting alone is not enough.

`psycopg.sql.Identifier("a\x00b")` silently becomes `"a"`, and PostgreSQL cuts names at 63 bytes
with nothing but a NOTICE: two different ports could fall on one role, which is a silent over-grant.
"""

import base64
import hashlib
import re
import unicodedata
from typing import Final, Self

MAX_BYTES: Final = 63
"""PostgreSQL's NAMEDATALEN - 1; the narrowest of the platforms, so it is used for all."""

_PLAIN: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
_ENVIRONMENT: Final = re.compile(r"[a-z][a-z0-9]{0,11}\Z")
_PUNCTUATION: Final = frozenset("_$ -.")
_LETTERS: Final = ("L",)
_FOLLOWERS: Final = ("L", "M", "N")


class BadIdentifier(ValueError):
    """A name that must not reach a platform, with the reason."""


class Ident(str):
    """A name that is safe to quote on every platform.

    Letters of any script, digits, combining marks, `_`, `$`, `-`, `.` and single inner spaces; it
    starts with a letter or `_`, is stable under NFKC and takes at most 63 bytes as UTF-8. Quotes,
    NUL, control and formatting characters (bidi overrides), symbols and emoji are refused.
    """

    __slots__ = ()

    def __new__(cls, name: str) -> Self:
        """Check the name. Raises BadIdentifier; never changes the name."""
        if not isinstance(name, str):
            raise BadIdentifier("a name must be text")
        _check(name)
        if len(name.encode()) > MAX_BYTES:
            raise BadIdentifier(f"{name[:20]!r}… takes more than {MAX_BYTES} bytes")
        return super().__new__(cls, name)

    @classmethod
    def fit(cls, name: str, limit: int = MAX_BYTES) -> "Ident":
        """Shorten a name that is only too long: its start, `_`, and 10 characters of its hash."""
        _check(name)
        if len(name.encode()) <= limit:
            return cls(name)
        head = name.encode()[: limit - 11].decode(errors="ignore").rstrip(" ")
        return cls(f"{head}_{short_hash(name)}")


def _check(name: str) -> None:
    if _PLAIN.match(name):
        return
    if not name:
        raise BadIdentifier("a name must not be empty")
    if unicodedata.normalize("NFKC", name) != name:
        raise BadIdentifier(f"{name!r} has a second spelling (it is not stable under NFKC)")
    if not (unicodedata.category(name[0]).startswith(_LETTERS) or name[0] == "_"):
        raise BadIdentifier(f"{name!r} must start with a letter or an underscore")
    if name != name.strip() or "  " in name:
        raise BadIdentifier(f"{name!r} has spaces at an end or two in a row")
    for character in name:
        if character in _PUNCTUATION or unicodedata.category(character).startswith(_FOLLOWERS):
            continue
        raise BadIdentifier(f"{name!r} contains {unicodedata.name(character, 'a control')!s}")


def check_environment(env: str) -> str:
    """Refuse an environment name that would not fit into role names: `[a-z][a-z0-9]{0,11}`."""
    if not _ENVIRONMENT.match(env):
        raise BadIdentifier(f"environment {env!r} must be 1 to 12 of a-z and 0-9, a letter first")
    return env


def short_hash(*parts: str) -> str:
    """Ten base32 characters (50 bits) of SHA-256 over the parts, kept apart by their lengths."""
    text = "".join(f"{len(part)}:{part};" for part in parts)
    digest = hashlib.sha256(text.encode()).digest()
    return base64.b32encode(digest).decode()[:10].lower()


def role_name(env: str, kind: str, *parts: str) -> str:
    """Name a role of ours: `mp_<env>_<10 base32>_<kind>`, at most 27 bytes of `[a-z0-9_]`."""
    return f"mp_{check_environment(env)}_{short_hash(*parts)}_{kind}"
