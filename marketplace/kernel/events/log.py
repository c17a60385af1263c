"""Record events, and know who asked for them; delivering.py hands them over."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction

from marketplace.kernel import actions
from marketplace.kernel.actions import Ledger, current
from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.events.models import Event
from marketplace.kernel.ids import uuid7
from marketplace.kernel.prepared import fetch_one
from marketplace.kernel.requests import current_request_id
from marketplace.kernel.wake import CHANNEL, EVENTS, wake


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """The base of every event; a subclass names itself and adds what happened.

    ``subject`` is what it happened to (``request/<id>``, ``product/<key>``); ``product`` and
    ``teams`` say whose it is: members of these teams may read the event.
    """

    name: ClassVar[str]
    subject: str
    product: str = ""
    teams: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Give the fields that the subclass adds."""
        envelope = {field.name for field in fields(DomainEvent)}
        return {key: value for key, value in asdict(self).items() if key not in envelope}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A recorded event as handlers of every event see it."""

    seq: int
    uid: UUID
    name: str
    subject: str
    product: str
    teams: tuple[str, ...]
    actor: str
    data: dict[str, Any]
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAction(DomainEvent):
    """Somebody tried what they may not do."""

    name: ClassVar[str] = "access.denied"
    tried: str
    permission: str


type Handler[E: DomainEvent] = Callable[[E], None]

_handlers: dict[str, list[tuple[str, Handler[Any]]]] = {}
_of_all: list[tuple[str, Callable[[Envelope], None]]] = []
_wanted: dict[str, Callable[[], bool]] = {}
_late: set[str] = set()
_together: set[str] = set()
TYPES: dict[str, type[DomainEvent]] = {}


def known[E: DomainEvent](kind: type[E]) -> type[E]:
    """Put an event type into the register that docs, webhooks and handlers read."""
    if TYPES.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"two events are called {kind.name}")
    return kind


def on[E: DomainEvent, H: Callable[..., None]](
    kind: type[E], *, late: bool = False, together: bool = False
) -> Callable[[H], H]:
    """Call the handler, after commit and at least once, for every event of this kind.

    Kinds can be stacked: one handler, several kinds. A ``late`` handler is called within the
    second, behind all others: for what is worked out from rows, and not done. One that takes
    events ``together`` is late too and is called with a list of them, whatever wait.
    """

    def register(handler: H) -> H:
        _handlers.setdefault(kind.name, []).append((name_of(handler), handler))
        if late or together:
            _late.add(name_of(handler))
        if together:
            _together.add(name_of(handler))
        return handler

    return register


def on_every(
    wanted: Callable[[], bool],
) -> Callable[[Callable[[Envelope], None]], Callable[[Envelope], None]]:
    """Call the handler for every event of any kind that is recorded while it is ``wanted``.

    ``wanted`` is asked once per transaction that records, in it.
    """

    def register(handler: Callable[[Envelope], None]) -> Callable[[Envelope], None]:
        _of_all.append((name_of(handler), handler))
        _wanted[name_of(handler)] = wanted
        return handler

    return register


def record(event: DomainEvent) -> None:
    """Note what happened. It is written when the running action ends, or not at all."""
    current().events.append(event)


# One row, locked to the commit: it orders the numbers and links the hashes.
_HEAD = """
    INSERT INTO events_chain (id, seq, hash) VALUES (1, 0, '')
    ON CONFLICT (id) DO UPDATE SET id = 1 RETURNING seq, hash, clock_timestamp()
"""
# Events, deliveries, the new head and the wake-ups in one statement: every action waits for it
# while it holds the row above.
_WRITE = """
    WITH written AS (
        INSERT INTO events_event (seq, uid, name, subject, product, teams, actor, actor_kind,
                                  on_behalf_of, action, data, request_id, at, hash)
        SELECT * FROM jsonb_to_recordset(%s::jsonb) AS given(
            seq bigint, uid uuid, name text, subject text, product text, teams text[], actor text,
            actor_kind text, on_behalf_of text, action text, data jsonb, request_id text,
            at timestamptz, hash text)
    ), told AS (
        INSERT INTO events_delivery (event_id, handler, next_at, lease_owner, lease_until, fence,
                                     attempts, error, dead, late)
        SELECT event_id, handler, statement_timestamp(), '', 'epoch'::timestamptz, 0, 0, '', false,
               late
        FROM unnest(%s::bigint[], %s::text[], %s::bool[]) AS given(event_id, handler, late)
    ), moved AS (
        UPDATE events_chain SET seq = %s, hash = %s WHERE id = 1
    )
    SELECT pg_notify(%s, kind) FROM unnest(%s::text[]) AS kind
"""


def flush(ledger: Ledger) -> None:
    """Write the ledger's events and one pending delivery for each handler, and wake a worker."""
    every = [name for name, _ in _of_all if name not in _wanted or _wanted[name]()]
    head = fetch_one(_HEAD, [])
    assert head is not None
    seq, digest, at = head
    rows = []
    told: list[tuple[int, str]] = []
    for event in ledger.events:
        seq += 1
        row = _row(seq, event, ledger, at)
        digest = row["hash"] = chained(digest, row)
        rows.append(row)
        told += [(seq, name) for name in every]
        told += [(seq, name) for name, _ in _handlers.get(event.name, ())]
    seqs, names = [seq for seq, _ in told], [name for _, name in told]
    late = [name in _late for name in names]
    if not all(late):
        wake(EVENTS)
    text = json.dumps(rows, default=str)
    fetch_one(_WRITE, [text, seqs, names, late, seq, digest, CHANNEL, sorted(ledger.wakes)])


def refusal(ledger: Ledger, refused: NotAllowed) -> None:
    """Note, after the rollback, that somebody was refused."""
    permission = str(refused.facts.get("permission", ""))
    event = RefusedAction(subject=f"action/{ledger.name}", tried=ledger.name, permission=permission)
    with transaction.atomic():
        flush(Ledger(ledger.name, ledger.actor, [permission], [event]))


def chained(head: str, facts: dict[str, Any]) -> str:
    """Give a row's hash: SHA-256 over the previous hash and the row's facts as canonical JSON."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{head}{text}".encode()).hexdigest()


def listener_called(wanted: str) -> Callable[[Envelope], None] | None:
    """Give the handler of every event that has this name."""
    return _called(wanted, _of_all)


def handler_called(wanted: str, kind: str) -> Handler[Any] | None:
    """Give the handler of this kind of event that has this name."""
    return _called(wanted, _handlers.get(kind, []))


def takes_together(handler: str) -> bool:
    """Tell whether the handler of that name is called with a list of events."""
    return handler in _together


def _called[H](wanted: str, handlers: Sequence[tuple[str, H]]) -> H | None:
    """Give the handler of that name; one that has moved since is known by its function's name."""
    for name, handler in handlers:
        if name == wanted:
            return handler
    function = wanted.rpartition(".")[2]
    moved = [handler for name, handler in handlers if name.rpartition(".")[2] == function]
    return moved[0] if len(moved) == 1 else None


def revived(row: Event) -> DomainEvent:
    """Give the event that a row was made from."""
    return TYPES[row.name](
        subject=row.subject, product=row.product, teams=tuple(row.teams), **row.data
    )


def envelope(row: Event) -> Envelope:
    """Give a row as handlers of every event see it."""
    return Envelope(
        row.seq,
        row.uid,
        row.name,
        row.subject,
        row.product,
        tuple(row.teams),
        row.actor,
        row.data,
        row.at.isoformat(),
    )


def facts_of(row: Event) -> dict[str, Any]:
    """Give what a row's hash is made from."""
    return {
        "seq": row.seq,
        "uid": str(row.uid),
        "name": row.name,
        "subject": row.subject,
        "product": row.product,
        "teams": row.teams,
        "actor": row.actor,
        "actor_kind": row.actor_kind,
        "on_behalf_of": row.on_behalf_of,
        "action": row.action,
        "data": row.data,
        "request_id": row.request_id,
        "at": row.at.isoformat(),
    }


def _row(seq: int, event: DomainEvent, ledger: Ledger, at: datetime) -> dict[str, Any]:
    actor = ledger.actor
    return {
        "seq": seq,
        "uid": str(uuid7()),
        "name": event.name,
        "subject": event.subject,
        "product": event.product,
        "teams": sorted({team for team in event.teams if team}),
        "actor": actor.subject,
        "actor_kind": actor.kind,
        "on_behalf_of": actor.on_behalf_of,
        "action": ledger.name,
        "data": json.loads(json.dumps(event.data(), default=str)),  # what jsonb will give back
        "request_id": current_request_id(),
        "at": at.isoformat(),
    }


def name_of(handler: Callable[..., None]) -> str:
    """Give the name that deliveries know a handler by."""
    return f"{handler.__module__}.{handler.__qualname__}"


known(RefusedAction)
actions.use_writers(flush=flush, refusal=refusal)
