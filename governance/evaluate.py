"""Ask the policies in force, and keep what they answered.

The packs are read from the database, parsed once per process, and parsed again when another
version was activated. Without any pack nothing is allowed by itself: everything is reviewed.
"""

from datetime import datetime

from governance.models import Policy, PolicyDecision
from governance.policies.base import AccessFacts, Verdict
from governance.policies.pack import PolicyPack, evaluate, load_pack
from marketplace.kernel.prepared import fetch_one

type _State = tuple[int, datetime | None, int | None]
_kept: tuple[_State, tuple[PolicyPack, ...]] | None = None


def active_packs() -> tuple[PolicyPack, ...]:
    """Give the packs in force, by key. Costs one small statement when nothing was activated."""
    global _kept  # noqa: PLW0603 - the one cache of this process
    found = fetch_one(
        "SELECT count(*), max(activated_at), max(id) FROM governance_policy WHERE active", []
    )
    assert found is not None
    state: _State = (found[0], found[1], found[2])
    if _kept is None or _kept[0] != state:
        rows = Policy.objects.filter(active=True).order_by("key").values_list("pack", flat=True)
        _kept = (state, tuple(load_pack(pack) for pack in rows))
    return _kept[1]


def judge(facts: AccessFacts) -> Verdict:
    """Ask every active pack; the strictest answer wins. Keeps nothing."""
    return evaluate(facts, active_packs())


def decide(facts: AccessFacts, subject: str) -> PolicyDecision:
    """Judge, and keep the verdict with all it was made from, in the caller's transaction.

    ``subject`` is what the decision is about (``request/<number>``).
    """
    verdict = judge(facts).to_json()
    return PolicyDecision.objects.create(
        subject=subject,
        facts=facts.to_json(),
        outcome=verdict["outcome"],
        reasons=verdict["reasons"],
        stages=verdict["stages"],
        packs=verdict["packs"],
    )


def judge_again(decision: PolicyDecision) -> Verdict:
    """Make a decision again from its stored facts and the very versions that made it."""
    rows = [Policy.objects.get(key=used["key"], number=used["version"]) for used in decision.packs]
    return evaluate(AccessFacts.from_json(decision.facts), [load_pack(row.pack) for row in rows])
