"""The conformance suite of connectors: the questions stand once, every connector answers them.

A connector's test names `ConnectorContract` and gives a `Platform`: the connector together with
the levers of a test, which act as somebody else who works on the same platform (an administrator,
a colleague with a console) or as the consumer. T-numbers are those of the conformance list in
`docs/how-to/add-a-connector.md`.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

import pytest

from marketplace.connectors.base import (
    Conflict,
    Connector,
    Finding,
    Grant,
    Limits,
    Member,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    QueryRefused,
    RowFilter,
    StaleLease,
    Transient,
)

GROWTH = Principal("team", "growth")  # ana's team
CUSTOMER = Principal("team", "customer")  # petra's team
SID = Principal("user", "sid")  # is never granted anything
COLUMNS = ("id", "carrier", "minutes")
ROWS = [(1, "LH", 10, "seat 4A"), (2, "AF", 20, "seat 1C"), (3, "KL", 30, None)]
"""The base relation: the three columns above and `note`, which holds personal data."""


class Held:
    """A lease that is ours."""

    def __init__(self) -> None:
        self.asked = 0

    def fence(self) -> None:
        self.asked += 1


class Lost:
    """A lease that another worker took over after some steps."""

    def __init__(self, after: int = 0) -> None:
        self.left = after

    def fence(self) -> None:
        if self.left == 0:
            raise StaleLease("another worker has this handle")
        self.left -= 1


class Platform(Protocol):
    """A connector, and what others can do on its platform."""

    connector: Connector
    port: str
    relation: tuple[str, str]
    base: tuple[str, str]

    # Two that may be left out: `refused_with` (42501), the platform's own word for a refusal, and
    # `shortest` (0.6), the seconds of the shortest access that it can end by itself.

    def now(self) -> datetime: ...
    def fingerprint(self) -> object: ...
    def takes_membership(self, variant: PortVariant, principal: Principal) -> None: ...
    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None: ...
    def alters_view(self, variant: PortVariant) -> None: ...
    def lets_in(self, variant: PortVariant) -> str: ...
    def drops_login(self, principal: Principal) -> None: ...
    def remakes_login(self, principal: Principal) -> None: ...
    def lies(self) -> None: ...
    def secrets(self) -> list[str]: ...
    def weak(self) -> list[Finding]: ...
    def strong(self) -> list[Finding]: ...


def refused_with(platform: Platform) -> str:
    return getattr(platform, "refused_with", "42501")


def select_all(variant: PortVariant) -> str:
    return f'SELECT * FROM "{variant.relation_schema}"."{variant.relation_name}"'


class ConnectorContract:
    """Inherit, and give a fixture `platform`."""

    # --- words of the tests --------------------------------------------------------------------

    def restricts(self, platform: Platform, what: str) -> bool:
        return what in platform.connector.capabilities().restrictions

    def needs(self, platform: Platform, what: str) -> None:
        if not self.restricts(platform, what):
            pytest.skip(f"this platform shows its ports whole: it restricts no {what}")

    def shown(self, platform: Platform) -> set[Any]:
        """What the port of the tests shows."""
        if not self.restricts(platform, "rows"):
            return set(ROWS)
        return {(1, "LH", 10), (2, "AF", 20)}

    def variant(self, platform: Platform, **changes: Any) -> PortVariant:
        facts: dict[str, Any] = {
            "port_id": platform.port,
            "port_key": "flight-operations.flight-delays/curated/1",
            "relation_schema": platform.relation[0],
            "relation_name": platform.relation[1],
            "base_schema": platform.base[0],
            "base_table": platform.base[1],
            "columns": COLUMNS,
            "row_filters": (RowFilter("carrier", "in", ("LH", "AF")),),
        }
        if not self.restricts(platform, "rows"):
            facts |= {"columns": (*COLUMNS, "note"), "row_filters": ()}
        return PortVariant(**facts | changes)

    def member(
        self, platform: Platform, principal: Principal = GROWTH, lasts: float | None = 3600
    ) -> Member:
        until = None if lasts is None else platform.now() + timedelta(seconds=lasts)
        return Member(principal, until, f"agreement-of-{principal.key}")

    def plan(self, platform: Platform, variant: PortVariant, *members: Member) -> Plan:
        connector = platform.connector
        return connector.plan(PortDesired(variant, frozenset(members)), connector.observe(variant))

    def reconcile(self, platform: Platform, variant: PortVariant, *members: Member) -> Plan:
        plan = self.plan(platform, variant, *members)
        results = list(platform.connector.apply(plan, Held()))
        assert [result.step_id for result in results] == [step.id for step in plan.steps]
        assert all(result.ok for result in results)
        return plan

    def rows(self, platform: Platform, variant: PortVariant, who: Principal) -> set[Any] | str:
        """What a consumer sees: rows, or the code of the refusal."""
        try:
            seen = platform.connector.query(Grant(variant, who), select_all(variant), Limits())
        except QueryRefused as refusal:
            return refusal.code
        except Transient:
            return "session-ended"  # replacing the view ends the sessions that had it open
        return {tuple(row) for row in seen.rows}

    def assert_converged(self, platform: Platform, variant: PortVariant, *members: Member) -> None:
        observed = platform.connector.observe(variant)
        assert observed.holds(PortDesired(variant, frozenset(members)))
        assert observed.view_digest == variant.digest
        assert not self.plan(platform, variant, *members)
        for principal in (GROWTH, CUSTOMER):
            expected = principal in {member.principal for member in members}
            probe = platform.connector.probe(Grant(variant, principal), expect_access=expected)
            seen = (probe.ok, probe.positive, probe.negative)
            assert seen == (True, expected, True), probe.details

    # --- T01 to T04: grant and revoke ----------------------------------------------------------

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

    # --- T05, T06, T19, T21: crashes, races, time-outs, stale leases ---------------------------

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

    # --- T07 to T11: what others do ------------------------------------------------------------

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

    # --- T12 to T15: names, expiry, restrictions ----------------------------------------------

    def test_t13_access_ends_at_its_end_without_any_worker(self, platform: Platform) -> None:
        if not platform.connector.capabilities().native_expiry:
            pytest.skip("this platform ends nothing by itself: the engine's sweep does")
        variant = self.variant(platform)
        ana = self.member(platform, lasts=getattr(platform, "shortest", 0.6))
        self.reconcile(platform, variant, ana)
        assert self.rows(platform, variant, GROWTH) == self.shown(platform)

        while (began := platform.now()) < (ana.valid_until or began):
            seen = self.rows(platform, variant, GROWTH)
            assert seen != set()
        seen = self.rows(platform, variant, GROWTH)

        assert seen == "access-ended"
        probe = platform.connector.probe(Grant(variant, GROWTH), expect_access=False)
        assert (probe.ok, probe.positive, probe.negative) == (True, False, True)

    def test_t14_no_moment_is_wider_than_allowed(self, platform: Platform) -> None:
        self.needs(platform, "rows")
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
            for _ in range(5):
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
        self.needs(platform, "rows")
        narrow = self.variant(platform)
        wide = self.variant(platform, row_filters=(), columns=(*COLUMNS, "note"))
        ana = self.member(platform)
        self.reconcile(platform, narrow, ana)
        self.reconcile(platform, wide, ana)
        seen_wide = self.rows(platform, wide, GROWTH)

        self.reconcile(platform, narrow, ana)

        assert seen_wide == set(ROWS)
        assert self.rows(platform, narrow, GROWTH) == {(1, "LH", 10), (2, "AF", 20)}

    def test_t15_columns_rows_and_objects_not_granted_are_denied(self, platform: Platform) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)

        seen = platform.connector.query(Grant(variant, GROWTH), select_all(variant), Limits())

        assert tuple(column.name for column in seen.columns) == variant.columns
        assert {tuple(row) for row in seen.rows} == self.shown(platform)
        assert self.rows(platform, variant, SID) == "access-ended"
        probe = platform.connector.probe(Grant(variant, SID), expect_access=False)
        assert (probe.ok, probe.positive, probe.negative) == (True, False, True)

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
        self.needs(platform, "rows")
        variant = self.variant(platform, columns=("id",), row_filters=filters)

        self.reconcile(platform, variant, self.member(platform))

        assert self.rows(platform, variant, GROWTH) == {(one,) for one in ids}

    def test_t15_a_restriction_it_cannot_hold_is_withheld(self, platform: Platform) -> None:
        if self.restricts(platform, "rows"):
            pytest.skip("this platform restricts rows")
        narrow = self.variant(platform, row_filters=(RowFilter("carrier", "=", "LH"),))
        before = platform.fingerprint()

        plan = self.reconcile(platform, narrow, self.member(platform))

        assert (plan.steps, len(plan.withheld)) == ((), 1)
        assert platform.fingerprint() == before
        assert self.rows(platform, narrow, GROWTH) == "access-ended"

    # --- T16, T17: reading only, and no secrets ------------------------------------------------

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

    # --- T22 to T24: lies, digests, credentials ------------------------------------------------

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

    def test_t24_a_credential_too_weak_or_too_strong_is_found(self, platform: Platform) -> None:
        assert [finding.level for finding in platform.connector.check()] == []
        assert "error" in {finding.level for finding in platform.weak()}
        assert "warning" in {finding.level for finding in platform.strong()}
