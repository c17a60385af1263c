"""Who may do what in governance. Pure questions; actions ask them with require()."""

from marketplace.kernel.actors import AUDITOR, GOVERNANCE, OPERATOR, PRIVACY, Actor


def may_author_policy(actor: Actor) -> bool:
    """Governance writes and activates policies; the system installs those that are shipped."""
    return actor.kind == "system" or (actor.holds(GOVERNANCE) and actor.may_use("admin"))


def may_read_audit(actor: Actor) -> bool:
    """Oversight roles read the whole trail; others only what concerns their teams."""
    return actor.holds(GOVERNANCE, PRIVACY, AUDITOR, OPERATOR) and actor.may_use("read")


def may_score(actor: Actor) -> bool:
    """Scores are worked out, never given: only the system writes them."""
    return actor.kind == "system"
