"""What is not granted, not written and not told: T15 to T17, T24."""

from datetime import timedelta

import pytest

from marketplace.connectors.base import Grant, Limits
from tests.connectors.contract.platform import GROWTH, SID, Platform, select_all
from tests.connectors.contract.words import ContractWords


class KeepsToItself(ContractWords):
    """Asked of every connector."""

    def test_t15_columns_rows_and_objects_not_granted_are_denied(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)

        seen = platform.connector.query(Grant(variant, GROWTH), select_all(variant), Limits())

        assert tuple(column.name for column in seen.columns) == variant.columns
        assert {tuple(row) for row in seen.rows} == self.shown(platform)
        assert self.rows(platform, variant, SID) == "access-ended"
        probe = platform.connector.probe(Grant(variant, SID), expect_access=False)
        assert (probe.ok, probe.positive, probe.negative) == (True, False, True)

    def test_t16_observing_writes_nothing(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        before_anything = platform.fingerprint()
        platform.connector.observe(variant)
        assert platform.fingerprint() == before_anything
        self.reconcile(platform, variant, ana)
        before = platform.fingerprint()

        platform.connector.observe(variant)
        platform.connector.check()
        self.plan(platform, variant)

        assert platform.fingerprint() == before

    def test_t17_no_secret_shows(
        self, platform: Platform, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        connector, variant = platform.connector, self.variant(platform)
        ana = self.member(platform)
        plan = self.reconcile(platform, variant, ana)
        grant = Grant(variant, GROWTH)
        credential = connector.credentials(grant, timedelta(minutes=5))
        told = [repr(connector), repr(vars(connector)), repr(plan), repr(credential), caplog.text]
        told += [repr(connector.probe(grant, expect_access=True)), repr(connector.observe(variant))]
        told += [repr(connector.check())]

        for secret in [*platform.secrets(), credential.password]:
            assert not any(secret in text for text in told)

    def test_t24_a_credential_too_weak_or_too_strong_is_found(self, platform: Platform) -> None:
        assert [finding.level for finding in platform.connector.check()] == []
        assert "error" in {finding.level for finding in platform.weak()}
        assert "warning" in {finding.level for finding in platform.strong()}
