"""The measures of `bench.scale`, in small: what they count is right, whatever the clock says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.scale.__main__ import line

ROOT = Path(__file__).resolve().parents[2]
GRANTS, CHANGES, REVOKES, NAMES = 16, 8, 4, 20
OURS = ("DATABASE_URL", "BROKER_URL", "WAREHOUSE_", "EMPORION_", "SECRET_KEY")


@pytest.mark.slow
def test_what_is_measured_at_size_holds_in_small(tmp_path):
    report = tmp_path / "scale.json"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    sizes = {"grants": GRANTS, "changes": CHANGES, "revokes": REVOKES, "names": NAMES}
    arguments = [f"--{name}={number}" for name, number in sizes.items()]
    arguments += ["--census=5", "--every=0.05", f"--json={report}"]

    done = subprocess.run(
        [sys.executable, "-m", "bench.scale", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert report.exists(), done.stdout + done.stderr
    found = json.loads(report.read_text(encoding="utf-8"))
    assert all(one["ok"] for one in found["rows"]), done.stdout
    given, held_back, restored, changed, untouched, revoked, hostile = found["rows"]
    assert (given["number"], given["failed"]) == (GRANTS, 0)
    assert held_back["seconds"] <= held_back["proven_seconds"]
    assert restored["number"] == 2 * GRANTS
    kinds = {"missing": 4, "altered": 2, "orphan": 1, "foreign": 1}
    assert (changed["kinds"], changed["wrong"]) == (kinds, [])
    assert (untouched["number"], untouched["proven_again"]) == (GRANTS - 7 + 1, 0)
    assert untouched["strangers_left"] == 1
    assert (revoked["number"], hostile["number"]) == (REVOKES, NAMES)
    assert found["chain_holds"]
    assert done.returncode == 0


def test_a_row_tells_its_goal_and_whether_it_was_met():
    row = {"what": "revoke", "number": 6, "goal": "p99 <= 10 s", "ok": False, "p99": 11.5}

    assert line(row) == "| revoke | 6 | p99 <= 10 s | MISSED | p99 11.5 |"
