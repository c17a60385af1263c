"""The harness of `make chaos`, in short: workers killed one boundary further each time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = 24
OURS = ("DATABASE_URL", "BROKER_URL", "WAREHOUSE_", "EMPORION_", "SECRET_KEY")


@pytest.mark.slow
def test_workers_killed_at_boundaries_lose_nothing_and_do_nothing_twice(tmp_path):
    report = tmp_path / "chaos.json"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    arguments = ["--kills", str(KILLS), "--storms", "0", "--expiries", "1", "--grants", "24"]

    done = subprocess.run(
        [sys.executable, "-m", "bench.chaos", *arguments, "--json", str(report)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert report.exists(), done.stdout + done.stderr
    found = json.loads(report.read_text(encoding="utf-8"))
    killed, ended, many = found["rows"]
    wrong = {name: killed[name] for name in ("lost", "duplicate", "extra", "overdue")}
    assert wrong == {"lost": 0, "duplicate": 0, "extra": 0, "overdue": 0}, killed["found"]
    assert killed["runs"] >= KILLS
    assert killed["boundaries"] >= KILLS / 2
    assert killed["p99"] <= 60
    assert max(ended["errors"]) <= 1.0, "rows were readable after the end"
    assert (many["failed"], many["lost"], many["extra"]) == (0, 0, 0), many["found"]
    assert found["chain_holds"]
