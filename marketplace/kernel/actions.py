"""The one door to every write.

An action is one transaction: it asks a permission, changes rows, and records what happened.
Nothing else may open a transaction on domain tables. Events are kept in the ledger and written
last, so that the lock which orders them is held only for the commit.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate

import structlog
from django.db import transaction

from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotAllowed

if TYPE_CHECKING:
    from marketplace.kernel.events.log import DomainEvent

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Ledger:
    """What one action has asked and recorded so far.

    ``moment`` is its one time, once somebody asked for it; ``wakes`` are the kinds of work that
    workers hear of with the commit.
    """

    name: str
    actor: Actor
    permissions: list[str] = field(default_factory=list)
    events: list["DomainEvent"] = field(default_factory=list)
    moment: datetime | None = None
    wakes: set[str] = field(default_factory=set)


_ledger: ContextVar[Ledger | None] = ContextVar("ledger", default=None)

REGISTRY: dict[str, Callable[..., Any]] = {}
_writers: dict[str, Callable[..., None]] = {}


class Unaccounted(AssertionError):
    """An action ended without asking a permission or recording an event."""


class DryRun(Exception):
    """Undo the action and hand its result back: no error, but the way out of a transaction."""

    def __init__(self, result: object) -> None:
        super().__init__("dry run")
        self.result = result


def use_writers(*, flush: Callable[[Ledger], None], refusal: Callable[..., None]) -> None:
    """Say who writes events. The event log calls this once, so that the kernel has no cycle."""
    _writers.update(flush=flush, refusal=refusal)


def action[**P, R](body: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
    """Run the body as one durable, accounted transaction."""
    name = f"{body.__module__}.{body.__qualname__}"

    @wraps(body)
    def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
        ledger = Ledger(name, actor)
        token = _ledger.set(ledger)
        try:
            with transaction.atomic(durable=True):
                result = body(actor, *args, **kwargs)
                if not (ledger.permissions and ledger.events):
                    raise Unaccounted(f"{name}: {ledger}")
                if _dry.get():
                    shape = _shape.get()
                    raise DryRun(shape(result) if shape else result)
                _writers["flush"](ledger)
        except NotAllowed as refused:
            _writers["refusal"](ledger, refused)
            raise
        finally:
            _ledger.reset(token)
        return result

    REGISTRY[name] = run
    return run


_dry: ContextVar[bool] = ContextVar("dry", default=False)
_shape: ContextVar[Callable[[Any], Any] | None] = ContextVar("shape", default=None)


def dry_run[**P, R](run: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run an action to its end and undo it: the result is what would have happened."""
    token = _dry.set(True)
    try:
        run(*args, **kwargs)
    except DryRun as ended:
        return ended.result  # type: ignore[return-value]
    finally:
        _dry.reset(token)
    raise Unaccounted("a dry run ended without its rollback")


def rehearse[**P, R, S](
    shape: Callable[[R], S], run: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> S:
    """Run an action dry, and shape its result while its rows still stand."""
    token = _shape.set(shape)
    try:
        return dry_run(run, *args, **kwargs)  # type: ignore[return-value]
    finally:
        _shape.reset(token)


def require[**P](
    actor: Actor,
    permission: Callable[Concatenate[Actor, P], bool],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Refuse unless the actor holds the permission, and note that it was asked."""
    ledger = current()
    ledger.permissions.append(permission.__qualname__)
    if not permission(actor, *args, **kwargs):
        raise NotAllowed(permission=permission.__qualname__)


def running() -> Ledger | None:
    """Give the running action's ledger; None outside of actions."""
    return _ledger.get()


def current() -> Ledger:
    """Give the running action's ledger, for the event log to fill."""
    ledger = running()
    if ledger is None:
        raise RuntimeError("this needs a running action")
    return ledger
