"""Measure everything: `python -m bench [--products 10000] [--only reading] [--rounds 40]`."""

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.client import own_cost
from bench.figures import Row, table
from bench.ground import Ground, lay
from bench.stack import ROOT, Stack

_PARTS = ("reading", "graph", "access", "webhooks", "importing", "pages", "journey")
_ASKED_FOR = ("crowd",)
"""Takes minutes; measured with `--only crowd`."""


def main() -> int:
    """Start a stack, measure, write the results, stop."""
    given = _arguments()
    load_before = os.getloadavg()[0]
    with Stack() as stack:
        print(f"Ready after {stack.ready_seconds:.1f} s.")
        ground = lay(stack, products=given.products, columns=given.columns, rounds=given.rounds)
        rows: list[Row] = []
        for part in given.only.split(","):
            for row in _measured(part, ground):
                rows.append(row)
                print(table([row]).splitlines()[-1], flush=True)
        memory = stack.memory()
        facts = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": _machine(),
            "load_before": load_before,
            "load_after": os.getloadavg()[0],
            "products": given.products,
            "ready_seconds": stack.ready_seconds,
            "memory_mb": memory,
            "client_ms": own_cost(
                b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20000
            ),
        }
    print(_report(rows, facts))
    target = ROOT / "bench" / "results"
    target.mkdir(exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    found = {**facts, "rows": [row.as_json() for row in rows]}
    (target / f"{name}.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    (target / "last.md").write_text(_report(rows, facts), encoding="utf-8")
    return 0


def _measured(part: str, ground: Ground) -> list[Row]:
    """Run one part; the works of it are functions that give rows."""
    if part == "reading":
        from bench import reading

        return [
            row
            for work in (reading.floor, reading.search, reading.lists, reading.market)
            for row in work(ground)
        ]
    if part == "graph":
        from bench import graph

        return graph.lineage(ground)
    if part == "access":
        from bench import access

        return access.access(ground)
    if part == "crowd":
        from bench import crowd

        return crowd.crowd(ground)
    if part == "webhooks":
        from bench import webhooks

        return webhooks.webhooks(ground)
    if part == "pages":
        from bench import pages

        return pages.pages(ground)
    if part == "journey":
        from bench import journey

        return journey.journey()
    from bench import importing

    return importing.importing(ground)


def _report(rows: list[Row], facts: dict[str, object]) -> str:
    memory = facts["memory_mb"]
    assert isinstance(memory, dict)
    parts = ", ".join(f"{kind} {size:.0f}" for kind, size in sorted(memory.items()))
    return (
        f"Measured {facts['at']} on {facts['machine']}, {facts['products']:,} products; load "
        f"average {facts['load_before']:.2f} before, {facts['load_after']:.2f} after.\n"
        f"Stack ready after {facts['ready_seconds']:.1f} s. Memory (PSS): "
        f"{sum(memory.values()):.0f} MB ({parts}). The client needs {facts['client_ms']:.3f} ms of "
        f"processor time per request of 20 kB.\n\n{table(rows)}\n"
    )


def _machine() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.split(": ", 1)[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.machine()
    return f"{os.cpu_count()} cores ({name}), Python {platform.python_version()}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=40, help="How often; 10 is quick.")
    parser.add_argument(
        "--only",
        default=",".join(_PARTS),
        help=f"Some of {', '.join((*_PARTS, *_ASKED_FOR))}.",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
