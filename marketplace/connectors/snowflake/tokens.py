"""Key-pair tokens: who is asking, signed with the private key, good for an hour at most."""

import base64
import json
import threading
import time
from typing import Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from marketplace.connectors.snowflake.config import SnowflakeConfig, fingerprint_of, key_of

_LIVES_S: Final = 3_540  # the account takes no token that lives longer than an hour
_SPARE_S: Final = 300


class Tokens:
    """The tokens of one configuration, kept until shortly before they end."""

    def __init__(self, config: SnowflakeConfig) -> None:
        self._config = config
        self._kept: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def of(self, user: str) -> str:
        """Give a token for this user."""
        now = time.time()
        with self._lock:
            ends, token = self._kept.get(user, (0.0, ""))
            if ends < now + _SPARE_S:
                token = _signed(self._config, user, int(now))
                self._kept[user] = now + _LIVES_S, token
            return token


def _signed(config: SnowflakeConfig, user: str, now: int) -> str:
    """Sign who is asking, as the account wants it: its name without the region, in capitals."""
    subject = f"{config.account.partition('.')[0].upper()}.{user.upper()}"
    claims = {
        "iss": f"{subject}.{fingerprint_of(config.private_key)}",
        "sub": subject,
        "iat": now,
        "exp": now + _LIVES_S,
    }
    parts = [_base64(json.dumps(one).encode()) for one in ({"alg": "RS256", "typ": "JWT"}, claims)]
    text = ".".join(parts)
    signature = key_of(config.private_key).sign(text.encode(), PKCS1v15(), SHA256())
    return f"{text}.{_base64(signature)}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
