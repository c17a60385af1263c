"""The platform in memory answers the same questions as a real one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from marketplace.connectors.base import (
    Finding,
    Grant,
    Limits,
    Permanent,
    PortVariant,
    Principal,
    QueryRefused,
    Transient,
)
from marketplace.connectors.memory import MemoryConnector, MemoryPlatform, Table
from tests.connectors.contract import (
    GROWTH,
    ROWS,
    SID,
    ConnectorContract,
    EndsByItself,
    Held,
    NarrowsRows,
    ObeysLimits,
    Told,
)


class MemoryLevers:
    """What others do on the platform in memory."""

    def __init__(self) -> None:
        self.connector: Any = MemoryConnector()
        self.state: MemoryPlatform = self.connector.platform
        self.port, self.relation, self.base = "port-1", ("published", "delays"), ("raw", "delays")
        self.state.tables[self.base] = Table(("id", "carrier", "minutes", "note"), list(ROWS))

    def _handle(self, variant: PortVariant) -> Any:
        return self.state.handles[variant.handle("test")]

    def now(self) -> datetime:
        return self.state.clock()

    def fingerprint(self) -> object:
        return self.state.writes

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        del self._handle(variant).members[principal]

    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None:
        del self._handle(variant).entitled[principal]

    def alters_view(self, variant: PortVariant) -> None:
        self._handle(variant).altered = True

    def lets_in(self, variant: PortVariant) -> str:
        self._handle(variant).foreign.add("bob is a member, granted by admin")
        return "bob"

    def drops_login(self, principal: Principal) -> None:
        del self.state.logins[principal]

    def remakes_login(self, principal: Principal) -> None:
        self.state.new_login(principal)

    def lies(self) -> None:
        self.state.lies = True

    @contextmanager
    def keeping(self, variant: PortVariant) -> Iterator[None]:
        del variant
        self.state.lies = True
        yield
        self.state.lies = False

    @contextmanager
    def throttling(self) -> Iterator[Told]:
        self.state.busy = Transient("429 Too Many Requests", retry_after=7.0)
        yield Told(lambda: self.state.refused, 7.0)
        self.state.busy = None

    def secrets(self) -> list[str]:
        return []

    def weak(self) -> list[Finding]:
        return [Finding("error", "no-createrole", "It may not create roles.")]

    def strong(self) -> list[Finding]:
        return [Finding("warning", "superuser", "It is a superuser.")]


class TestMemory(ConnectorContract, EndsByItself, NarrowsRows, ObeysLimits):
    answers_for = "In memory, for tests"

    # In memory any base may be published: there is nothing outside that could be missing.
    test_t12_hostile_names_of_what_is_shared_change_nothing = None

    @pytest.fixture
    def platform(self) -> MemoryLevers:
        return MemoryLevers()

    def test_t18_a_throttled_step_stops_the_run_with_the_time_to_wait(
        self, platform: MemoryLevers
    ) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        plan = self.plan(platform, variant, ana)
        platform.state.faults.append(Transient("429 Too Many Requests", retry_after=7.0))

        with pytest.raises(Transient) as caught:
            list(platform.connector.apply(plan, Held()))
        retried = list(platform.connector.apply(plan, Held()))

        assert caught.value.retry_after == 7.0
        assert len(retried) == len(plan.steps)
        self.assert_converged(platform, variant, ana)

    def test_its_evidence_is_never_called_proven(self, platform: MemoryLevers) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)

        probe = platform.connector.probe(Grant(variant, ana.principal), expect_access=True)

        assert probe.level == "simulated"

    def test_it_describes_profiles_and_opens_as_the_others_do(self, platform: MemoryLevers) -> None:
        connector, variant = platform.connector, self.variant(platform)
        self.reconcile(platform, variant, self.member(platform))
        grant = Grant(variant, GROWTH)
        platform.state.sessions[GROWTH] = 2

        described = connector.describe(*platform.base)
        carrier = connector.profile(platform.base, 10)[1]

        assert [column.name for column in described.columns] == ["id", "carrier", "minutes", "note"]
        assert (carrier.sampled, carrier.nulls, carrier.distinct, carrier.minimum) == (
            3,
            0,
            3,
            "AF",
        )
        assert connector.sample(variant, 1).truncated is True
        assert connector.end_sessions(GROWTH, variant) == 2
        assert connector.credentials(grant, timedelta(minutes=1)).database == "memory"
        assert connector.capabilities().native_expiry is True
        with pytest.raises(Permanent):
            connector.describe("raw", "nothing")
        with pytest.raises(QueryRefused, match="Only the whole"):
            connector.query(grant, "SELECT 1", Limits())
        with pytest.raises(QueryRefused):
            connector.credentials(Grant(variant, SID), timedelta(minutes=1))

    def test_a_query_that_is_cancelled_is_refused(self, platform: MemoryLevers) -> None:
        cancel = threading.Event()
        cancel.set()

        with pytest.raises(QueryRefused) as caught:
            platform.connector.query(
                Grant(self.variant(platform), GROWTH), "SELECT 1", Limits(), cancel
            )

        assert caught.value.code == "query-cancelled"
