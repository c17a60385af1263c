"""Write a new connector, its test and its page: `python deploy/new_connector.py NAME`.

The text is that of docs/how-to/add-a-connector.md, so what the page shows is what one gets.
"""

import keyword
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/how-to/add-a-connector.md"
EXAMPLE = "letterbox"
_BLOCK = re.compile(r"<!-- file: (?P<path>\S+) -->\n```\w+\n(?P<text>.*?)\n```\n", re.DOTALL)
_NAME = re.compile(r"[a-z][a-z0-9_]{1,38}\Z")


def files(name: str) -> dict[str, str]:
    """Give path and text of each file. Raises ValueError for a name that is none."""
    if not _NAME.match(name) or keyword.iskeyword(name):
        raise ValueError("NAME must be 2 to 39 of a-z, 0-9 and _, a letter first")
    words = {
        EXAMPLE: name,
        EXAMPLE.capitalize(): "".join(part.capitalize() for part in name.split("_")),
    }
    pattern = re.compile("|".join(words))
    return {
        pattern.sub(lambda found: words[found[0]], block[1]): pattern.sub(
            lambda found: words[found[0]], block[2] + "\n"
        )
        for block in _BLOCK.finditer(PAGE.read_text("utf-8"))
    }


def write(name: str, root: Path = ROOT) -> list[str]:
    """Write the files below a folder; none when one of them stands already."""
    wanted = files(name)
    standing = [path for path in wanted if (root / path).exists()]
    if standing:
        raise ValueError(f"{', '.join(standing)} stands already")
    for path, text in wanted.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return list(wanted)


def main() -> int:
    """Run from the command line."""
    try:
        written = write(sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    name = sys.argv[1]
    title = "".join(part.capitalize() for part in name.split("_"))
    print("\n".join(f"wrote {path}" for path in written))
    print("add to BUILT_IN in marketplace/connectors/registry.py:")
    print(f'    "{name}": "marketplace.connectors.{name}:{title}Connector",')
    return 0


if __name__ == "__main__":
    sys.exit(main())
