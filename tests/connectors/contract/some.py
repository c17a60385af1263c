"""Cases that fit some platforms: what ends by itself, shows a part, shows all, does a part."""

import threading
import time
from contextlib import suppress
from typing import Any

import pytest

from marketplace.connectors.base import Grant, NeedsHuman, PortDesired, RowFilter, Transient
from tests.connectors.contract.platform import COLUMNS, GROWTH, ROWS, Held, Platform
from tests.connectors.contract.words import ContractWords


class EndsByItself(ContractWords):
    """T13, where the platform ends access without us (`native_expiry`)."""

    def test_t13_access_ends_at_its_end_without_any_worker(self, platform: Platform) -> None:
        variant = self.variant(platform)
        lasts = getattr(platform, "shortest", 0.6)
        ana, pause = self.member(platform, lasts=lasts), threading.Event()
        self.reconcile(platform, variant, ana)
        assert self.rows(platform, variant, GROWTH) == self.shown(platform)

        while (began := platform.now()) < (ana.valid_until or began):
            seen = self.rows(platform, variant, GROWTH)
            assert seen != set()
            pause.wait(lasts / 20)
        seen = self.rows(platform, variant, GROWTH)

        assert seen == "access-ended"
        probe = platform.connector.probe(Grant(variant, GROWTH), expect_access=False)
        assert (probe.ok, probe.positive, probe.negative) == (True, False, True)


class NarrowsRows(ContractWords):
    """T14 and T15, where a port can show a part of the rows."""

    def test_t14_no_moment_is_wider_than_allowed(self, platform: Platform) -> None:
        narrow = self.variant(platform)
        narrowest = self.variant(platform, row_filters=(RowFilter("carrier", "=", "LH"),))
        ana, done = self.member(platform), threading.Event()
        self.reconcile(platform, narrow, ana)
        samples: list[set[Any] | str] = []

        def sample() -> None:
            while not done.is_set():
                samples.append(self.rows(platform, narrow, GROWTH))

        sampler = threading.Thread(target=sample)
        sampler.start()
        try:
            for _ in range(getattr(platform, "narrowings", 5)):
                self.reconcile(platform, narrowest, ana)
                assert self.rows(platform, narrow, GROWTH) == {(1, "LH", 10)}
                self.reconcile(platform, narrow, ana)
            seen = len(samples)
            while len(samples) <= seen and sampler.is_alive():
                time.sleep(0.001)
        finally:
            done.set()
            sampler.join()

        assert all(
            one <= {(1, "LH", 10), (2, "AF", 20)} for one in samples if not isinstance(one, str)
        )
        self.assert_converged(platform, narrow, ana)

    def test_t14_a_wider_variant_and_back(self, platform: Platform) -> None:
        narrow = self.variant(platform)
        wide = self.variant(platform, row_filters=(), columns=(*COLUMNS, "note"))
        ana = self.member(platform)
        self.reconcile(platform, narrow, ana)
        self.reconcile(platform, wide, ana)
        seen_wide = self.rows(platform, wide, GROWTH)

        self.reconcile(platform, narrow, ana)

        assert seen_wide == set(ROWS)
        assert self.rows(platform, narrow, GROWTH) == {(1, "LH", 10), (2, "AF", 20)}

    @pytest.mark.parametrize(
        ("filters", "ids"),
        [
            ((RowFilter("carrier", "=", "LH"),), {1}),
            ((RowFilter("carrier", "<>", "LH"),), {2, 3}),
            ((RowFilter("minutes", ">=", 20),), {2, 3}),
            ((RowFilter("minutes", ">", 10), RowFilter("minutes", "<", 30)), {2}),
            ((RowFilter("carrier", "not in", ("LH", "AF")),), {3}),
            ((RowFilter("note", "is null"),), {3}),
            ((RowFilter("note", "is not null"),), {1, 2}),
            ((RowFilter("carrier", "=", "LH' OR true --"),), set()),
            ((RowFilter("carrier", "=", "\\' OR true --"),), set()),
            ((RowFilter("carrier", "in", ("'); DROP TABLE x; --", "AF")),), {2}),
        ],
    )
    def test_t15_row_filters_mean_what_they_say(
        self, platform: Platform, filters: tuple[RowFilter, ...], ids: set[int]
    ) -> None:
        variant = self.variant(platform, columns=("id",), row_filters=filters)

        self.reconcile(platform, variant, self.member(platform))

        assert self.rows(platform, variant, GROWTH) == {(one,) for one in ids}


class ShowsAll(ContractWords):
    """T15, where a port is shown whole or not at all."""

    def test_t15_a_restriction_it_cannot_hold_is_withheld(self, platform: Platform) -> None:
        narrow = self.variant(platform, row_filters=(RowFilter("carrier", "=", "LH"),))
        before = platform.fingerprint()

        plan = self.reconcile(platform, narrow, self.member(platform))

        assert (plan.steps, len(plan.withheld)) == ((), 1)
        assert platform.fingerprint() == before
        assert self.rows(platform, narrow, GROWTH) == "access-ended"


class AnswersInParts(ContractWords):
    """T20, where one call carries several entries, each of which may fail by itself.

    Levers beside those of `Platform`: `refuses_part(code, times)` lets the last entry of so many
    batches fail; `passing()` and `lasting()` are codes for a while and for good; `batches()` lists
    what each batch since the last question was made of. `ends_in_part`: without the entry that
    stays, nothing can be read any more.
    """

    ends_in_part = True

    def test_t20_only_the_entry_that_failed_is_sent_again(self, platform: Any) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        platform.refuses_part(platform.passing(), times=2)

        for _ in range(3):  # the connector or, with it, the engine tries again
            with suppress(Transient):
                self.reconcile(platform, variant, ana)

        first, *again = platform.batches()
        assert len(first) > 1
        assert again == [first[-1:], first[-1:]]
        self.assert_converged(platform, variant, ana)

    def test_t20_what_failed_for_good_is_told_and_the_rest_stays_done(self, platform: Any) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        connector = platform.connector
        platform.refuses_part(platform.lasting(), times=1)

        with pytest.raises(NeedsHuman, match=r"1 of \d entries of a grant") as caught:
            list(connector.apply(self.plan(platform, variant, ana), Held()))
        (first,) = platform.batches()
        observed = connector.observe(variant)
        probe = connector.probe(Grant(variant, GROWTH), expect_access=True)
        self.reconcile(platform, variant, ana)

        assert platform.lasting() in caught.value.message
        assert not observed.holds(PortDesired(variant, frozenset({ana})))
        assert (probe.ok, probe.positive) == (False, False)
        assert platform.batches() == [first[-1:]]
        self.assert_converged(platform, variant, ana)

    def test_t20_a_revoke_that_was_done_in_part_is_finished(self, platform: Any) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        connector = platform.connector
        self.reconcile(platform, variant, ana)
        platform.batches()
        platform.refuses_part(platform.lasting(), times=1)

        with pytest.raises(NeedsHuman, match=r"1 of \d entries of a revoke"):
            list(connector.apply(self.plan(platform, variant), Held()))
        (first,) = platform.batches()
        probe = connector.probe(Grant(variant, GROWTH), expect_access=False)
        stays = {one.principal for one in connector.observe(variant).members}
        self.reconcile(platform, variant)

        assert (probe.ok, stays) == (self.ends_in_part, {GROWTH})
        assert platform.batches() == [first[-1:]]
        self.assert_converged(platform, variant)
