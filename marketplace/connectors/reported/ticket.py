"""Orders sent to a person's ticket queue or an outside provisioner, and their signed reports.

The message is signed after Standard Webhooks 1.0 (standardwebhooks.com), as our other webhooks
are: HMAC-SHA256 over `id.timestamp.body`. Its id names handle and generation, so a repeated one is
known. The report comes back signed in the same way.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from marketplace.connectors.base import (
    SECRET,
    Finding,
    NeedsHuman,
    PortDesired,
    PortVariant,
    Principal,
    Transient,
)
from marketplace.connectors.identifiers import check_environment
from marketplace.connectors.reported.orders import Orders, header, members_of, now
from marketplace.connectors.reported.reporting import ReportingConnector
from marketplace.http import Allowed, HttpError, check_url, fetch

_PREFIX: Final = "whsec_"
_SHORTEST_KEY: Final = 24
_LATER: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class TicketConfig:
    """Who is told, and the secret that signs both ways.

    `url` empty: nobody is told, a person looks at the platform's page. `allowed` are receivers of
    our own network, `host:port` or a network. `folder` keeps orders and reports.
    """

    folder: str
    env: str
    secret: str = field(repr=False, metadata=SECRET)
    url: str = ""
    allowed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_environment(self.env)
        if not Path(self.folder).is_absolute():
            raise ValueError("folder must be an absolute path")
        try:
            key = base64.b64decode(self.secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            key = b""
        if not self.secret.startswith(_PREFIX) or len(key) < _SHORTEST_KEY:
            raise ValueError(
                f"secret must be {_PREFIX} and base64 of {_SHORTEST_KEY} bytes or more"
            )
        if self.url:
            try:
                check_url(self.url, Allowed.of(*self.allowed))
            except HttpError as error:
                raise ValueError(f"url: {error}") from None


class TicketConnector(ReportingConnector):
    """A person or another program carries out what we order."""

    kind: ClassVar[str] = "ticket"
    restrictions: ClassVar[frozenset[str]] = frozenset({"columns", "rows", "mask"})

    def __init__(self, config: TicketConfig) -> None:
        super().__init__(Orders.below(config.folder, config.env), config.env)
        self.config = config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make one from plain values, as the registry does. Raises TypeError, ValueError."""
        return cls(TicketConfig(**{**config, "allowed": tuple(config.get("allowed", ()))}))

    @property
    def callback_secret(self) -> str:
        """The secret that reports must be signed with."""
        return self.config.secret

    def check(self) -> list[Finding]:
        """Look whether orders can be kept, and whether anybody is told."""
        found = super().check()
        if not self.config.url:
            found.append(Finding("info", "nobody-told", "Orders wait on the platform's page."))
        return found

    def text(self, desired: PortDesired, leaving: list[Principal]) -> str:
        """Write the order for people to read."""
        variant = desired.variant
        lines = [
            f"# {header(variant.handle(self.env), variant.digest, desired.members)}",
            f"Port {variant.port_key}: {variant.base_schema}.{variant.base_table}",
            f"Show it as {variant.relation_schema}.{variant.relation_name}",
            f"Columns: {', '.join(_column(variant, one) for one in variant.columns)}",
            *(
                f"Only rows where {one.column} {one.op} {json.dumps(one.value, default=str)}"
                for one in variant.row_filters
            ),
            *(f"Take access from {one}, and end its sessions" for one in leaving),
            *(
                f"Let {one.principal} read"
                + (f" until {one.valid_until.isoformat()}" if one.valid_until else "")
                for one in sorted(desired.members, key=lambda one: one.principal)
            ),
        ]
        return "\n".join(lines) + "\n"

    def hand_over(self, handle: str, order: dict[str, Any]) -> str:
        """Send the order. Raises Transient for what may work later, else NeedsHuman."""
        if not self.config.url:
            return f"order {order['generation']} waits for a person"
        told = {
            "type": "access.order",
            "handle": handle,
            "generation": order["generation"],
            "digest": order["facts"]["digest"],
            "members": [
                {
                    "kind": one.principal.kind,
                    "key": one.principal.key,
                    "until": one.valid_until and one.valid_until.isoformat(),
                }
                for one in members_of(order)
            ],
            "text": order["text"],
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = self._signed(f"{handle}-{order['generation']}", body)
        try:
            answer = fetch(
                "POST",
                self.config.url,
                headers=headers,
                body=body,
                allowed=Allowed.of(*self.config.allowed),
            )
        except HttpError as error:
            raise Transient(str(error), 5.0) from error
        if answer.status in _LATER:
            wait = answer.headers.get("retry-after", "")
            raise Transient(
                f"the receiver answered {answer.status}", float(wait) if wait.isdigit() else 5.0
            )
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - the class of success
            raise NeedsHuman(f"the receiver answered {answer.status}")
        return f"order {order['generation']} taken with {answer.status}"

    def _signed(self, message_id: str, body: bytes) -> dict[str, str]:
        stamp = str(int(now().timestamp()))
        key = base64.b64decode(self.config.secret.removeprefix(_PREFIX))
        signed = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
        return {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }


def _column(variant: PortVariant, column: str) -> str:
    mask = variant.mask_of(column)
    if mask is None:
        return column
    return f"{column} (masked: {mask.how})"
