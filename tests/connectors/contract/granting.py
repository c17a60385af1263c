"""What is given and taken: T01 to T04."""

from marketplace.connectors.base import Grant, PortDesired
from tests.connectors.contract.platform import CUSTOMER, GROWTH, Held, Platform, refused_with
from tests.connectors.contract.words import ContractWords


class GivesAndTakes(ContractWords):
    """Asked of every connector."""

    def test_t01_a_grant_is_proven_in_both_directions(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)

        self.reconcile(platform, variant, ana)

        self.assert_converged(platform, variant, ana)
        assert self.rows(platform, variant, GROWTH) == self.shown(platform)
        probe = platform.connector.probe(Grant(variant, GROWTH), expect_access=True)
        control = next(one for one in probe.details if one.name == "control object")
        assert (control.outcome, control.sqlstate) == ("refused", refused_with(platform))

    def test_t02_granting_again_changes_nothing(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        first = self.reconcile(platform, variant, ana)

        again = self.reconcile(platform, variant, ana)
        repeated = list(platform.connector.apply(first, Held()))

        assert not again
        assert all(result.ok for result in repeated)
        self.assert_converged(platform, variant, ana)

    def test_t03_a_revoke_is_proven(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        petra = self.member(platform, CUSTOMER)
        self.reconcile(platform, variant, ana, petra)

        self.reconcile(platform, variant, petra)

        self.assert_converged(platform, variant, petra)
        assert self.rows(platform, variant, GROWTH) == "access-ended"
        assert self.rows(platform, variant, CUSTOMER) == self.shown(platform)

    def test_t04_revoking_again_changes_nothing(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        revoke = self.reconcile(platform, variant)

        again = self.reconcile(platform, variant)
        repeated = list(platform.connector.apply(revoke, Held()))

        assert not again
        assert all(result.ok for result in repeated)
        self.assert_converged(platform, variant)

    def test_an_extension_moves_only_the_end(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        longer = self.member(platform, lasts=7200)

        plan = self.reconcile(platform, variant, longer)

        assert "entitle:team:growth" in [step.id for step in plan.steps]
        assert "publish" not in [step.id for step in plan.steps]
        self.assert_converged(platform, variant, longer)

    def test_a_part_of_the_members_is_changed_alone(self, platform: Platform) -> None:
        connector, variant = platform.connector, self.variant(platform)
        ana, petra = self.member(platform), self.member(platform, CUSTOMER, lasts=None)
        self.reconcile(platform, variant, petra)

        observed = connector.observe(variant, frozenset({GROWTH}))
        plan = connector.plan(PortDesired(variant, frozenset({ana})), observed)
        list(connector.apply(plan, Held()))

        assert observed.members == frozenset()
        self.assert_converged(platform, variant, ana, petra)
