"""Production refuses to start on a sample, a short key, or in clear."""

import os
import subprocess
import sys

import pytest

GOOD = {
    "EMPORION_ENV": "production",
    "SECRET_KEY": "x" * 50,
    "EMPORION_FIELD_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "EMPORION_BASE_URL": "https://data.example.org",
    "ALLOWED_HOSTS": "data.example.org",
}


def start(tmp_path, **changes):
    env = {
        **{k: v for k, v in os.environ.items() if k in ("PATH", "DATABASE_URL", "BROKER_URL")},
        **GOOD,
        "EMPORION_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        **changes,
    }
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup(); print('started')"],
        env={k: v for k, v in env.items() if v is not None},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_production_instance_with_all_its_settings_starts(tmp_path):
    assert start(tmp_path).stdout.strip() == "started"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is a sample or short"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is a sample or short"),
        ({"EMPORION_FIELD_KEY": ""}, "EMPORION_FIELD_KEY is missing"),
        ({"DEBUG": "1"}, "DEBUG is on"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS allows every name"),
        ({"EMPORION_BASE_URL": "http://data.example.org"}, "EMPORION_BASE_URL is not https"),
    ],
)
def test_a_weak_production_instance_does_not_start(tmp_path, changes, words):
    ended = start(tmp_path, **changes)

    assert ended.returncode != 0
    assert words in ended.stderr
