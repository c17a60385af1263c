"""Two writers that meet try again; whoever lost the lease runs nothing more."""

from datetime import UTC, datetime

import pytest

from marketplace.connectors.base import Plan, StaleLease, Step, StepResult, Transient
from marketplace.connectors.sql.applying import Raced, apply
from tests.connectors.contract import Held, Lost

AT = datetime(2026, 1, 1, tzinfo=UTC)
PLAN = Plan.of(
    "mp_test_1",
    tuple(Step(name, f"GRANT {name}", "", reversible=False, risk="widens") for name in "ab"),
    (),
)


class Platform:
    """Lets so many tries of each step meet another writer."""

    def __init__(self, races: int) -> None:
        self.races, self.tried = races, list[str]()

    def run(self, step: Step) -> StepResult:
        self.tried.append(step.id)
        if self.tried.count(step.id) <= self.races:
            raise Raced(Transient("another writer was there"))
        return StepResult(step.id, ok=True, detail="done", at=AT)


def test_a_step_that_met_another_writer_is_tried_again_and_the_next_one_follows():
    platform, lease = Platform(races=2), Held()

    done = list(apply(PLAN, lease, platform.run, pause_s=0))

    assert [one.step_id for one in done] == ["a", "b"]
    assert platform.tried == ["a", "a", "a", "b", "b", "b"]
    assert lease.asked == 6


def test_after_six_tries_the_engine_hears_the_drivers_refusal():
    platform = Platform(races=6)

    with pytest.raises(Transient, match="another writer was there"):
        list(apply(PLAN, Held(), platform.run, pause_s=0))

    assert platform.tried == ["a"] * 6


def test_who_lost_the_lease_runs_nothing_more():
    platform = Platform(races=0)

    with pytest.raises(StaleLease):
        list(apply(PLAN, Lost(after=1), platform.run, pause_s=0))

    assert platform.tried == ["a"]
