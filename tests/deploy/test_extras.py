"""What an image or a clone gets beside the core, for the platforms that it talks to."""

import pytest

from deploy.extras import UnknownExtra, entries, extras, main

PROJECT = """
[project.optional-dependencies]
snow = ["Flake.Connector>=3"]
small = ["tiny"]
dev = ["pytest"]
embedded = ["servers"]
"""
LOCK = """\
core==1.0 \\
    --hash=sha256:aa
    # via emporion (pyproject.toml)
flake-connector==3.1 \\
    --hash=sha256:bb
    # via emporion (pyproject.toml)
shared==2.0 ; python_full_version < '3.13' \\
    --hash=sha256:cc
    # via
    #   core
    #   flake-connector
shared==2.1 ; python_full_version >= '3.13' \\
    --hash=sha256:dd
    # via flake-connector
under==5.0 \\
    --hash=sha256:ee
    # via shared
tiny==1.1 \\
    --hash=sha256:ff
    # via emporion (pyproject.toml)
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "requirements-connectors.lock").write_text(LOCK)
    return tmp_path


def pinned(text):
    return [line.split()[0] for line in text.splitlines() if "==" in line and line[0] != " "]


def test_an_extra_brings_what_it_needs_down_to_the_last(root):
    chosen = entries(["snow"], root)

    assert pinned(chosen) == ["flake-connector==3.1", "shared==2.0", "shared==2.1", "under==5.0"]
    assert "--hash=sha256:ee" in chosen


def test_several_extras_are_chosen_together(root):
    assert pinned(entries(["small", "snow"], root))[-1] == "tiny==1.1"
    assert entries([], root) == ""


def test_only_extras_for_platforms_can_be_chosen(root):
    assert extras(root) == {"snow": {"flake-connector"}, "small": {"tiny"}}
    with pytest.raises(UnknownExtra, match=r"no extra dev; there are small, snow"):
        entries(["dev"], root)


def test_our_own_lock_gives_the_driver_of_mariadb_with_its_hash(capsys):
    status = main(["mariadb"])

    printed = capsys.readouterr().out
    assert status == 0
    assert [line.partition("==")[0] for line in pinned(printed)] == ["pymysql"]
    assert "--hash=sha256:" in printed


def test_a_name_that_is_no_extra_is_refused_with_those_that_are(capsys):
    status = main(["mariadb", "oracle"])

    told = capsys.readouterr()
    assert (status, told.out) == (2, "")
    assert told.err == (
        "There is no extra oracle; there are aws, databricks, files, kafka, mariadb, nats,"
        " parquet, rabbitmq.\n"
    )
