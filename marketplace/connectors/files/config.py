"""Where the files are, and the names and keys that come from one secret."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from marketplace.connectors.base import SECRET, Principal
from marketplace.connectors.identifiers import check_environment

_SHORTEST_SECRET: Final = 16
_INSTANCE: Final = re.compile(r"[A-Za-z0-9.-]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class FilesConfig:
    """A folder that the marketplace may read, with a control folder in it that it may write.

    `lab_secret` (at least 16 characters) signs links and seals what we publish. `public_url` is
    what links begin with. `memory_mb` and `threads` bound one query.
    """

    root: str
    env: str
    lab_secret: str = field(repr=False, metadata=SECRET)
    instance: str = "emporion"
    public_url: str = ""
    memory_mb: int = 256
    threads: int = 1

    def __post_init__(self) -> None:
        check_environment(self.env)
        if not Path(self.root).is_absolute():
            raise ValueError("root must be an absolute path")
        if len(self.lab_secret) < _SHORTEST_SECRET:
            raise ValueError(f"lab_secret must have at least {_SHORTEST_SECRET} characters")
        if not _INSTANCE.match(self.instance):
            raise ValueError("instance must be made of letters, digits, dots and hyphens")
        if min(self.memory_mb, self.threads) < 1:
            raise ValueError("memory_mb and threads must be positive")

    @property
    def control(self) -> Path:
        """The folder in which what we granted stands."""
        return Path(self.root) / ".emporion" / self.env

    def login_of(self, principal: Principal) -> str:
        """Name a consumer in the control folder."""
        return principal.role(self.env)

    def key(self, purpose: str) -> bytes:
        """Derive a key of its own for each purpose."""
        return hmac.digest(self.lab_secret.encode(), f"files/{purpose}".encode(), hashlib.sha256)

    def seal(self, text: str) -> str:
        """Seal what we publish, so that a change by another hand shows."""
        return hmac.new(self.key("seal"), text.encode(), hashlib.sha256).hexdigest()
