"""The proof of a grant as a page shows it: what was tried as the consumer, and what came of it."""

import re
from datetime import datetime
from typing import Any, Final

from subscriptions.models import Grant
from subscriptions.states import GrantState

_THINGS: Final = {
    "login": "Sign-in as the consumer",
    "entitlement": "Entitlement",
    "published view": "Published view",
    "control object": "Control object that nobody is promised",
    "base relation": "Base table behind the view",
}
_OUTCOMES: Final = {
    "allowed": "allowed",
    "refused": "refused",
    "empty": "no entitlement",
    "missing": "not visible",
    "failed": "could not be tried",
}
_PROMISED: Final = frozenset(
    {
        *("login", "entitlement", "published view", "published stream", "published objects"),
        *("published columns", "consumer group", "report"),
    }
)
"""What a consumer is promised, on any kind of platform; all else is tried to be refused."""
_SQLSTATE: Final = re.compile(r"(?=.*\d)[0-9A-Z]{5}\Z")


def proof_of(grant: Grant) -> dict[str, Any] | None:
    """Give the evidence as it was kept: attempts, SQLSTATEs, statements, what was read back."""
    evidence = grant.evidence
    if not evidence:
        return None
    expects_access = evidence.get("expected") == "access"
    return {
        "probes": tried(evidence, grant.last_verified_at),
        "expects_access": expects_access,
        "ok": evidence["ok"] and evidence.get("reads_back", True),
        "level": evidence["level"],
        "connector": f"{evidence.get('connector')} {evidence.get('connector_version')}",
        "statements": evidence.get("statements", []),
        "plan": evidence.get("plan", ""),
        "read_back": evidence.get("read_back"),
        "until": _moment((evidence.get("read_back") or {}).get("until")),
        "handle": grant.handle.name,
        "at": grant.last_verified_at,
        "state": grant.state,
        "unproven": unproven(grant),
    }


def unproven(grant: Grant) -> str:
    """Name the evidence of a settled grant that is less than a proof; empty when it is one."""
    level = grant.evidence.get("level", "") if grant.evidence else ""
    settled = grant.state in (GrantState.VERIFIED, GrantState.VERIFIED_REMOVED)
    return level if settled and level != "proven" else ""


def tried(evidence: dict[str, Any], at: datetime | None) -> list[dict[str, Any]]:
    """Shape what was tried as the consumer for components/evidence.html."""
    expects_access = evidence.get("expected") == "access"
    return [
        {
            "title": f"{_THINGS.get(one['name'], one['name'].capitalize())}: "
            f"{_OUTCOMES.get(one['outcome'], one['outcome'])}",
            "detail": _detail(one["sql"], one["sqlstate"]),
            "ok": _as_expected(one, expects_access=expects_access, whole=evidence["ok"]),
            "level": evidence["level"],
            "at": at,
        }
        for one in evidence.get("details", [])
    ]


def _detail(words: str, code: str) -> str:
    """Say what was tried, with the platform's own code; SQL platforms answer with SQLSTATEs."""
    if not code:
        return words
    return f"{words} (SQLSTATE {code})" if _SQLSTATE.match(code) else f"{words} ({code})"


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _as_expected(one: dict[str, Any], *, expects_access: bool, whole: bool) -> bool:
    """Judge one attempt: what is promised is allowed (or no longer), the rest is refused."""
    if one["name"] not in _PROMISED:
        return one["outcome"] in ("refused", "missing")
    return (one["outcome"] == "allowed") if expects_access else whole
