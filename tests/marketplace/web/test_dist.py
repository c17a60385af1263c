"""The built files: there, small enough, their licences beside them, nothing from elsewhere."""

import gzip
import json
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DIST = ROOT / "static/dist"
KB = 1024


def packed(name: str) -> int:
    return len(gzip.compress((DIST / name).read_bytes(), 9, mtime=0))


@pytest.mark.parametrize(
    ("names", "most"),
    [
        (["app.css"], 12),
        (["app.js"], 20),
        (["lineage.js", "lineage.css"], 15),
        (["console.css"], 6),
        (["lab.js", "lab.css"], 160),
        (["icons.svg"], 6),
    ],
)
def test_each_file_keeps_its_budget(names, most):
    assert sum(packed(name) for name in names) <= most * KB


def test_the_latin_fonts_keep_their_budget():
    fonts = ("instrument.woff2", "bricolage.woff2", "geistmono.woff2")

    assert sum((DIST / name).stat().st_size for name in fonts) <= 100 * KB


def test_the_sheet_names_only_fonts_that_are_there():
    named = set(re.findall(r"url\(\"?([^)\"]+)\"?\)", (DIST / "app.css").read_text()))

    assert named == {path.name for path in DIST.glob("*.woff2")}


def test_what_is_shipped_has_its_licence_beside_it():
    shipped = json.loads((ROOT / "frontend/package.json").read_text())["dependencies"]
    licences = (DIST / "LICENSES.txt").read_text()

    assert [name for name in shipped if f"{name}\n=" not in licences] == []


@pytest.mark.parametrize("name", ["package.json", "package-lock.json", ".npmrc"])
def test_the_lock_names_no_host(name):
    assert "http" not in (ROOT / "frontend" / name).read_text()


def test_every_version_is_exact():
    package = json.loads((ROOT / "frontend/package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}.values()

    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "frontend/src").rglob("*.css")), ids=lambda p: p.name
)
def test_the_sheets_use_logical_directions(path):
    """Left and right would stand wrong in a language that runs the other way."""
    physical = re.findall(
        r"(?:margin|padding|border)-(?:left|right)\b|[;{\s](?:left|right):|text-align:\s*(?:left|right)",
        path.read_text(),
    )

    assert physical == []
