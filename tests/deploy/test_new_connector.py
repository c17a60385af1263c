"""What the page shows is what one gets, and it runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.new_connector import ROOT, files, write

_RUFF = (
    *(sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml")),
    *("--ignore", "INP001"),  # the folder is a test's own
)


def test_the_connector_of_the_page_passes_the_test_of_the_page(tmp_path: Path) -> None:
    written = files("letterbox")
    namespace: dict[str, object] = {"__name__": "letterbox"}
    exec(compile(written["marketplace/connectors/letterbox.py"], "letterbox.py", "exec"), namespace)
    test = written["tests/connectors/test_letterbox.py"]
    line = "from marketplace.connectors.letterbox import LetterboxConnector\n"
    assert line in test
    exec(compile(test.replace(line, ""), "test_letterbox.py", "exec"), namespace)

    namespace["test_a_letter_is_written_and_counts_when_it_is_reported_done"](tmp_path)  # type: ignore[operator]

    lines = written["marketplace/connectors/letterbox.py"].count("\n")
    assert lines + test.count("\n") <= 100


def test_files_are_written_under_the_new_name_and_fit_the_house(tmp_path: Path) -> None:
    written = write("pigeon_post", tmp_path)

    assert written == [
        "marketplace/connectors/pigeon_post.py",
        "tests/connectors/test_pigeon_post.py",
        "docs/how-to/connect-pigeon_post.md",
    ]
    text = (tmp_path / written[0]).read_text()
    assert "class PigeonPostConnector(ReportingConnector):" in text
    assert "etterbox" not in text
    checked = subprocess.run(
        [*_RUFF, written[0]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    with pytest.raises(ValueError, match="stands already"):
        write("pigeon_post", tmp_path)


@pytest.mark.parametrize("name", ["", "X", "a b", "../x", "1x", "class", "x" * 40])
def test_a_name_that_is_none_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="NAME must be"):
        write(name, tmp_path)

    assert list(tmp_path.iterdir()) == []
