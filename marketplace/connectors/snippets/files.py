# ruff: noqa: S608 - no statement is run here: these are words to copy
"""Ways to read a signed link: a file that is fetched whole."""

from collections.abc import Mapping
from typing import Any

from marketplace.connectors.snippets.reader import Reader, Snippet

_LINK = "<link>"


def snippets(config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:  # noqa: ARG001 - one shape for all
    """Give ways to read what a link of "Make a login" stands for."""
    file = f"{reader.name}.parquet"
    fetch = f"curl --fail --output {file} '{_LINK}'"
    return (
        Snippet("duckdb", "DuckDB", f"{fetch}\nduckdb -c \"SELECT * FROM '{file}' LIMIT 100\""),
        Snippet(
            "pandas",
            "Python (pandas)",
            f'import pandas\n\nframe = pandas.read_parquet("{_LINK}")\nprint(frame.head(100))\n',
        ),
        Snippet("curl", "CSV", f"curl --fail --output {reader.name}.csv '{_LINK}?format=csv'"),
    )
