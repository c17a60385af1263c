"""The values of a reconciliation: who should read what, what stands, what would change, proof."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, Protocol, Self

from marketplace.connectors.errors import Conflict
from marketplace.connectors.identifiers import Ident, role_name

PRINCIPAL_KINDS: Final = frozenset({"user", "team", "data_product", "application", "agent"})
COMPARISONS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
MASKINGS: Final = frozenset({"hash", "null", "partial"})
_MOST_KEPT: Final = 16
FILTER_OPERATORS: Final = COMPARISONS | {"in", "not in", "is null", "is not null"}

_MARKABLE: Final = re.compile(r"[A-Za-z0-9._/@+=-]*\Z")

type Scalar = str | int | float | bool | Decimal | date | datetime
type FilterValue = Scalar | tuple[Scalar, ...] | None
type Level = Literal["proven", "simulated", "reported"]


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _aware(moment: datetime | None) -> None:
    if moment is not None and moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")


@dataclass(frozen=True, slots=True, order=True)
class Principal:
    """A consumer on a platform: `Principal("team", "growth")`."""

    kind: str
    key: str

    def __post_init__(self) -> None:
        if self.kind not in PRINCIPAL_KINDS:
            raise ValueError(f"unknown kind of principal {self.kind!r}")
        if not self.key or not self.key.isprintable():
            raise ValueError("a principal needs a printable key")

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"

    def role(self, env: str) -> str:
        """Name the principal's own login on a platform of this environment."""
        return role_name(env, "c", self.kind, self.key)


@dataclass(frozen=True, slots=True)
class RowFilter:
    """One condition on the rows a variant shows; several are joined with AND.

    `op` is a comparison, `in` / `not in` (value is a tuple), or `is null` / `is not null`
    (no value).
    """

    column: str
    op: str
    value: FilterValue = None

    def __post_init__(self) -> None:
        Ident(self.column)
        if self.op not in FILTER_OPERATORS:
            raise ValueError(f"unknown filter operator {self.op!r}")
        if self.op in {"in", "not in"}:
            fits = isinstance(self.value, tuple) and bool(self.value)
        elif self.op in {"is null", "is not null"}:
            fits = self.value is None
        else:
            fits = self.value is not None and not isinstance(self.value, tuple)
        if not fits:
            raise ValueError(f"the value of a filter with {self.op!r} does not fit: {self.value!r}")
        for one in self.value if isinstance(self.value, tuple) else (self.value,):
            if isinstance(one, str) and "\x00" in one:
                raise ValueError("a filter value must not contain NUL")


@dataclass(frozen=True, slots=True)
class Mask:
    """What a column shows instead of its values; a missing value stays missing.

    `how`: "hash" (64 hexadecimal characters, keyed by a secret of the platform: equal values stay
    equal on all its ports, and nobody can try values), "null" (nothing), or "partial" (four stars
    and the last `keep` characters, or only the stars when that would be half of the value).
    """

    column: str
    how: str
    keep: int = 4

    def __post_init__(self) -> None:
        Ident(self.column)
        if self.how not in MASKINGS:
            raise ValueError(f"unknown way of masking {self.how!r}")
        if not 1 <= self.keep <= _MOST_KEPT:
            raise ValueError(f"a partial mask keeps 1 to {_MOST_KEPT} characters")


@dataclass(frozen=True, slots=True)
class PortVariant:
    """Everything that defines one published view: a port with one column and row restriction.

    `relation_*` is the published view, `base_*` the table behind it, which consumers never reach.
    All names are checked on construction (BadIdentifier), before any call to a platform.
    """

    port_id: str
    port_key: str
    relation_schema: str
    relation_name: str
    base_schema: str
    base_table: str
    columns: tuple[str, ...]
    row_filters: tuple[RowFilter, ...] = ()
    variant: str = ""
    masks: tuple[Mask, ...] = ()

    def __post_init__(self) -> None:
        names = (self.relation_schema, self.relation_name, self.base_schema, self.base_table)
        for name in (*names, *self.columns):
            Ident(name)
        if not self.columns:
            raise ValueError("a published view needs at least one column")
        if len(set(self.columns)) != len(self.columns):
            raise ValueError("a column is named twice")
        masked = [one.column for one in self.masks]
        if len(set(masked)) != len(masked) or not set(masked) <= set(self.columns):
            raise ValueError("a mask needs a published column, and a column has one mask at most")
        for word in (self.port_id, self.variant):
            if not _MARKABLE.match(word):
                raise ValueError(f"{word!r} does not fit into a mark on the platform")
        if names[:2] == names[2:]:
            raise ValueError("the published view must not be the base table")

    def handle(self, env: str) -> str:
        """Name the reader handle (role, group) of this variant."""
        return role_name(env, "r", self.port_id, self.variant)

    def mask_of(self, column: str) -> Mask | None:
        """Give the mask of a published column, None when it is shown in clear."""
        return next((one for one in self.masks if one.column == column), None)

    @property
    def digest(self) -> str:
        """A stable fingerprint of what the view shows, 16 hex characters; no name of the port."""
        facts = asdict(self)
        del facts["port_key"]
        if not self.masks:
            del facts["masks"]  # views that were published before there were masks stay as they are
        return _digest(facts)[:16]


@dataclass(frozen=True, slots=True)
class Member:
    """A consumer that should read a handle until `valid_until` (None: until revoked)."""

    principal: Principal
    valid_until: datetime | None
    agreement_id: str

    def __post_init__(self) -> None:
        _aware(self.valid_until)


@dataclass(frozen=True, slots=True)
class PortDesired:
    """The WHOLE wanted set of one handle: whoever is not in it is to lose access."""

    variant: PortVariant
    members: frozenset[Member] = frozenset()

    def __post_init__(self) -> None:
        if len({member.principal for member in self.members}) != len(self.members):
            raise ValueError("a principal is wanted twice on one handle")


@dataclass(frozen=True, slots=True)
class Grant:
    """One principal on one variant: the unit of probe, credentials and query."""

    variant: PortVariant
    principal: Principal
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        _aware(self.valid_until)


@dataclass(frozen=True, slots=True)
class ObservedMember:
    """One of our members as read back: `complete` only if every part of the access stands.

    `missing` names the parts that do not stand: "login", "membership", "entitlement" or
    "identity" (the login was deleted and made again under the same name).
    """

    principal: Principal
    valid_until: datetime | None
    agreement_id: str
    missing: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing

    def as_member(self) -> Member:
        """Compare with what is wanted."""
        return Member(self.principal, self.valid_until, self.agreement_id)


@dataclass(frozen=True, slots=True)
class Observed:
    """The live state of one handle.

    `exists`: the handle stands. `view_digest`: the fingerprint of the published view, empty when
    the view is missing or altered. `foreign`: readable sentences on rights that others gave; they
    are reported and never removed unasked. `drift`: what is not as we left it, as
    `code` or `code:detail`. `server`: the version, where plans for it must differ.
    """

    exists: bool
    view_digest: str
    members: frozenset[ObservedMember]
    foreign: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    server: str = ""

    def drifted(self, code: str) -> tuple[str, ...]:
        """List the details of one kind of drift ("" where there is no detail)."""
        parts = (item.partition(":") for item in self.drift)
        return tuple(detail for found, _, detail in parts if found == code)

    def holds(self, desired: PortDesired) -> bool:
        """Whether the members are exactly the wanted ones and each is complete."""
        return all(one.complete for one in self.members) and desired.members == {
            one.as_member() for one in self.members
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One idempotent change. `do` is the exact statement, shown to approvers; `undo` reverses it.

    `risk`: "none", "widens", "narrows", "interrupts" (open sessions end) or "replaces".
    """

    id: str
    do: str
    undo: str
    reversible: bool
    risk: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The ordered steps from observed to desired; empty (false) when there is nothing to do.

    `withheld` names what was not planned because a person must look first.
    """

    handle: str
    steps: tuple[Step, ...]
    digest: str
    withheld: tuple[str, ...] = ()

    @classmethod
    def of(cls, handle: str, steps: tuple[Step, ...], withheld: tuple[str, ...] = ()) -> Self:
        """Make a plan with the digest that belongs to its steps."""
        return cls(handle, steps, cls.digest_of(handle, steps), withheld)

    @staticmethod
    def digest_of(handle: str, steps: tuple[Step, ...]) -> str:
        """SHA-256 over handle and steps: approve what you saw, apply what was approved."""
        return _digest([handle, [asdict(step) for step in steps]])

    def check(self) -> None:
        """Refuse a plan whose steps are not those of its digest. Raises Conflict."""
        if self.digest != self.digest_of(self.handle, self.steps):
            raise Conflict("the plan is not the one that was approved: its digest differs")

    def __bool__(self) -> bool:
        return bool(self.steps)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came of one step, by the platform's clock."""

    step_id: str
    ok: bool
    detail: str
    at: datetime


class Lease(Protocol):
    """The right to change one handle, lost when another worker takes over."""

    def fence(self) -> None:
        """Return if the lease is still ours. Raises StaleLease."""


@dataclass(frozen=True, slots=True)
class ProbeDetail:
    """One attempt made as the consumer.

    `outcome`: "allowed", "refused", "empty" (no entitlement), "missing" (no such object) or
    "failed" (anything else).
    """

    name: str
    sql: str
    sqlstate: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Probe:
    """Evidence on one grant.

    `positive`: the consumer can read what the grant promises, now. `negative`: the objects that
    nobody was promised were refused. `ok`: the evidence agrees with `expected`.
    """

    level: Level
    positive: bool
    negative: bool
    expected: Literal["access", "no_access"]
    ok: bool
    details: tuple[ProbeDetail, ...]
    at: datetime
    connector: str
    connector_version: str
