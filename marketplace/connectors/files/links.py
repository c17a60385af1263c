"""Signed links: who, what and until when, sealed with a key that never leaves us.

A link alone opens nothing: every use asks the control folder whether the access still stands.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from marketplace.connectors.files.config import FilesConfig


class BadLink(ValueError):
    """A link that we did not sign, or whose time is over."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link stands for: one consumer's number, one handle, and the end of the link.

    `name` is the link's own, by which it can be dropped; what nobody is handed has none.
    """

    handle: str
    login: str
    number: str
    expires_at: datetime
    name: str = ""

    def token(self, config: FilesConfig) -> str:
        """Write it as `<facts>.<signature>`, both base64url."""
        facts = [self.handle, self.login, self.number, self.expires_at.timestamp(), self.name]
        body = _text(json.dumps(facts, separators=(",", ":")).encode())
        return f"{body}.{_text(_sign(config, body))}"

    @classmethod
    def read(cls, config: FilesConfig, token: str, now: datetime) -> Self:
        """Read a link back. Raises BadLink."""
        body, _, signature = token.partition(".")
        try:
            given = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        except (binascii.Error, ValueError):
            given = b""
        if not hmac.compare_digest(given, _sign(config, body)):
            raise BadLink("the link is not one of ours")
        handle, login, number, until, *name = json.loads(
            base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        )
        link = cls(handle, login, number, datetime.fromtimestamp(until, UTC), *name)
        if link.expires_at <= now:
            raise BadLink("the link has ended")
        return link


def new_name(config: FilesConfig) -> str:
    """Name a link that is handed out, so that a name of ours is known again."""
    number = secrets.token_hex(8)
    return f"link-{number}-{_seal(config, number)}"


def is_ours(config: FilesConfig, name: str) -> bool:
    """Whether this is the name of a link of ours."""
    start, _, rest = name.partition("-")
    number, _, seal = rest.partition("-")
    return start == "link" and hmac.compare_digest(seal, _seal(config, number))


def _seal(config: FilesConfig, number: str) -> str:
    return hmac.new(config.key("link name"), number.encode(), hashlib.sha256).hexdigest()[:16]


def _sign(config: FilesConfig, body: str) -> bytes:
    return hmac.digest(config.key("link"), body.encode(), hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
