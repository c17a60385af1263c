"""The measures: each gives one row, with its goal and what was found."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from bench.chaos.ground import PRODUCT
from bench.chaos.lives import Life, ask, move
from bench.chaos.report import at
from bench.scale import inventory

PATIENCE_S: Final = 900.0
_SUSPEND_GOAL_S: Final = 30.0
_DRIFT_GOAL_S: Final = 60.0
_REVOKE_GOAL_S: Final = 10.0
_FORMS: Final = (
    '"; DROP ROLE emporion_publisher; --{}',
    "'; DROP SCHEMA bench CASCADE; --{}",
    "$$; SELECT pg_sleep(60); $$ {}",
    "x{}' OR '1'='1",
    'quote"inside{}',
    "back\\slash{}",
    "%s%(login)s{}",
    "{{}}{{0}}{}",
    "dotless-\u0131-{}",
    "naïve-名前-{}",
    "; GRANT emporion_super TO PUBLIC{}",
    "/* {} */ --",
    "mp_bench_{}_c",
    "PUBLIC {}",
    "pg_read_all_data{}",
    "E'\\x41{}'",
    "new{} WITH SUPERUSER",
    "{} \u00e9 \U0001f512",
    "<script>{}</script>",
    "a" * 120 + "{}",
)


def row(what: str, number: int, goal: str, *, ok: bool, **found: Any) -> dict[str, Any]:
    """Shape a result."""
    return {"what": what, "number": number, "goal": goal, "ok": ok, **found}


def wait(done: Callable[[], bool], *, pause: float = 0.1) -> float | None:
    """Wait until something holds; give the seconds, None when patience ended."""
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > PATIENCE_S:
            return None
        time.sleep(pause)
    return round(time.monotonic() - began, 2)


def count(**wanted: Any) -> int:
    """Count the port's grants that are so."""
    from subscriptions.models import Grant

    return Grant.objects.filter(agreement__port__product__key=PRODUCT, **wanted).count()


def census_every(seconds: int) -> None:
    """Set how often the warehouse is compared; as shipped it is once a minute."""
    from catalog.models import PlatformConnection

    PlatformConnection.objects.filter(key="warehouse").update(census_seconds=seconds)


def give(people: Sequence[str]) -> tuple[list[Life], dict[str, Any]]:
    """Ask for everybody, eight at a time, and wait until each is proven."""
    from django.db import connection

    def one(person: str) -> Life:
        try:
            return ask(person)
        finally:
            connection.close()

    began = time.monotonic()
    with ThreadPoolExecutor(8) as crowd:
        lives = list(crowd.map(one, people))
    asked = time.monotonic() - began
    spent = wait(lambda: count(state="verified") >= len(people))
    took = round(time.monotonic() - began, 2)
    failed = count(state="failed")
    ok = spent is not None and not failed
    found = {"seconds": took, "asked_seconds": round(asked, 2), "failed": failed}
    return lives, row("grants given and proven", len(people), "0 fail", ok=ok, **found)


def suspend_and_restore(number: int) -> list[dict[str, Any]]:
    """Hold all back by one switch, and give it back: the same, to the row."""
    from marketplace.kernel.actors import SYSTEM
    from subscriptions.actions import kill_switch

    before = inventory.stands()
    began = time.monotonic()
    switch = kill_switch.pull(SYSTEM, scope="product", key=PRODUCT, reason="Measured.")
    nobody = wait(lambda: inventory.left() == 0)
    closed = round(time.monotonic() - began, 2)
    wait(lambda: count(state="verified_removed") >= number)
    proven = round(time.monotonic() - began, 2)
    ok = nobody is not None and closed <= _SUSPEND_GOAL_S
    first = row(
        "suspended by one switch until nobody stands on the platform",
        number,
        f"<= {_SUSPEND_GOAL_S:g} s",
        ok=ok,
        seconds=closed,
        proven_seconds=proven,
    )
    began = time.monotonic()
    kill_switch.restore(SYSTEM, switch_id=switch.pk)
    wait(lambda: count(state="verified") >= number)
    took = round(time.monotonic() - began, 2)
    after = inventory.stands()
    same = sum(len(one) for one in before), before == after
    second = row(
        "restored: memberships and entitlements identical to those before",
        same[0],
        "identical",
        ok=same[1],
        seconds=took,
    )
    return [first, second]


def drift(lives: list[Life], changes: int) -> list[dict[str, Any]]:
    """Change some by hand; what was found, how soon, and whether only those were touched."""
    from marketplace.kernel.clock import now
    from subscriptions.models import DriftFinding, Grant

    strangers = changes // 8
    chosen = random.Random(7).sample(lives, changes - strangers)
    names = [life.person for life in chosen]
    grants = Grant.objects.filter(agreement__port__product__key=PRODUCT)
    rest = grants.exclude(principal_key__in=names)
    untouched = dict(rest.values_list("pk", "last_verified_at"))
    found = DriftFinding.objects.filter(handle__port__product__key=PRODUCT)
    known = set(found.values_list("pk", flat=True))
    moment = now()
    expected = inventory.change(names)
    inventory.let_strangers_in(strangers)
    fresh = found.exclude(pk__in=known)
    seen = wait(lambda: fresh.count() >= changes, pause=0.5)
    wait(lambda: count(state="verified") >= len(lives), pause=0.5)
    rows = list(fresh.values_list("kind", "principal", "found_at"))
    by_person = {who.removeprefix("user:"): kind for kind, who, _ in rows if who}
    wrong = [name for name, kind in expected.items() if by_person.get(name) != kind]
    foreign = sum(kind == "foreign" for kind, _, _ in rows)
    soon = [(when - moment).total_seconds() for _, _, when in rows]
    kinds = dict(Counter(kind for kind, _, _ in rows))
    right = not wrong and foreign == strangers and set(by_person) == set(expected)
    p95 = at(soon, 0.95)
    first = row(
        "manual changes among the grants, each classified right",
        changes,
        f"all right, p95 <= {_DRIFT_GOAL_S:g} s",
        ok=right and seen is not None and p95 <= _DRIFT_GOAL_S,
        kinds=kinds,
        wrong=wrong[:20],
        p50=at(soon, 0.5),
        p95=p95,
    )
    after = dict(rest.values_list("pk", "last_verified_at"))
    moved = sum(after[pk] != when for pk, when in untouched.items())
    left = inventory.strangers()
    second = row(
        "untouched: grants that were not changed, and rights that others gave",
        len(untouched) + strangers,
        "none touched",
        ok=not moved and left == strangers,
        proven_again=moved,
        strangers_left=left,
    )
    return [first, second]


def revoke(lives: list[Life], *, every: float) -> dict[str, Any]:
    """Revoke one after another at a steady pace; seconds from the call to the refused probe."""
    from marketplace.kernel.clock import now
    from subscriptions.models import Grant

    asked = {}
    for life in lives:
        asked[life.agreement] = now()
        move(life, "revoked")
        time.sleep(every)
    wanted = Grant.objects.filter(agreement__in=asked)
    wait(lambda: wanted.filter(state="verified_removed").count() == len(asked))
    proven = wanted.filter(state="verified_removed").values_list("agreement_id", "last_verified_at")
    soon = [(when - asked[pk]).total_seconds() for pk, when in proven if when]
    p99 = at(soon, 0.99)
    return row(
        "revoke until the refused probe",
        len(lives),
        f"p99 <= {_REVOKE_GOAL_S:g} s",
        ok=len(soon) == len(lives) and p99 <= _REVOKE_GOAL_S,
        p50=at(soon, 0.5),
        p99=p99,
        every_seconds=every,
    )


def hostile(number: int) -> dict[str, Any]:
    """Give access to people with hostile names: all proven, nothing else changed, all taken."""
    from marketplace.kernel.identity.models import User

    names = [_FORMS[one % len(_FORMS)].format(one)[:150] for one in range(number)]
    User.objects.bulk_create(User(username=name, password="!") for name in names)
    with inventory.owner() as link:
        asked = b"SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v')"
        before = link.execute(asked).fetchone()
    lives = [ask(name) for name in names]
    mine = [life.agreement for life in lives]
    given = wait(lambda: count(agreement__in=mine, state="verified") == number)
    logins = {inventory.login_of(name) for name in names}
    for life in lives:
        move(life, "revoked")
    taken = wait(lambda: count(agreement__in=mine, state="verified_removed") == number)
    with inventory.owner() as link:
        after = link.execute(asked).fetchone()
        supers = link.execute(
            b"SELECT count(*) FROM pg_roles WHERE rolname LIKE 'mp\\_%' AND rolsuper"
        ).fetchone()
    clean = before == after and supers == (0,) and len(logins) == number
    return row(
        "hostile names of people: given, proven, taken, proven",
        number,
        "all pass",
        ok=given is not None and taken is not None and clean,
        seconds=round((given or 0) + (taken or 0), 2),
    )
