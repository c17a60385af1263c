"""Answers that mean nothing, and platforms that say it is too much: T09 and T18."""

import pytest

from marketplace.connectors.base import Grant, PortDesired, Transient
from tests.connectors.contract.platform import GROWTH, Held, Platform
from tests.connectors.contract.words import ContractWords

MOST_TRIES = 6
"""How often one question may be put to a platform that has said it is too much."""


class BelievesNoWord(ContractWords):
    """T09: asked of every connector that changes a platform."""

    def test_t09_a_grant_that_is_answered_and_not_done_is_read_back(
        self, platform: Platform
    ) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant)
        wanted = PortDesired(variant, frozenset({ana}))
        platform.lies()

        results = list(platform.connector.apply(self.plan(platform, variant, ana), Held()))

        observed = platform.connector.observe(variant)
        assert all(result.ok for result in results)
        assert not observed.holds(wanted)
        assert platform.connector.plan(wanted, observed).steps

    def test_t09_a_revoke_that_is_answered_and_not_done_is_read_back(
        self, platform: Platform
    ) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        nobody = PortDesired(variant, frozenset())

        with platform.keeping(variant):
            results = list(platform.connector.apply(self.plan(platform, variant), Held()))
            observed = platform.connector.observe(variant)
            stays = self.rows(platform, variant, GROWTH) == self.shown(platform)
            probe = platform.connector.probe(Grant(variant, GROWTH), expect_access=False)

        assert all(result.ok for result in results)
        assert {one.principal for one in observed.members} == {GROWTH}
        assert not observed.holds(nobody)
        assert platform.connector.plan(nobody, observed).steps
        assert stays is getattr(platform, "keeps_whole", True)
        assert (probe.ok, probe.positive) == (not stays, stays)
        self.reconcile(platform, variant)
        self.assert_converged(platform, variant)


class ObeysLimits(ContractWords):
    """T18: asked of every connector whose platform can say that it is too much."""

    def test_t18_a_platform_that_says_too_much_is_obeyed(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        plan = self.plan(platform, variant, ana)

        with platform.throttling() as told:
            with pytest.raises(Transient) as caught:
                list(platform.connector.apply(plan, Held()))
            refused = told.refused()

        assert refused in range(1, MOST_TRIES + 1)
        assert caught.value.retry_after == pytest.approx(told.wait_s, abs=2.0)
        self.reconcile(platform, variant, ana)
        self.assert_converged(platform, variant, ana)

    def test_t18_too_much_is_never_taken_for_a_refusal(self, platform: Platform) -> None:
        variant = self.variant(platform)
        self.reconcile(platform, variant, self.member(platform))

        with platform.throttling(), pytest.raises(Transient):
            platform.connector.probe(Grant(variant, GROWTH), expect_access=False)

        assert self.rows(platform, variant, GROWTH) == self.shown(platform)
