"""Measure at size: `python -m bench.scale [--grants 1000] [--changes 200] [--names 200]`."""

import argparse
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.chaos import storms
from bench.chaos.ground import prepare
from bench.scale import works
from bench.stack import ROOT, Stack


def main() -> int:
    """Start a stack of its own, measure, print a line for each, write JSON; 1 when one misses."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the stack has to end with us
    load, rows = os.getloadavg()[0], []

    def keep(*found: dict[str, Any]) -> None:
        for one in found:
            rows.append(one)
            print(line(one), flush=True)

    with Stack() as stack:
        print(f"Ready after {stack.ready_seconds:.1f} s.", flush=True)
        people = prepare(stack, people=given.grants)
        works.census_every(given.census)
        lives, first = works.give(people)
        keep(first)
        keep(*works.suspend_and_restore(given.grants))
        keep(*works.drift(lives, given.changes))
        keep(works.revoke(lives[: given.revokes], every=given.every))
        keep(works.hostile(given.names))
        chain = storms.chain_holds()
    facts = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": load,
        "load_after": os.getloadavg()[0],
        "chain_holds": chain,
        "census_seconds": given.census,
        "rows": rows,
    }
    print(f"The audit chain {'holds' if chain else 'is BROKEN'}.")
    Path(given.json).parent.mkdir(exist_ok=True)
    Path(given.json).write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return 0 if chain and all(one["ok"] for one in rows) else 1


def line(found: dict[str, Any]) -> str:
    """Write one row of a table in Markdown."""
    shown = {name: value for name, value in found.items() if name not in _HEAD}
    words = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in shown.items())
    verdict = "met" if found["ok"] else "MISSED"
    return f"| {found['what']} | {found['number']} | {found['goal']} | {verdict} | {words} |"


_HEAD = ("what", "number", "goal", "ok")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--grants", type=int, default=1000, help="grants on one port")
    parser.add_argument("--changes", type=int, default=200, help="manual changes among them")
    parser.add_argument("--census", type=int, default=60, help="seconds between two censuses")
    parser.add_argument("--revokes", type=int, default=200, help="how many are revoked")
    parser.add_argument("--every", type=float, default=0.25, help="seconds between two revokes")
    parser.add_argument("--names", type=int, default=200, help="people with hostile names")
    name = f"scale-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    parser.add_argument("--json", default=str(ROOT / "bench" / "results" / name))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
