"""Strike, and report: `python -m bench.chaos [--kills 2000] [--seconds 1800] [--storms 5]`."""

import argparse
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.chaos import kills, storms
from bench.chaos.ground import prepare
from bench.chaos.report import lines, of_kills
from bench.stack import ROOT, Stack

_PEOPLE = 12


def main() -> int:
    """Start a stack of its own, strike it, print a table, write JSON; 1 when something is wrong."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the stack has to end with us
    with Stack() as stack:
        print(f"Ready after {stack.ready_seconds:.1f} s.", flush=True)
        chosen = [name for name in storms.FAULTS if given.only in name]
        struck = given.storms * len(chosen) * storms.EACH
        people = prepare(stack, people=_PEOPLE + struck + given.grants)
        rows: list[dict[str, Any]] = []
        if given.kills:
            with storms.workers_away(stack):
                tally = kills.batter(
                    people[:_PEOPLE], kills=given.kills, seconds=given.seconds, say=_say
                )
            rows.append(of_kills(tally))
        if given.storms:
            crowd = people[_PEOPLE : _PEOPLE + struck]
            rows += storms.rage(stack, crowd, chosen, times=given.storms, say=_say)
        if given.expiries:
            rows.append(storms.expiry(stack, people[0], times=given.expiries))
        if given.grants:
            rows.append(storms.many(people[_PEOPLE + struck :]))
        chain = storms.chain_holds()
    facts = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "load": os.getloadavg()[0],
        "chain_holds": chain,
        "rows": rows,
    }
    print(lines(rows))
    print(f"The audit chain {'holds' if chain else 'is BROKEN'}.")
    Path(given.json).parent.mkdir(exist_ok=True)
    Path(given.json).write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return 0 if chain and all(row["ok"] for row in rows) else 1


def _say(words: str) -> None:
    print(words, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=2000, help="workers to kill at boundaries")
    parser.add_argument("--seconds", type=float, default=3600, help="at most so long for kills")
    parser.add_argument("--storms", type=int, default=3, help="how often each fault strikes")
    parser.add_argument("--only", default="", help="only the faults with this in their name")
    parser.add_argument("--expiries", type=int, default=5, help="ends with all workers stopped")
    parser.add_argument("--grants", type=int, default=400, help="grants asked for at once")
    name = f"chaos-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    parser.add_argument("--json", default=str(ROOT / "bench" / "results" / name))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
