"""Objects below a prefix, laid out in a folder that DuckDB reads as it reads any folder."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

from marketplace.connectors.aws.calls import REFUSALS, Answer, Aws
from marketplace.connectors.aws.s3.config import S3Config
from marketplace.connectors.base import NeedsHuman, Permanent, QueryRefused, Transient

_LISTED: Final = 1000
_MB: Final = 1_000_000
_READABLE: Final = frozenset({".parquet", ".csv", ".json"})
_GONE: Final = frozenset({"NoSuchKey", "404", "NoSuchBucket"})


class Refused(Exception):
    """S3 did not let us."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def listed(aws: Aws, config: S3Config, prefix: str, most: int = _LISTED) -> list[dict[str, Any]]:
    """List objects below a prefix. Raises Refused, and Permanent when there is no such bucket."""
    asked = {"Bucket": config.bucket, "Prefix": prefix, "MaxKeys": most}
    answer = aws.ask("s3", "list_objects_v2", asked, expected=REFUSALS | _GONE)
    if answer.code in _GONE:
        raise Permanent(f"there is no bucket {config.bucket}")
    if not answer:
        raise Refused(answer.code)
    if most == _LISTED and answer.value.get("IsTruncated"):
        words = f"There are more than {_LISTED:,} objects: read them with your own credentials."
        raise QueryRefused("result-too-large", words)
    return list(answer.value.get("Contents") or [])


@contextmanager
def folder(aws: Aws, config: S3Config, schema: str, table: str) -> Iterator[Any]:
    """Read a base relation into a folder that goes afterwards; gives its `FilesConfig`.

    Raises Refused, QueryRefused when there is too much, Permanent when there is nothing to read.
    """
    try:
        from marketplace.connectors.files import FilesConfig
    except ImportError:
        raise NeedsHuman(
            "install DuckDB to read files here: pip install 'emporion[files]'"
        ) from None
    prefix = config.below(schema, table)
    with tempfile.TemporaryDirectory(prefix="emporion-s3-") as root:
        place = Path(root) / schema / table
        place.mkdir(parents=True)
        found = _within(listed(aws, config, prefix), prefix)
        if sum(size for _, size in found.values()) > config.preview_mb * _MB:
            words = f"The files have more than {config.preview_mb} MB: read them yourself."
            raise QueryRefused("result-too-large", words)
        for name, (key, _) in found.items():
            _fetch(aws, config, key, place / name)
        yield FilesConfig(root=root, env=config.env, lab_secret=config.lab_secret)


def _within(found: list[dict[str, Any]], prefix: str) -> dict[str, tuple[str, int]]:
    """Choose files by their place in the table: directly below it, or in its Delta log."""
    chosen = {}
    for one in found:
        rest = PurePosixPath(one["Key"].removeprefix(prefix))
        plain = len(rest.parts) == 1 or (rest.parts[:-1] == ("_delta_log",))
        if plain and rest.suffix in _READABLE and rest.name == str(rest.name).strip("./"):
            chosen[str(rest)] = (one["Key"], int(one["Size"]))
    if not chosen:
        raise Permanent(f"there are no Parquet or CSV files below {prefix}")
    return chosen


def _fetch(aws: Aws, config: S3Config, key: str, target: Path) -> None:
    asked = {"Bucket": config.bucket, "Key": key}
    answer: Answer = aws.ask("s3", "get_object", asked, expected=REFUSALS | _GONE)
    if answer.code in _GONE:
        raise Transient("the objects have just changed", 1.0)
    if not answer:
        raise Refused(answer.code)
    target.parent.mkdir(exist_ok=True)
    with target.open("wb") as out:
        for piece in answer.value["Body"].iter_chunks(1 << 20):
            out.write(piece)
