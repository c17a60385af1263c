"""What is reported of each fault: one row, with the goals it is held against."""

from collections.abc import Sequence
from typing import Any, Final

from bench.chaos.kills import Tally
from bench.chaos.lives import Faults

RECOVERY_P99_S: Final = 60.0
_HEAD: Final = (
    "fault", "runs", "lost", "duplicate", "extra", "overdue", "recovery p50 s", "p99 s", "goal",
)  # fmt: skip


def of_kills(tally: Tally) -> dict[str, Any]:
    """Give the row of the kills at boundaries."""
    row = of_runs("worker killed at a boundary", tally.kills, tally.faults, tally.recoveries)
    short = tally.phases - len(tally.recoveries)
    return row | {
        "ok": row["ok"] and not short,
        "phases": tally.phases,
        "boundaries": len(tally.places),
        "places": dict(tally.places.most_common()),
        "seconds": round(tally.seconds, 1),
    }


def of_runs(
    name: str, runs: int, faults: Faults, seconds: Sequence[float], *, goal: float = RECOVERY_P99_S
) -> dict[str, Any]:
    """Give the row of one kind of fault; ``goal`` is the most that the p99 may be, in seconds."""
    wrong = faults.lost + faults.duplicate + faults.extra + faults.overdue
    p99 = at(seconds, 0.99)
    return {
        "fault": name,
        "runs": runs,
        "lost": faults.lost,
        "duplicate": faults.duplicate,
        "extra": faults.extra,
        "overdue": faults.overdue,
        "p50": at(seconds, 0.5),
        "p99": p99,
        "goal": f"0 / 0 / 0 / 0, p99 <= {goal:g} s",
        "ok": not wrong and bool(seconds) and p99 <= goal,
        "found": faults.found[:50],
    }


def at(seconds: Sequence[float], share: float) -> float:
    """Give a quantile by the nearest rank; 0 of nothing."""
    ordered = sorted(seconds)
    if not ordered:
        return 0.0
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)


def lines(rows: Sequence[dict[str, Any]]) -> str:
    """Write the rows as a table in Markdown."""
    shown = [f"| {' | '.join(_HEAD)} |", f"|{' --- |' * len(_HEAD)}"]
    for row in rows:
        verdict = f"{row['goal']} {'met' if row['ok'] else 'MISSED'}"
        names = ("fault", "runs", "lost", "duplicate", "extra", "overdue", "p50", "p99")
        cells = [*(row[name] for name in names), verdict]
        shown.append(f"| {' | '.join(str(cell) for cell in cells)} |")
        shown += [f"  ! {words}" for words in row["found"][:10]]
    return "\n".join(shown)
