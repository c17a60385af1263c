"""Crashes, races, time-outs and stale leases: T05, T06, T19, T21 to T23."""

import threading

import pytest

from marketplace.connectors.base import Conflict, Grant, Plan, PortDesired, StaleLease
from tests.connectors.contract.platform import CUSTOMER, GROWTH, Held, Lost, Platform
from tests.connectors.contract.words import ContractWords


class SurvivesFailures(ContractWords):
    """Asked of every connector."""

    def test_t05_a_crash_after_any_step_of_a_grant_heals(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        steps = len(self.plan(platform, variant, ana).steps)
        assert steps > 0

        for crash_after in range(steps):
            applying = platform.connector.apply(self.plan(platform, variant, ana), Held())
            for _ in range(crash_after):
                next(applying, None)
            self.reconcile(platform, variant, ana)
            self.assert_converged(platform, variant, ana)
            self.reconcile(platform, variant)

    def test_t05_a_crash_after_any_step_of_a_revoke_heals(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        steps = len(self.plan(platform, variant).steps)
        assert steps > 0

        for crash_after in range(steps + 1):
            applying = platform.connector.apply(self.plan(platform, variant), Held())
            for _ in range(crash_after):
                next(applying)
            if 0 < crash_after < steps:
                again = [step.id for step in self.plan(platform, variant).steps]
                assert "sessions:team:growth" in again or crash_after == steps - 1
            self.reconcile(platform, variant)
            self.assert_converged(platform, variant)
            self.reconcile(platform, variant, ana)

    def test_t06_two_applies_at_once_have_one_effect(self, platform: Platform) -> None:
        variant = self.variant(platform)
        ana, petra = self.member(platform), self.member(platform, CUSTOMER)
        plans = [self.plan(platform, variant, ana, petra) for _ in range(2)]
        barrier, conflicts = threading.Barrier(2), list[Exception]()

        def run(plan: Plan) -> None:
            barrier.wait()
            try:
                list(platform.connector.apply(plan, Held()))
            except Conflict as conflict:
                conflicts.append(conflict)

        threads = [threading.Thread(target=run, args=(plan,)) for plan in plans]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(conflicts) <= 1
        self.reconcile(platform, variant, ana, petra)

        self.assert_converged(platform, variant, ana, petra)

    def test_t19_a_time_out_after_success_has_one_effect(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        plan = self.plan(platform, variant, ana)
        done_but_unheard = list(platform.connector.apply(plan, Held()))

        retried = list(platform.connector.apply(plan, Held()))

        assert [one.step_id for one in retried] == [one.step_id for one in done_but_unheard]
        self.assert_converged(platform, variant, ana)

    def test_t21_a_stale_lease_changes_nothing_more(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        plan = self.plan(platform, variant, ana)
        before = platform.fingerprint()

        with pytest.raises(StaleLease):
            list(platform.connector.apply(plan, Lost()))
        assert platform.fingerprint() == before

        with pytest.raises(StaleLease):
            list(platform.connector.apply(plan, Lost(after=len(plan.steps) - 1)))
        assert self.rows(platform, variant, GROWTH) == "access-ended"

    def test_the_lease_is_asked_before_every_step(self, platform: Platform) -> None:
        variant, lease = self.variant(platform), Held()
        plan = self.plan(platform, variant, self.member(platform))

        list(platform.connector.apply(plan, lease))

        assert lease.asked >= len(plan.steps)

    def test_t22_a_platform_that_lies_is_never_believed(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant)
        platform.lies()

        results = list(platform.connector.apply(self.plan(platform, variant, ana), Held()))

        assert all(result.ok for result in results)
        observed = platform.connector.observe(variant)
        assert not observed.holds(PortDesired(variant, frozenset({ana})))
        probe = platform.connector.probe(Grant(variant, GROWTH), expect_access=True)
        assert (probe.ok, probe.positive) == (False, False)

    def test_t23_a_plan_is_pure_and_its_digest_stable(self, platform: Platform) -> None:
        connector, variant = platform.connector, self.variant(platform)
        ana, petra = self.member(platform), self.member(platform, CUSTOMER)
        observed = connector.observe(variant)
        before = platform.fingerprint()

        one = connector.plan(PortDesired(variant, frozenset({ana, petra})), observed)
        other = connector.plan(PortDesired(variant, frozenset({petra, ana})), observed)
        fewer = connector.plan(PortDesired(variant, frozenset({ana})), observed)

        assert one == other
        assert one.digest != fewer.digest
        assert platform.fingerprint() == before

    def test_t23_a_plan_that_was_not_approved_is_refused(self, platform: Platform) -> None:
        variant = self.variant(platform)
        shown = self.plan(platform, variant, self.member(platform))
        other = self.plan(platform, variant, self.member(platform, CUSTOMER))
        before = platform.fingerprint()

        with pytest.raises(Conflict, match="digest"):
            list(platform.connector.apply(Plan(shown.handle, other.steps, shown.digest), Held()))

        assert platform.fingerprint() == before
