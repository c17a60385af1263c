"""How each state is shown: its word, its tone and its icon. One table per kind of thing.

The values are those of the vocabulary (docs/architecture.md, glossary). A state that is not
listed is shown by its own name in a neutral tone, so that a new one is never invisible.
"""

from typing import NamedTuple


class Look(NamedTuple):
    """How a state is shown. `tone` is one of ok, now, warn, bad, calm."""

    label: str
    tone: str
    icon: str


REQUEST = {
    "draft": Look("Draft", "calm", "pencil"),
    "submitted": Look("Submitted", "now", "send"),
    "in_review": Look("In review", "now", "users"),
    "returned": Look("Returned to you", "warn", "undo-2"),
    "countered": Look("Counter-offer", "warn", "arrow-left-right"),
    "approved": Look("Approved", "ok", "check"),
    "rejected": Look("Declined", "bad", "x"),
    "withdrawn": Look("Withdrawn", "calm", "undo-2"),
    "lapsed": Look("Lapsed", "calm", "timer"),
}
AGREEMENT = {
    "pending": Look("Being granted", "now", "loader"),
    "active": Look("Active", "ok", "check"),
    "suspended": Look("Suspended", "warn", "pause"),
    "ending": Look("Ending", "warn", "timer"),
    "expired": Look("Expired", "calm", "timer"),
    "revoked": Look("Revoked", "bad", "ban"),
    "terminated": Look("Given back", "calm", "undo-2"),
    "superseded": Look("Replaced", "calm", "arrow-left-right"),
    "failed": Look("Could not be proven", "bad", "octagon-alert"),
}
GRANT = {
    "pending": Look("Waiting", "calm", "clock"),
    "provisioning": Look("Being granted", "now", "loader"),
    "provisioned": Look("Granted, not yet proven", "now", "loader"),
    "verified": Look("Proven", "ok", "shield-check"),
    "drifted": Look("Drifted", "warn", "shield-alert"),
    "failed": Look("Failed", "bad", "octagon-alert"),
    "deprovisioning": Look("Being removed", "now", "loader"),
    "removed": Look("Removed, not yet proven", "now", "loader"),
    "verified_removed": Look("Proven removed", "calm", "shield-check"),
    "orphaned": Look("Principal gone", "warn", "shield-alert"),
    "foreign": Look("Granted elsewhere", "warn", "shield-alert"),
    "needs_human": Look("Needs a person", "bad", "octagon-alert"),
    "revoke_unverified": Look("Access may remain", "bad", "octagon-alert"),
}
DELIVERY = {
    "queued": Look("Queued", "calm", "clock"),
    "sending": Look("Sending", "now", "send"),
    "delivered": Look("Delivered", "ok", "check"),
    "retrying": Look("Retrying", "warn", "rotate-cw"),
    "dead": Look("Not delivered", "bad", "octagon-alert"),
    "suppressed": Look("Suppressed", "calm", "bell-off"),
    "replayed": Look("Replayed", "calm", "rotate-cw"),
}
NOTICE = {
    "pending": Look("Answer needed", "warn", "bell"),
    "acknowledged": Look("Acknowledged", "ok", "check"),
    "needs_time": Look("Needs time", "warn", "timer"),
    "objected": Look("Objected", "bad", "octagon-alert"),
    "migrating": Look("Migrating", "now", "loader"),
    "migrated": Look("Migrated", "ok", "check"),
    "waived": Look("Waived", "calm", "check"),
    "lapsed": Look("Lapsed", "calm", "timer"),
    "unread": Look("New", "now", "bell"),
    "read": Look("Read", "calm", "check"),
}
CHANGE = {
    "draft": Look("Draft", "calm", "pencil"),
    "proposed": Look("Proposed", "now", "megaphone"),
    "impact_assessed": Look("Impact known", "now", "radar"),
    "in_consumer_review": Look("Consumers answer", "now", "users"),
    "blocked": Look("Blocked", "bad", "ban"),
    "cleared": Look("Cleared", "ok", "check"),
    "scheduled": Look("Scheduled", "now", "calendar"),
    "released": Look("Released", "ok", "check"),
    "withdrawn": Look("Withdrawn", "calm", "undo-2"),
    "rolled_back": Look("Rolled back", "warn", "undo-2"),
}
PRODUCT = {
    "proposed": Look("Proposed", "calm", "pencil"),
    "draft": Look("Draft", "calm", "pencil"),
    "active": Look("Active", "ok", "check"),
    "deprecated": Look("Deprecated", "warn", "timer"),
    "retired": Look("Retired", "calm", "ban"),
}
STAGE = {
    "waiting": Look("Waits its turn", "calm", "clock"),
    "open": Look("Open", "now", "users"),
    "approved": Look("Approved", "ok", "check"),
    "rejected": Look("Declined", "bad", "x"),
    "skipped": Look("Skipped", "calm", "check"),
    "timed_out": Look("Timed out", "warn", "timer"),
    "escalated": Look("Escalated", "warn", "megaphone"),
}
SERVICE = {
    "met": Look("Met", "ok", "check"),
    "at_risk": Look("At risk", "warn", "timer"),
    "breached": Look("Missed", "bad", "octagon-alert"),
    "unknown": Look("Not measured", "calm", "clock"),
}
QUALITY = {
    "pass": Look("Passed", "ok", "check"),
    "fail": Look("Failed", "bad", "x"),
    "warn": Look("Warning", "warn", "octagon-alert"),
    "error": Look("Could not run", "bad", "octagon-alert"),
    "skip": Look("Skipped", "calm", "clock"),
    "unknown": Look("Not run yet", "calm", "clock"),
}
VERDICT = {
    "allow": Look("Allowed", "ok", "zap"),
    "review": Look("Needs review", "warn", "users"),
    "deny": Look("Not allowed", "bad", "ban"),
}
IMPACT = {
    "MAJOR": Look("Breaking", "bad", "octagon-alert"),
    "MINOR": Look("Compatible", "ok", "check"),
    "PATCH": Look("Words only", "calm", "pencil"),
    "breaks": Look("Breaks", "bad", "octagon-alert"),
    "at_risk": Look("At risk", "warn", "timer"),
    "safe": Look("Safe", "ok", "check"),
}
EVIDENCE = {
    "proven": Look("Proven", "ok", "shield-check"),
    "simulated": Look("Simulated", "warn", "shield"),
    "reported": Look("Reported", "warn", "shield"),
}

INCIDENT = {
    "open": Look("Open", "bad", "siren"),
    "monitoring": Look("Mended, being watched", "warn", "eye"),
    "resolved": Look("Resolved", "ok", "check"),
}
SEVERITY = {
    "minor": Look("Minor", "calm", "info"),
    "major": Look("Major", "warn", "triangle-alert"),
    "critical": Look("Critical", "bad", "octagon-alert"),
}
DRIFT = {
    "missing": Look("Missing", "warn", "shield-alert"),
    "excess": Look("Excess", "bad", "octagon-alert"),
    "altered": Look("Altered", "warn", "shield-alert"),
    "orphan": Look("Orphan", "warn", "shield-alert"),
    "foreign": Look("Given by others", "calm", "info"),
}
SWITCH = {
    "proposed": Look("Waits for a second person", "warn", "users"),
    "active": Look("Holds access back", "bad", "pause"),
    "restored": Look("Restored", "ok", "check"),
    "dropped": Look("Dropped", "calm", "x"),
}
FINDING = {
    "open": Look("Open", "warn", "clock"),
    "healed": Look("Healed", "ok", "check"),
    "quarantined": Look("Access suspended", "warn", "pause"),
    "adopting": Look("Asked to be adopted", "now", "users"),
    "adopted": Look("Adopted", "ok", "check"),
    "refused": Look("Adoption refused", "bad", "x"),
    "accepted": Look("Left as it is", "calm", "check"),
    "gone": Look("Gone by itself", "calm", "check"),
}
ASK = {
    "open": Look("Open", "calm", "circle"),
    "claimed": Look("Promised", "now", "users"),
    "answered": Look("Answered", "ok", "check"),
    "closed": Look("Closed", "calm", "x"),
}

LOGIN = {
    "issuing": Look("Being made", "now", "loader"),
    "live": Look("Opens the port", "ok", "key-round"),
    "ended": Look("Ended", "calm", "timer"),
    "failed": Look("Not made", "calm", "x"),
    "withdrawing": Look("Being dropped", "warn", "loader"),
    "revoked": Look("Dropped, proven", "calm", "shield-check"),
}

KINDS: dict[str, dict[str, Look]] = {
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
    return known or Look(state.replace("_", " ").capitalize() or "Unknown", "calm", "circle")
