"""Reads of governance: the audit trail, policies and their decisions, scores."""

from governance.queries.audit import audit
from governance.queries.facts import outsider, product_facts
from governance.queries.policies import decisions_about, policies, policy_or_404
from governance.queries.scores import score_history, score_of

__all__ = [
    "audit",
    "decisions_about",
    "outsider",
    "policies",
    "policy_or_404",
    "product_facts",
    "score_history",
    "score_of",
]
