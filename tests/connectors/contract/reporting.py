"""The questions as they are put to connectors that order and are told: nothing is tried there."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from marketplace.connectors.base import (
    BadIdentifier,
    Conflict,
    Grant,
    Member,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    RowFilter,
    StaleLease,
)
from marketplace.connectors.reported import StaleReport
from tests.connectors.contract.naming import HOSTILE
from tests.connectors.contract.platform import CUSTOMER, GROWTH, SID, Held, Lost

UNTIL = datetime(2026, 12, 31, tzinfo=UTC)


def variant(**changes: Any) -> PortVariant:
    facts: dict[str, Any] = {
        "port_id": "port-1",
        "port_key": "flight-operations.flight-delays/curated/1",
        "relation_schema": "flight_operations_products",
        "relation_name": "flight_delays_curated",
        "base_schema": "flight_operations",
        "base_table": "flights",
        "columns": ("id", "carrier"),
        "row_filters": (RowFilter("carrier", "in", ("LH", "O'B")),),
    }
    return PortVariant(**facts | changes)


def wanted(shown: PortVariant, *principals: Principal) -> PortDesired:
    return PortDesired(shown, frozenset(Member(one, UNTIL, f"of-{one.key}") for one in principals))


def ordered(connector: Any, desired: PortDesired) -> Plan:
    plan: Plan = connector.plan(desired, connector.observe(desired.variant))
    list(connector.apply(plan, Held()))
    return plan


class Ordering(Protocol):
    """A connector that orders, where it keeps its orders, and what must not be told."""

    connector: Any
    folder: Path
    secrets: tuple[str, ...]

    def lines(self, shown: PortVariant) -> int:
        """How many lines an order for ana's team has."""


HANDLE = variant().handle("test")
PORT = Grant(variant(), GROWTH)


class ReportedContract:
    """Inherit, and give a fixture `ordering`."""

    def done(self, ordering: Ordering, generation: int) -> None:
        ordering.connector.report(HANDLE, generation, "done", by="olaf")

    def kept(self, ordering: Ordering) -> dict[str, bytes]:
        files = sorted(one for one in ordering.folder.rglob("*") if one.is_file())
        return {str(one): one.read_bytes() for one in files if one.name != "lock"}

    def test_t01_ordered_is_not_granted_until_somebody_says_so(self, ordering: Ordering) -> None:
        connector, desired = ordering.connector, wanted(variant(), GROWTH)

        ordered(connector, desired)
        waiting = connector.observe(variant())
        before = connector.probe(PORT, expect_access=True)
        self.done(ordering, 1)
        after = connector.probe(PORT, expect_access=True)

        assert not waiting.holds(desired)
        assert {one.missing for one in waiting.members} == {frozenset({"confirmation"})}
        assert (before.ok, before.positive, before.level) == (False, False, "reported")
        assert (after.ok, after.positive, after.level) == (True, True, "reported")
        assert after.details[0].sql == "done by olaf"
        assert connector.observe(variant()).holds(desired)

    def test_t02_ordering_again_orders_nothing(self, ordering: Ordering) -> None:
        desired = wanted(variant(), GROWTH)
        plan = ordered(ordering.connector, desired)
        again = ordered(ordering.connector, desired)
        list(ordering.connector.apply(plan, Held()))
        self.done(ordering, 1)

        assert not again
        assert not ordered(ordering.connector, desired)
        assert ordering.connector.observe(variant()).holds(desired)

    def test_t03_a_revoke_is_not_done_until_somebody_says_so(self, ordering: Ordering) -> None:
        connector = ordering.connector
        ordered(connector, wanted(variant(), GROWTH, CUSTOMER))
        self.done(ordering, 1)

        plan = ordered(connector, wanted(variant(), CUSTOMER))
        members = {one.principal: one.missing for one in connector.observe(variant()).members}
        self.done(ordering, 2)

        assert [step.risk for step in plan.steps] == ["narrows"]
        assert members[GROWTH] == {"confirmation", "leaving"}
        assert connector.probe(PORT, expect_access=False).ok
        assert connector.observe(variant()).holds(wanted(variant(), CUSTOMER))

    def test_t04_revoking_again_orders_nothing(self, ordering: Ordering) -> None:
        connector, nobody = ordering.connector, wanted(variant())
        ordered(connector, wanted(variant(), GROWTH))
        self.done(ordering, 1)
        ordered(connector, nobody)

        again = ordered(connector, nobody)
        self.done(ordering, 2)

        assert not again
        assert not ordered(connector, nobody)
        assert connector.observe(variant()).holds(nobody)

    def test_t05_a_crash_before_or_after_the_order_heals(self, ordering: Ordering) -> None:
        connector, desired = ordering.connector, wanted(variant(), GROWTH)
        plan = connector.plan(desired, connector.observe(variant()))

        for crash_after in range(len(plan.steps) + 1):
            applying = connector.apply(plan, Held())
            for _ in range(crash_after):
                next(applying)
        list(connector.apply(plan, Held()))
        self.done(ordering, 1)

        assert connector.observe(variant()).holds(desired)

    def test_t06_two_orders_at_once_are_one(self, ordering: Ordering) -> None:
        connector, desired = ordering.connector, wanted(variant(), GROWTH)
        plan = connector.plan(desired, connector.observe(variant()))
        barrier = threading.Barrier(2)

        def run() -> None:
            barrier.wait()
            list(connector.apply(plan, Held()))

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert connector.order(HANDLE)["generation"] == 1
        self.done(ordering, 1)
        assert connector.observe(variant()).holds(desired)

    def test_t09_a_revoke_that_was_taken_and_not_done_is_never_believed(
        self, ordering: Ordering
    ) -> None:
        connector, nobody = ordering.connector, wanted(variant())
        ordered(connector, wanted(variant(), GROWTH))
        self.done(ordering, 1)

        ordered(connector, nobody)
        taken = connector.probe(PORT, expect_access=False)
        connector.report(HANDLE, 2, "failed", by="olaf", words="no such role")
        failed = connector.probe(PORT, expect_access=False)

        assert (taken.ok, failed.ok) == (False, False)
        assert not connector.observe(variant()).holds(nobody)

    def test_t12_hostile_names_are_one_word_of_an_order_or_refused(
        self, ordering: Ordering
    ) -> None:
        connector, before, refused = ordering.connector, self.kept(ordering), set[str]()
        for name in HOSTILE:
            try:
                shown = variant(relation_name=name)
                plan = connector.plan(wanted(shown, GROWTH), connector.observe(shown))
            except BadIdentifier:
                refused.add(name)
                continue
            assert len(plan.steps[0].do.splitlines()) == ordering.lines(shown)

        assert self.kept(ordering) == before
        assert refused >= {one for one in HOSTILE if set(one) & set("\x00\n\t\x07\u202e\ufeff")}

    def test_t12_hostile_consumers_are_one_word_of_an_order_or_refused(
        self, ordering: Ordering
    ) -> None:
        connector = ordering.connector
        for name in HOSTILE:
            try:
                member = Principal("user", name)
                desired = wanted(variant(), member)
                plan = connector.plan(desired, connector.observe(variant()))
            except (BadIdentifier, ValueError):
                continue
            assert len(plan.steps[0].do.splitlines()) == ordering.lines(variant())

    def test_t15_who_is_in_no_order_has_no_access(self, ordering: Ordering) -> None:
        ordered(ordering.connector, wanted(variant(), GROWTH))
        self.done(ordering, 1)

        probe = ordering.connector.probe(Grant(variant(), SID), expect_access=False)

        assert (probe.ok, probe.positive, probe.level) == (True, False, "reported")

    def test_t16_observing_writes_nothing(self, ordering: Ordering) -> None:
        ordered(ordering.connector, wanted(variant(), GROWTH))
        before = self.kept(ordering)

        ordering.connector.observe(variant())
        ordering.connector.check()
        ordering.connector.probe(PORT, expect_access=True)
        ordering.connector.plan(wanted(variant()), ordering.connector.observe(variant()))

        assert self.kept(ordering) == before

    def test_t17_no_secret_shows(
        self, ordering: Ordering, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        plan = ordered(ordering.connector, wanted(variant(), GROWTH))
        told = [repr(ordering.connector.config), repr(plan), caplog.text]
        told += [one.decode() for one in self.kept(ordering).values()]

        for secret in ordering.secrets:
            assert not any(secret in one for one in told)

    def test_t19_an_order_told_twice_is_one(self, ordering: Ordering) -> None:
        connector, desired = ordering.connector, wanted(variant(), GROWTH)
        plan = connector.plan(desired, connector.observe(variant()))
        unheard = list(connector.apply(plan, Held()))

        retried = list(connector.apply(plan, Held()))

        assert [one.step_id for one in retried] == [one.step_id for one in unheard]
        assert connector.order(HANDLE)["generation"] == 1

    def test_t21_a_stale_lease_orders_nothing_and_a_stale_report_counts_for_nothing(
        self, ordering: Ordering
    ) -> None:
        connector, before = ordering.connector, self.kept(ordering)
        plan = connector.plan(wanted(variant(), GROWTH), connector.observe(variant()))

        with pytest.raises(StaleLease):
            list(connector.apply(plan, Lost()))
        assert self.kept(ordering) == before
        list(connector.apply(plan, Held()))
        ordered(connector, wanted(variant(), GROWTH, CUSTOMER))
        with pytest.raises(StaleReport):
            self.done(ordering, 1)

        assert not connector.observe(variant()).holds(wanted(variant(), GROWTH, CUSTOMER))

    def test_t22_an_answer_to_an_order_is_never_evidence(self, ordering: Ordering) -> None:
        plan = ordering.connector.plan(
            wanted(variant(), GROWTH), ordering.connector.observe(variant())
        )

        results = list(ordering.connector.apply(plan, Held()))

        probe = ordering.connector.probe(PORT, expect_access=True)
        assert all(result.ok for result in results)
        assert (probe.ok, probe.positive, probe.level) == (False, False, "reported")

    def test_t23_a_plan_is_pure_and_another_one_is_refused(self, ordering: Ordering) -> None:
        connector, before = ordering.connector, self.kept(ordering)
        observed = connector.observe(variant())

        one = connector.plan(wanted(variant(), GROWTH, CUSTOMER), observed)
        same = connector.plan(wanted(variant(), CUSTOMER, GROWTH), observed)
        fewer = connector.plan(wanted(variant(), GROWTH), observed)

        assert one == same
        assert one.digest != fewer.digest
        with pytest.raises(Conflict, match="digest"):
            list(connector.apply(Plan(one.handle, fewer.steps, one.digest), Held()))
        assert self.kept(ordering) == before

    def test_t24_a_folder_that_cannot_be_used_is_found(self, ordering: Ordering) -> None:
        assert ordering.connector.check() == []
        (ordering.folder / ".emporion").rename(ordering.folder / "elsewhere")
        (ordering.folder / ".emporion").write_text("a file where a folder is to be")

        (finding,) = ordering.connector.check()

        assert (finding.level, finding.code) == ("error", "no-folder")
