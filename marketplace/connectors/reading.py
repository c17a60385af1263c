"""The values of reading a platform: results and their limits, ways in, schemas, profiles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

SECRET: Final[Mapping[str, bool]] = {"secret": True}
"""Metadata of a configuration field that is encrypted at rest, never shown and never logged."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result, with the platform's name of its type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A result, at most as large as its limits; `truncated` when there was more."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one query: rows, bytes of all cells as text, milliseconds."""

    rows: int = 1000
    bytes: int = 2_000_000
    timeout_ms: int = 10_000

    def __post_init__(self) -> None:
        if min(self.rows, self.bytes, self.timeout_ms) < 1:
            raise ValueError("limits must be positive")


@dataclass(frozen=True, slots=True)
class Question:
    """A query as it was typed, with the values of its parameters (`:name`), all as text.

    `tag` names the run, so that it can be stopped from elsewhere; at most 40 characters.
    """

    sql: str
    values: Mapping[str, str | None] = field(default_factory=dict)
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the platform's planner expects of a query: rows, and its cost in the planner's unit."""

    rows: int
    cost: float


@dataclass(frozen=True, slots=True)
class SandboxTable:
    """Invented rows under the name of a published relation; values are text or None.

    `columns` are (name, one of the types that `sandbox.TYPES` knows). `key` names the port.
    """

    key: str
    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of a short-lived way in that a person copies or saves.

    `name` says what it is, as a code: `address`, `password`, `access_key_id`, `creds_file`...
    `file_name` is what it is saved as, when clients read it from a file. Parts that are no
    secret of their own (`secret` false) stand in the open on the page.
    """

    name: str
    value: str = field(repr=False, metadata=SECRET)
    secret: bool = True
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class ConnInfo:
    """A short-lived way in, shown once. Never store it and never log it (repr hides the secret).

    `login` names this one way in where `user` is the consumer's own name; it is what
    `drop_credential` takes. `parts` is everything that is handed out, in the order of use;
    without any, the address and the password are (`handed`).
    """

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False, metadata=SECRET)
    expires_at: datetime
    relation: str
    url: str = field(repr=False, metadata=SECRET)
    login: str = ""
    parts: tuple[Part, ...] = field(default=(), repr=False, metadata=SECRET)

    @property
    def name(self) -> str:
        """The name of this one way in."""
        return self.login or self.user

    @property
    def handed(self) -> tuple[Part, ...]:
        """Everything that is handed out."""
        return self.parts or (Part("address", self.url), Part("password", self.password))


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column of a relation on the platform."""

    name: str
    type: str
    nullable: bool
    primary_key: bool
    comment: str


@dataclass(frozen=True, slots=True)
class Schema:
    """A relation on the platform; `rows_estimate` is the planner's, None when never analysed."""

    schema: str
    name: str
    kind: str
    columns: tuple[ColumnInfo, ...]
    comment: str
    rows_estimate: int | None


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """Facts on a column over the sampled rows; values as text, cut at 100 characters.

    ``bins`` count numbers, dates and moments from, to (where the next begins); empty for others.
    """

    name: str
    sampled: int
    nulls: int
    distinct: int
    minimum: str | None
    maximum: str | None
    top: tuple[tuple[str, int], ...]
    bins: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What `check` found: level "error" (cannot work), "warning" (can do too much) or "info"."""

    level: Literal["error", "warning", "info"]
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do, in the units of the names: seconds, grantees."""

    principal_kinds: frozenset[str]
    restrictions: frozenset[str]
    native_expiry: bool
    revoke_reach: Literal["statement", "reconnect", "ttl"]
    revoke_sla_s: float
    readback_lag_s: float
    max_grantees: int | None
    billing: Literal["consumer", "producer", "none"]
    supports: frozenset[str]
