"""What others do on the platform: T07 to T11."""

from collections.abc import Callable

import pytest

from marketplace.connectors.base import Grant, PortDesired, PortVariant, Principal
from tests.connectors.contract.platform import GROWTH, Platform
from tests.connectors.contract.words import ContractWords


class NoticesOthers(ContractWords):
    """Asked of every connector."""

    def test_t07_what_others_granted_is_reported_and_kept(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        stranger = platform.lets_in(variant)

        plan = self.reconcile(platform, variant, ana)

        foreign = platform.connector.observe(variant).foreign
        assert not plan
        assert len(foreign) == 1
        assert stranger in foreign[0]
        self.reconcile(platform, variant)
        assert platform.connector.observe(variant).foreign == foreign

    @pytest.mark.parametrize("part", ["membership", "entitlement"])
    def test_t08_what_others_took_is_missed_and_healed(self, platform: Platform, part: str) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        take: Callable[[PortVariant, Principal], None] = getattr(platform, f"takes_{part}")
        take(variant, GROWTH)

        (observed,) = platform.connector.observe(variant).members
        probe = platform.connector.probe(Grant(variant, GROWTH), expect_access=True)
        self.reconcile(platform, variant, ana)

        assert observed.missing == {part}
        assert (probe.ok, probe.positive) == (False, False)
        self.assert_converged(platform, variant, ana)

    @pytest.mark.parametrize("part", ["membership", "entitlement"])
    def test_t08_a_half_taken_access_is_still_revoked_whole(
        self, platform: Platform, part: str
    ) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        take: Callable[[PortVariant, Principal], None] = getattr(platform, f"takes_{part}")
        take(variant, GROWTH)

        plan = self.reconcile(platform, variant)

        assert "sessions:team:growth" in [step.id for step in plan.steps]
        self.assert_converged(platform, variant)

    def test_t08_an_altered_view_is_found_and_replaced(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        platform.alters_view(variant)

        observed = platform.connector.observe(variant)
        self.reconcile(platform, variant, ana)

        assert observed.view_digest == ""
        assert observed.drifted("view-altered") == ("",)
        self.assert_converged(platform, variant, ana)
        assert self.rows(platform, variant, GROWTH) == self.shown(platform)

    def test_t10_a_login_that_is_gone_is_made_again_for_who_is_wanted(
        self, platform: Platform
    ) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        platform.drops_login(GROWTH)

        (observed,) = platform.connector.observe(variant).members
        probe = platform.connector.probe(Grant(variant, GROWTH), expect_access=True)
        self.reconcile(platform, variant, ana)

        assert "login" in observed.missing
        assert (probe.ok, probe.positive) == (False, False)
        self.assert_converged(platform, variant, ana)

    def test_t10_a_revoke_of_a_login_that_is_gone_is_proven(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        platform.drops_login(GROWTH)

        self.reconcile(platform, variant)

        self.assert_converged(platform, variant)

    def test_t11_a_login_made_again_by_another_gets_nothing(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        platform.drops_login(GROWTH)
        platform.remakes_login(GROWTH)

        observed = platform.connector.observe(variant)
        plan = self.reconcile(platform, variant, ana)

        assert observed.drifted("login-remade") == ("team:growth",)
        assert not plan
        assert len(plan.withheld) == 1
        assert "team:growth" in plan.withheld[0]
        assert not platform.connector.observe(variant).holds(PortDesired(variant, frozenset({ana})))
