"""Lives of access: begun and ended as people do, and judged on both sides afterwards."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg

from bench.chaos.ground import PORT, PRODUCT

PATIENCE_S: Final = 120.0
_GIVEN: Final = ("active",)
_PROVEN: Final = {
    "active": "verified",
    "suspended": "verified_removed",
    "revoked": "verified_removed",
    "expired": "verified_removed",
}
_STANDING: Final = """
    SELECT r.rolname, count(*) FROM pg_auth_members m
    JOIN pg_roles h ON h.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
    WHERE h.rolname = %s AND r.rolname LIKE 'mp\\_%%\\_c' GROUP BY 1
"""
_ENTITLED: Final = (
    "SELECT login, count(*) FROM emporion_entitlements.entitlement WHERE handle = %s GROUP BY 1"
)


@dataclass
class Life:
    """One agreement of one person; ``wants`` is the state it has to come to."""

    person: str
    agreement: Any
    wants: str = "active"
    activations: int = 1


@dataclass
class Faults:
    """What must not be: counted over all that was judged."""

    lost: int = 0
    duplicate: int = 0
    extra: int = 0
    overdue: int = 0
    found: list[str] = field(default_factory=list)

    def note(self, kind: str, words: str, number: int = 1) -> None:
        """Count one, and keep its words."""
        setattr(self, kind, getattr(self, kind) + number)
        self.found.append(f"{kind}: {words}")


def ask(person: str) -> Life:
    """Ask for the port; the policy says yes, and a worker has to give it."""
    from marketplace.kernel.actors import SYSTEM
    from subscriptions.actions.requests import Ask, request_access
    from subscriptions.models import AccessAgreement

    wanted = Ask(PRODUCT, PORT, "user", person, "analytics", "A fault is near.", 30)
    request = request_access(SYSTEM, ask=wanted)
    return Life(person, AccessAgreement.objects.get(request=request).pk)


def move(life: Life, wants: str) -> None:
    """Revoke, suspend or resume; ``wants`` is where the life goes."""
    from marketplace.kernel.actors import SYSTEM
    from subscriptions.actions import agreements

    if wants == "revoked":
        agreements.revoke(SYSTEM, agreement_id=life.agreement, reason="The fault is over.")
    elif wants == "suspended":
        agreements.suspend(SYSTEM, agreement_id=life.agreement, reason="A fault is near.")
    else:
        agreements.resume(SYSTEM, agreement_id=life.agreement)
        life.activations += 1
    life.wants = wants


def settled(lives: Iterable[Life]) -> bool:
    """Tell whether every life has come to where it goes, and nobody is left to be told."""
    from marketplace.kernel.events.queries import deliveries_waiting
    from subscriptions.models import Grant

    wanted = {life.agreement: (life.wants, _PROVEN[life.wants]) for life in lives}
    rows = Grant.objects.filter(agreement__in=list(wanted))
    found = {row[0]: row[1:] for row in rows.values_list("agreement", "agreement__state", "state")}
    return found == wanted and not deliveries_waiting()


def until_settled(lives: list[Life], work: Callable[[], object] | None = None) -> float | None:
    """Wait, or work, until all are settled; give the seconds, or None when patience ended."""
    began = time.monotonic()
    while not _asked_safely(lives):
        if time.monotonic() - began > PATIENCE_S:
            return None
        if work is not None:
            work()
        else:
            time.sleep(0.02)
    return time.monotonic() - began


def _asked_safely(lives: list[Life]) -> bool:
    """Ask, and take a database that is away for a no."""
    from django.db import InterfaceError, OperationalError, connection

    try:
        return settled(lives)
    except (OperationalError, InterfaceError):
        connection.close()
        time.sleep(0.1)
        return False


def judge(lives: list[Life], faults: Faults) -> None:
    """Compare what was decided, what the log says, and what stands on the platform."""
    from catalog.models import PlatformConnection
    from catalog.queries import connector_of
    from marketplace.connectors.base import Principal
    from subscriptions.models import AccessAgreement, Handle

    connector: Any = connector_of(PlatformConnection.objects.get(key="warehouse"))
    handle = Handle.objects.get(port__product__key=PRODUCT).name
    with psycopg.connect(os.environ["EMPORION_WAREHOUSE_ADMIN_DSN"]) as dba:
        standing = dict(dba.execute(_STANDING, [handle]).fetchall())
        entitled = dict(dba.execute(_ENTITLED, [handle]).fetchall())
    allowed = set()
    for agreement in AccessAgreement.objects.filter(port__product__key=PRODUCT, state__in=_GIVEN):
        allowed.add(connector.config.login_of(Principal("user", agreement.consumer_key)))
    for login in (set(standing) | set(entitled)) - allowed:
        faults.note("extra", f"{login} stands on the platform without an agreement")
    for login, number in (Counter(standing) + Counter(entitled)).items():
        if login in allowed and number > 2:  # noqa: PLR2004 - one membership, one entitlement
            faults.note("duplicate", f"{login} stands {number} times", number - 2)
    for life in lives:
        login = connector.config.login_of(Principal("user", life.person))
        given = login in standing and login in entitled
        _judge_one(life, faults, given=given, stands=login in standing or login in entitled)


def _judge_one(life: Life, faults: Faults, *, given: bool, stands: bool) -> None:
    from subscriptions.models import AccessAgreement, NoticeRecipient

    state = AccessAgreement.objects.get(pk=life.agreement).state
    if state != life.wants:
        kind = "overdue" if life.wants in ("revoked", "suspended") else "lost"
        faults.note(kind, f"{life.person} is {state}, not {life.wants}")
    if life.wants in _GIVEN and not given:
        faults.note("lost", f"{life.person} is active without standing on the platform")
    if life.wants not in _GIVEN and stands:
        faults.note("overdue", f"{life.person} is {life.wants} and still stands on the platform")
    _count(life, faults, "access.agreement.activated", life.activations)
    _count(life, faults, "access.agreement.revoked", int(life.wants == "revoked"))
    told = NoticeRecipient.objects.filter(notice__agreement=life.agreement)
    ended = int(life.wants == "revoked")
    for kind, least in (("ACCESS_GRANTED", 1), ("ACCESS_ENDED", ended)):
        number = told.filter(notice__type=kind).count()
        most = life.activations if kind == "ACCESS_GRANTED" else ended
        if number < least:
            faults.note("lost", f"{life.person} was not told {kind}")
        if number > most:
            faults.note("duplicate", f"{life.person} was told {kind} {number} times")


def _count(life: Life, faults: Faults, name: str, wanted: int) -> None:
    from marketplace.kernel.events.queries import events_about

    number = events_about(f"agreement/{life.agreement}").filter(name=name).count()
    if number < wanted:
        faults.note("lost", f"{life.person}: {name} is recorded {number} times, not {wanted}")
    if number > wanted:
        faults.note("duplicate", f"{life.person}: {name} is recorded {number} times")
