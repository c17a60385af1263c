"""Reading what stands: the queue, our marks, the users and their permissions; no writes."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.connectors.base import Observed, ObservedMember, PortVariant, Principal
from marketplace.connectors.rabbitmq import management
from marketplace.connectors.rabbitmq.config import NOTHING, RabbitmqConfig, exactly, queue_of

type Facts = Mapping[str, Any]


def observe(
    config: RabbitmqConfig, variant: PortVariant, principals: frozenset[Principal] | None
) -> Observed:
    """Read one handle."""
    queue, handle = queue_of(variant), variant.handle(config.env)
    marks = {one["name"]: config.ours(one["value"]) for one in _all(config, "global-parameters")}
    rights = {
        one["user"]: one for one in _all(config, "permissions") if one["vhost"] == config.vhost
    }
    members, altered = [], False
    for login, mark in marks.items():
        if mark is None or mark.get("handle") != handle or "key" not in mark:
            continue
        principal = Principal(mark["kind"], mark["key"])
        if config.login_of(variant, principal) != login:
            continue  # a copy of a mark under another name is not ours
        if principals is None or principal in principals:
            right = rights.get(login)
            altered = altered or (right is not None and not _as_we_left_it(right, queue))
            members.append(_member(config, login, mark, right, queue))
    stands = marks.get(handle)
    found = management.get(config, "queues", config.vhost, queue)
    return Observed(
        exists=stands is not None,
        view_digest=str((stands or {}).get("digest", "")) if not altered else "",
        members=frozenset(members),
        foreign=tuple(_foreign(config, rights, marks, queue)),
        drift=tuple(_drift(found, members, altered=altered)),
    )


def _all(config: RabbitmqConfig, what: str) -> list[Any]:
    return list(management.get(config, what) or [])


def _member(
    config: RabbitmqConfig, login: str, mark: Facts, right: Facts | None, queue: str
) -> ObservedMember:
    """Name what is missing of one member."""
    user = management.get(config, "users", login)
    kept = (user or {}).get("password_hash", "")
    missing = {
        "login": user is None,
        "identity": kept not in {"", config.hash_of(login)},
        "membership": right is None or not _as_we_left_it(right, queue),
        "entitlement": kept != config.hash_of(login) or bool((user or {}).get("tags")),
    }
    until = mark.get("until")
    return ObservedMember(
        principal=Principal(mark["kind"], mark["key"]),
        valid_until=datetime.fromisoformat(until) if until else None,
        agreement_id=mark.get("agreement", ""),
        missing=frozenset(part for part, is_missing in missing.items() if is_missing),
    )


def _as_we_left_it(right: Facts, queue: str) -> bool:
    return (right["configure"], right["write"], right["read"]) == (NOTHING, NOTHING, exactly(queue))


def _foreign(
    config: RabbitmqConfig, rights: Facts, marks: Mapping[str, Facts | None], queue: str
) -> list[str]:
    """Say who else may read the queue; the patterns are PCRE, which Python reads alike."""
    found = []
    for user, right in rights.items():
        if user != config.user and marks.get(user) is None and _matches(right["read"], queue):
            found.append(f"{user} may read {queue} by the permission {right['read']}")
    return sorted(found)


def _matches(pattern: str, name: str) -> bool:
    if not pattern:
        return False
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return True  # unreadable for us: better one too many in the report


def _drift(queue: Any, members: list[ObservedMember], *, altered: bool) -> list[str]:
    found = ["view-altered"] * altered
    if queue is None:
        found.append("stream-missing")
    elif queue.get("arguments", {}).get("x-queue-type") != "stream":
        found.append("stream-unfit:what one reader takes from this queue, no other gets")
    found += [
        f"login-remade:{one.principal}"
        for one in sorted(members, key=lambda one: one.principal)
        if "identity" in one.missing
    ]
    return found
