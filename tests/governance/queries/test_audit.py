"""The audit trail: filtered, newest first, and never more than one may read."""

from datetime import timedelta

import pytest

from catalog.actions.products import deprecate
from governance.evaluate import decide
from governance.permissions import may_read_audit
from governance.queries import audit, decisions_about, outsider, policies, policy_or_404
from marketplace.kernel.actors import NOBODY, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import NotAllowed, NotFound

DELAYS = "flight-operations.flight-delays"


@pytest.fixture
def trail(mesh, olaf, sid):
    """Olaf deprecates his product; Sid tries to."""
    deprecate(olaf, key=DELAYS)
    with pytest.raises(NotAllowed):
        deprecate(sid, key=DELAYS)


def found(actor, **filters):
    return [(row.actor, row.name) for row in audit(actor, **filters)]


def test_governance_finds_who_did_what(trail, gus):
    assert found(gus, who="olaf") == [("olaf", "product.deprecated")]
    assert found(gus, name="access.denied") == [("sid", "access.denied")]
    assert found(gus, name="access.") == [("sid", "access.denied")]
    assert found(gus, subject=f"product/{DELAYS}", name="product.deprecated") == [
        ("olaf", "product.deprecated")
    ]
    assert {name for _, name in found(gus, subject="domain/")} == {"domain.changed"}
    assert ("olaf", "product.deprecated") in found(gus, product=DELAYS)
    assert found(gus, until=now() - timedelta(hours=1)) == []
    assert len(found(gus, since=now() - timedelta(hours=1))) == len(found(gus))
    assert found(gus)[0] == ("sid", "access.denied")


def test_others_read_what_concerns_them(trail, olaf, petra, ana, sid):
    assert ("olaf", "product.deprecated") in found(olaf)
    assert found(sid) == [("sid", "access.denied")]
    assert found(petra, product=DELAYS) == []
    assert found(ana, product=DELAYS) == []
    assert found(NOBODY) == []


def test_who_may_read_the_whole_trail(people):
    may = {name for name, actor in people.items() if may_read_audit(actor)}

    assert may == {"gus", "dana", "pia"}
    assert not may_read_audit(
        Actor("bot", kind="service", roles=frozenset({"auditor"}), scopes=frozenset({"lineage"}))
    )


def test_policies_and_decisions_are_found(curated):
    decide(outsider(curated, curated.product), "request/1")

    assert [row.outcome for row in decisions_about("request/1")] == ["allow"]
    assert list(decisions_about("request/2")) == []
    assert [row.key for row in policies()] == ["emporion-base"]
    assert list(policies("other")) == []
    assert policy_or_404("emporion-base").active
    assert policy_or_404("emporion-base", 1).number == 1
    with pytest.raises(NotFound):
        policy_or_404("emporion-base", 2)
