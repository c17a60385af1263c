"""How to reach one NATS account, and what our things in it are called."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from marketplace.connectors.base import SECRET, Permanent, PortVariant, Principal
from marketplace.connectors.identifiers import check_environment, role_name
from marketplace.connectors.labels import gettext_noop
from marketplace.connectors.nats.keys import Key, check_public

OWN_STREAM: Final = "EMPORION"
"""Our own stream in the account: the lock over changes, and the object nobody is promised."""
CONTROL_SUBJECT: Final = "emporion.control"
LOCK_SUBJECT: Final = "emporion.lock"
PROVISIONER_INBOX: Final = "_INBOX_emporion"

_SHORTEST_SECRET: Final = 16
_INSTANCE: Final = re.compile(r"[A-Za-z0-9.-]{1,40}\Z")
_STREAM: Final = re.compile(r"[A-Za-z0-9_-]{1,63}\Z")
_SUBJECT: Final = re.compile(r"[\w-]+(\.[\w-]+)*\Z")
_PORTS: Final = range(1, 65536)


@dataclass(frozen=True, slots=True)
class NatsConfig:
    """One account of a NATS server with operator (JWT) authentication.

    `password` is the seed of an operator signing key (`SO…`), with which the account's claims are
    signed. `lab_secret` (at least 16 characters) derives our keys and those of the consumers:
    whoever has it can act as any consumer. Changing it takes all access away until it is given
    again, and needs `bootstrap.scopes_to_add` anew.
    """

    host: str
    port: int
    account: str = field(
        metadata={"help": gettext_noop("Its public key, A…: it holds the streams.")}
    )
    """The public key (`A…`) of the account that holds the streams."""
    system_account: str = field(metadata={"help": gettext_noop("Its public key, A….")})
    """The public key (`A…`) of the server's system account."""
    password: str = field(
        repr=False, metadata={**SECRET, "label": gettext_noop("Seed of the operator's signing key")}
    )
    env: str
    lab_secret: str = field(repr=False, metadata=SECRET)
    instance: str = "emporion"
    tls: bool = False
    public_host: str = ""
    """What consumers are told to connect to, when it is not `host`."""

    def __post_init__(self) -> None:
        check_environment(self.env)
        check_public(self.account, "account")
        check_public(self.system_account, "account")
        Key.from_seed(self.password, "operator")
        if self.port not in _PORTS:
            raise ValueError("port must be between 1 and 65535")
        if len(self.lab_secret) < _SHORTEST_SECRET:
            raise ValueError(f"lab_secret must have at least {_SHORTEST_SECRET} characters")
        if not _INSTANCE.match(self.instance):
            raise ValueError("instance must be made of letters, digits, dots and hyphens")

    @property
    def url(self) -> str:
        """Where we connect to."""
        return f"{'tls' if self.tls else 'nats'}://{self.host}:{self.port}"

    @property
    def operator(self) -> Key:
        """The key that signs the account's claims."""
        return Key.from_seed(self.password, "operator")

    def own_key(self, account: str) -> Key:
        """The scoped signing key under which we enter an account ourselves."""
        return Key.derive(self.lab_secret, "account", "own", self.instance, account)

    def scope_key(self, role: str, generation: int) -> Key:
        """The scoped signing key of one consumer on one port."""
        return Key.derive(self.lab_secret, "account", "consumer", role, str(generation))

    def role_of(self, variant: PortVariant, principal: Principal) -> str:
        """Name one consumer on one port: its scope, and its durable consumer on the stream."""
        return role_name(self.env, "c", variant.handle(self.env), principal.kind, principal.key)

    @property
    def role_prefix(self) -> str:
        """The start of our roles' names."""
        return f"mp_{self.env}_"

    def tag_of(self, handle: str) -> str:
        """The start of the account tag that marks a handle; the digest follows."""
        return f"mp:{self.instance}:{handle}:"

    def inbox_of(self, role: str) -> str:
        """The prefix of a consumer's inbox: in a common one, others could read its messages."""
        return f"_INBOX_{role}"

    def template(self, stream: str, role: str) -> dict[str, Any]:
        """What one consumer may do: see, read and acknowledge under its own name, nothing more.

        `{{name()}}` is filled in by the server with the name in the user's claims, which only we
        sign: the role itself, or a preview of it.
        """
        api = "$JS.API.CONSUMER"
        allowed = [f"{api}.INFO.{stream}.{{{{name()}}}}", f"{api}.MSG.NEXT.{stream}.{{{{name()}}}}"]
        return {
            "pub": {"allow": [*allowed, f"$JS.ACK.{stream}.{{{{name()}}}}.>"]},
            "sub": {"allow": [f"{self.inbox_of(role)}.>"]},
            "subs": -1,
            "data": -1,
            "payload": -1,
        }

    def description(self, variant: PortVariant, principal: Principal, generation: int) -> str:
        """The mark in a scope: whose it is. Only the system account can read it."""
        facts = {
            "emporion": self.instance,
            "handle": variant.handle(self.env),
            "kind": principal.kind,
            "key": principal.key,
            "generation": generation,
        }
        return json.dumps(facts, sort_keys=True, separators=(",", ":"))

    def read_mark(self, text: str, handle: str = "") -> Mapping[str, Any] | None:
        """Read a mark of ours, on this handle if one is named; None for anything else."""
        try:
            facts = json.loads(text)
        except ValueError:
            return None
        ours = isinstance(facts, dict) and facts.get("emporion") == self.instance
        return facts if ours and handle in {"", facts.get("handle")} else None


def stream_of(variant: PortVariant) -> tuple[str, str]:
    """Name the stream and the subject of a port. Raises Permanent before anything is asked."""
    return checked(variant.base_schema, variant.base_table)


def checked(stream: str, subject: str) -> tuple[str, str]:
    """Refuse what NATS would read as something else: wildcards, spaces, its own `$` subjects."""
    if not _STREAM.match(stream):
        raise Permanent(f"{stream!r} is no name of a NATS stream")
    if not _SUBJECT.match(subject):
        raise Permanent(f"{subject!r} is no plain NATS subject")
    if stream == OWN_STREAM:
        raise Permanent(f"the stream {OWN_STREAM} is the marketplace's own")
    return stream, subject
