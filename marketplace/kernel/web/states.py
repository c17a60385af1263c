"""How each state is shown: its word, its tone and its icon. One table per kind of thing.

The values are those of the vocabulary (docs/architecture.md, glossary). A state that is not
listed is shown by its own name in a neutral tone, so that a new one is never invisible.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


class _Row(NamedTuple):
    """A line of the tables: as Look, its word not yet in the language of the page."""

    label: Promise
    tone: str
    icon: str


class Look(NamedTuple):
    """How a state is shown. `tone` is one of ok, now, warn, bad, calm."""

    label: str
    tone: str
    icon: str


REQUEST = {
    "draft": _Row(pgettext_lazy("state", "Draft"), "calm", "pencil"),
    "submitted": _Row(pgettext_lazy("state", "Submitted"), "now", "send"),
    "in_review": _Row(pgettext_lazy("state", "In review"), "now", "users"),
    "returned": _Row(pgettext_lazy("state", "Returned to you"), "warn", "undo-2"),
    "countered": _Row(pgettext_lazy("state", "Counter-offer"), "warn", "arrow-left-right"),
    "approved": _Row(pgettext_lazy("state", "Approved"), "ok", "check"),
    "rejected": _Row(pgettext_lazy("state", "Declined"), "bad", "x"),
    "withdrawn": _Row(pgettext_lazy("state", "Withdrawn"), "calm", "undo-2"),
    "lapsed": _Row(pgettext_lazy("state", "Lapsed"), "calm", "timer"),
}
AGREEMENT = {
    "pending": _Row(pgettext_lazy("state", "Being granted"), "now", "loader"),
    "active": _Row(pgettext_lazy("state", "Active"), "ok", "check"),
    "suspended": _Row(pgettext_lazy("state", "Suspended"), "warn", "pause"),
    "ending": _Row(pgettext_lazy("state", "Ending"), "warn", "timer"),
    "expired": _Row(pgettext_lazy("state", "Expired"), "calm", "timer"),
    "revoked": _Row(pgettext_lazy("state", "Revoked"), "bad", "ban"),
    "terminated": _Row(pgettext_lazy("state", "Given back"), "calm", "undo-2"),
    "superseded": _Row(pgettext_lazy("state", "Replaced"), "calm", "arrow-left-right"),
    "failed": _Row(pgettext_lazy("state", "Could not be proven"), "bad", "octagon-alert"),
}
GRANT = {
    "pending": _Row(pgettext_lazy("state", "Waiting"), "calm", "clock"),
    "provisioning": _Row(pgettext_lazy("state", "Being granted"), "now", "loader"),
    "provisioned": _Row(pgettext_lazy("state", "Granted, not yet proven"), "now", "loader"),
    "verified": _Row(pgettext_lazy("state", "Proven"), "ok", "shield-check"),
    "drifted": _Row(pgettext_lazy("state", "Drifted"), "warn", "shield-alert"),
    "failed": _Row(pgettext_lazy("state", "Failed"), "bad", "octagon-alert"),
    "deprovisioning": _Row(pgettext_lazy("state", "Being removed"), "now", "loader"),
    "removed": _Row(pgettext_lazy("state", "Removed, not yet proven"), "now", "loader"),
    "verified_removed": _Row(pgettext_lazy("state", "Proven removed"), "calm", "shield-check"),
    "orphaned": _Row(pgettext_lazy("state", "Principal gone"), "warn", "shield-alert"),
    "foreign": _Row(pgettext_lazy("state", "Granted elsewhere"), "warn", "shield-alert"),
    "needs_human": _Row(pgettext_lazy("state", "Needs a person"), "bad", "octagon-alert"),
    "revoke_unverified": _Row(pgettext_lazy("state", "Access may remain"), "bad", "octagon-alert"),
}
DELIVERY = {
    "queued": _Row(pgettext_lazy("state", "Queued"), "calm", "clock"),
    "sending": _Row(pgettext_lazy("state", "Sending"), "now", "send"),
    "delivered": _Row(pgettext_lazy("state", "Delivered"), "ok", "check"),
    "retrying": _Row(pgettext_lazy("state", "Retrying"), "warn", "rotate-cw"),
    "dead": _Row(pgettext_lazy("state", "Not delivered"), "bad", "octagon-alert"),
    "suppressed": _Row(pgettext_lazy("state", "Suppressed"), "calm", "bell-off"),
    "replayed": _Row(pgettext_lazy("state", "Replayed"), "calm", "rotate-cw"),
}
NOTICE = {
    "pending": _Row(pgettext_lazy("state", "Answer needed"), "warn", "bell"),
    "acknowledged": _Row(pgettext_lazy("state", "Acknowledged"), "ok", "check"),
    "needs_time": _Row(pgettext_lazy("state", "Needs time"), "warn", "timer"),
    "objected": _Row(pgettext_lazy("state", "Objected"), "bad", "octagon-alert"),
    "migrating": _Row(pgettext_lazy("state", "Migrating"), "now", "loader"),
    "migrated": _Row(pgettext_lazy("state", "Migrated"), "ok", "check"),
    "waived": _Row(pgettext_lazy("state", "Waived"), "calm", "check"),
    "lapsed": _Row(pgettext_lazy("state", "Lapsed"), "calm", "timer"),
    "unread": _Row(pgettext_lazy("state", "New"), "now", "bell"),
    "read": _Row(pgettext_lazy("state", "Read"), "calm", "check"),
}
CHANGE = {
    "draft": _Row(pgettext_lazy("state", "Draft"), "calm", "pencil"),
    "proposed": _Row(pgettext_lazy("state", "Proposed"), "now", "megaphone"),
    "impact_assessed": _Row(pgettext_lazy("state", "Impact known"), "now", "radar"),
    "in_consumer_review": _Row(pgettext_lazy("state", "Consumers answer"), "now", "users"),
    "blocked": _Row(pgettext_lazy("state", "Blocked"), "bad", "ban"),
    "cleared": _Row(pgettext_lazy("state", "Cleared"), "ok", "check"),
    "scheduled": _Row(pgettext_lazy("state", "Scheduled"), "now", "calendar"),
    "released": _Row(pgettext_lazy("state", "Released"), "ok", "check"),
    "withdrawn": _Row(pgettext_lazy("state", "Withdrawn"), "calm", "undo-2"),
    "rolled_back": _Row(pgettext_lazy("state", "Rolled back"), "warn", "undo-2"),
}
PRODUCT = {
    "proposed": _Row(pgettext_lazy("state", "Proposed"), "calm", "pencil"),
    "draft": _Row(pgettext_lazy("state", "Draft"), "calm", "pencil"),
    "active": _Row(pgettext_lazy("state", "Active"), "ok", "check"),
    "deprecated": _Row(pgettext_lazy("state", "Deprecated"), "warn", "timer"),
    "retired": _Row(pgettext_lazy("state", "Retired"), "calm", "ban"),
}
STAGE = {
    "waiting": _Row(pgettext_lazy("state", "Waits its turn"), "calm", "clock"),
    "open": _Row(pgettext_lazy("state", "Open"), "now", "users"),
    "approved": _Row(pgettext_lazy("state", "Approved"), "ok", "check"),
    "rejected": _Row(pgettext_lazy("state", "Declined"), "bad", "x"),
    "skipped": _Row(pgettext_lazy("state", "Skipped"), "calm", "check"),
    "timed_out": _Row(pgettext_lazy("state", "Timed out"), "warn", "timer"),
    "escalated": _Row(pgettext_lazy("state", "Escalated"), "warn", "megaphone"),
}
SERVICE = {
    "met": _Row(pgettext_lazy("state", "Met"), "ok", "check"),
    "at_risk": _Row(pgettext_lazy("state", "At risk"), "warn", "timer"),
    "breached": _Row(pgettext_lazy("state", "Missed"), "bad", "octagon-alert"),
    "unknown": _Row(pgettext_lazy("state", "Not measured"), "calm", "clock"),
}
QUALITY = {
    "pass": _Row(pgettext_lazy("state", "Passed"), "ok", "check"),
    "fail": _Row(pgettext_lazy("state", "Failed"), "bad", "x"),
    "warn": _Row(pgettext_lazy("state", "Warning"), "warn", "octagon-alert"),
    "error": _Row(pgettext_lazy("state", "Could not run"), "bad", "octagon-alert"),
    "skip": _Row(pgettext_lazy("state", "Skipped"), "calm", "clock"),
    "unknown": _Row(pgettext_lazy("state", "Not run yet"), "calm", "clock"),
}
VERDICT = {
    "allow": _Row(pgettext_lazy("state", "Allowed"), "ok", "zap"),
    "review": _Row(pgettext_lazy("state", "Needs review"), "warn", "users"),
    "deny": _Row(pgettext_lazy("state", "Not allowed"), "bad", "ban"),
}
IMPACT = {
    "MAJOR": _Row(pgettext_lazy("state", "Breaking"), "bad", "octagon-alert"),
    "MINOR": _Row(pgettext_lazy("state", "Compatible"), "ok", "check"),
    "PATCH": _Row(pgettext_lazy("state", "Words only"), "calm", "pencil"),
    "breaks": _Row(pgettext_lazy("state", "Breaks"), "bad", "octagon-alert"),
    "at_risk": _Row(pgettext_lazy("state", "At risk"), "warn", "timer"),
    "safe": _Row(pgettext_lazy("state", "Safe"), "ok", "check"),
}
EVIDENCE = {
    "proven": _Row(pgettext_lazy("state", "Proven"), "ok", "shield-check"),
    "simulated": _Row(pgettext_lazy("state", "Simulated"), "warn", "shield"),
    "reported": _Row(pgettext_lazy("state", "Reported"), "warn", "shield"),
}

INCIDENT = {
    "open": _Row(pgettext_lazy("state", "Open"), "bad", "siren"),
    "monitoring": _Row(pgettext_lazy("state", "Mended, being watched"), "warn", "eye"),
    "resolved": _Row(pgettext_lazy("state", "Resolved"), "ok", "check"),
}
SEVERITY = {
    "minor": _Row(pgettext_lazy("state", "Minor"), "calm", "info"),
    "major": _Row(pgettext_lazy("state", "Major"), "warn", "triangle-alert"),
    "critical": _Row(pgettext_lazy("state", "Critical"), "bad", "octagon-alert"),
}
DRIFT = {
    "missing": _Row(pgettext_lazy("state", "Missing"), "warn", "shield-alert"),
    "excess": _Row(pgettext_lazy("state", "Excess"), "bad", "octagon-alert"),
    "altered": _Row(pgettext_lazy("state", "Altered"), "warn", "shield-alert"),
    "orphan": _Row(pgettext_lazy("state", "Orphan"), "warn", "shield-alert"),
    "foreign": _Row(pgettext_lazy("state", "Given by others"), "calm", "info"),
}
SWITCH = {
    "proposed": _Row(pgettext_lazy("state", "Waits for a second person"), "warn", "users"),
    "active": _Row(pgettext_lazy("state", "Holds access back"), "bad", "pause"),
    "restored": _Row(pgettext_lazy("state", "Restored"), "ok", "check"),
    "dropped": _Row(pgettext_lazy("state", "Dropped"), "calm", "x"),
}
FINDING = {
    "open": _Row(pgettext_lazy("state", "Open"), "warn", "clock"),
    "healed": _Row(pgettext_lazy("state", "Healed"), "ok", "check"),
    "quarantined": _Row(pgettext_lazy("state", "Access suspended"), "warn", "pause"),
    "adopting": _Row(pgettext_lazy("state", "Asked to be adopted"), "now", "users"),
    "adopted": _Row(pgettext_lazy("state", "Adopted"), "ok", "check"),
    "refused": _Row(pgettext_lazy("state", "Adoption refused"), "bad", "x"),
    "accepted": _Row(pgettext_lazy("state", "Left as it is"), "calm", "check"),
    "gone": _Row(pgettext_lazy("state", "Gone by itself"), "calm", "check"),
}
ASK = {
    "open": _Row(pgettext_lazy("state", "Open"), "calm", "circle"),
    "claimed": _Row(pgettext_lazy("state", "Promised"), "now", "users"),
    "answered": _Row(pgettext_lazy("state", "Answered"), "ok", "check"),
    "closed": _Row(pgettext_lazy("state", "Closed"), "calm", "x"),
}

LOGIN = {
    "issuing": _Row(pgettext_lazy("state", "Being made"), "now", "loader"),
    "live": _Row(pgettext_lazy("state", "Opens the port"), "ok", "key-round"),
    "ended": _Row(pgettext_lazy("state", "Ended"), "calm", "timer"),
    "failed": _Row(pgettext_lazy("state", "Not made"), "calm", "x"),
    "withdrawing": _Row(pgettext_lazy("state", "Being dropped"), "warn", "loader"),
    "revoked": _Row(pgettext_lazy("state", "Dropped, proven"), "calm", "shield-check"),
}

KINDS: dict[str, dict[str, _Row]] = {
    "request": REQUEST,
    "agreement": AGREEMENT,
    "grant": GRANT,
    "delivery": DELIVERY,
    "notice": NOTICE,
    "change": CHANGE,
    "product": PRODUCT,
    "stage": STAGE,
    "service": SERVICE,
    "quality": QUALITY,
    "verdict": VERDICT,
    "impact": IMPACT,
    "evidence": EVIDENCE,
    "incident": INCIDENT,
    "severity": SEVERITY,
    "drift": DRIFT,
    "finding": FINDING,
    "switch": SWITCH,
    "ask": ASK,
    "login": LOGIN,
}


def look(kind: str, state: str) -> Look:
    """Say how a state is shown; an unknown one by its own name."""
    known = KINDS.get(kind, {}).get(state)
    if known is None:
        return Look(state.replace("_", " ").capitalize() or "Unknown", "calm", "circle")
    return Look(str(known.label), known.tone, known.icon)
