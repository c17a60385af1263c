"""The sheets hold no rule for a class that nothing names: what is dead weighs on every page."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SHEETS = sorted((ROOT / "frontend" / "src").rglob("*.css"))
NAMING = (
    *(ROOT / "templates").rglob("*.html"),
    *(ROOT / "marketplace").rglob("*.py"),
    *(ROOT / "frontend" / "src").rglob("*.js"),
)
# Put together at run time: from a hue, a state, a verdict, a class of data, a band of a score.
MADE = re.compile(r"hue-\d+|[ad]\d|(s|v|t|k|f|sw|cls)-[\w-]+|htmx-request|cm-[\w-]+")


def classes(sheet: Path) -> set[str]:
    """Give the classes that a sheet speaks of, without what stands in comments and addresses."""
    text = re.sub(r'/\*.*?\*/|url\([^)]*\)|"[^"]*"', "", sheet.read_text(), flags=re.DOTALL)
    return set(re.findall(r"\.(-?[a-zA-Z_][\w-]*)", text))


def test_every_class_of_the_sheets_is_named_somewhere():
    named = {word for file in NAMING for word in re.findall(r"[A-Za-z_][\w-]*", file.read_text())}

    dead = {
        sheet.name: sorted(one for one in classes(sheet) - named if not MADE.fullmatch(one))
        for sheet in SHEETS
    }

    assert {name: found for name, found in dead.items() if found} == {}
