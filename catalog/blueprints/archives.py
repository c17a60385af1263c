"""Descriptors out of a file or an archive that somebody uploads. Pure: bytes in, texts out.

An archive stands for a Git repository. Nothing of it is written anywhere or run: its members are
read one after the other, up to limits on number and size, and only those that are descriptors or a
dbt manifest are kept. An address of a repository is not taken: a server that fetches what a form
names can be led into networks that the person cannot reach.
"""

import gzip
import io
import re
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from catalog.blueprints.sources import NotReadable

MOST_MEMBERS: Final = 5_000
MOST_DESCRIPTORS: Final = 500
TEXT_LIMIT: Final = 256_000
MANIFEST_LIMIT: Final = 60_000_000
_UNPACKED_LIMIT: Final = 300_000_000
_OURS: Final = re.compile(rb"^kind:\s*['\"]?(DataProduct|DataContract|Domain|Team)\b", re.MULTILINE)
_YAML: Final = (".yaml", ".yml")
_MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Upload:
    """What an upload holds: descriptors by path, the manifest of dbt, how many files are other."""

    texts: dict[str, str] = field(default_factory=dict)
    manifest: bytes = b""
    others: int = 0


def unpack(name: str, content: bytes) -> Upload:
    """Read one YAML or JSON file, or a .zip, .tar.gz or .tgz. Raises NotReadable."""
    lower = name.lower()
    if lower.endswith((".zip", ".tar.gz", ".tgz")):
        members = _zip(content) if lower.endswith(".zip") else _tar(content)
    elif lower.endswith((*_YAML, ".json")):
        members = iter([(name, content)])
    else:
        raise NotReadable("Choose a .yaml, .json, .zip or .tar.gz file.")
    texts: dict[str, str] = {}
    manifest, others = b"", 0
    try:
        for path, body in members:
            if path.lower().endswith(".json") and (path == name or _is_manifest(path)):
                manifest = manifest or body
            elif path.lower().endswith(_YAML) and _OURS.search(body):
                texts[path] = _text(path, body)
            else:
                others += 1
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, NotImplementedError) as broken:
        raise NotReadable("The archive is broken or not of this kind.") from broken
    if len(texts) > MOST_DESCRIPTORS:
        raise NotReadable(f"At most {MOST_DESCRIPTORS} descriptors are read at once.")
    if not texts and not manifest:
        raise NotReadable("There is no descriptor and no dbt manifest in it.")
    return Upload(texts, manifest, others)


def _is_manifest(path: str) -> bool:
    return path.rpartition("/")[2] == _MANIFEST


def _wanted(path: str) -> int:
    """Give how many bytes of a member are read at most; 0 leaves it out."""
    if _is_manifest(path):
        return MANIFEST_LIMIT
    return TEXT_LIMIT if path.lower().endswith(_YAML) else 0


def _text(path: str, body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotReadable(f"{path} is not UTF-8.") from None


def _zip(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        _few(len(members))
        budget = _UNPACKED_LIMIT
        for one in members:
            limit = _wanted(one.filename)
            if one.flag_bits & 1:
                raise NotReadable("The archive is encrypted.")
            with archive.open(one) as stream:
                body = stream.read(min(limit, budget) + 1) if limit else b""
            budget -= len(body)
            yield one.filename, _whole(one.filename, body, limit)


def _tar(content: bytes) -> Iterator[tuple[str, bytes]]:
    with (
        gzip.GzipFile(fileobj=io.BytesIO(content)) as packed,
        tarfile.open(fileobj=_Capped(packed), mode="r|") as archive,
    ):
        for number, one in enumerate(archive, 1):
            _few(number)
            if not one.isfile():  # links lead elsewhere
                continue
            limit = _wanted(one.name)
            stream = archive.extractfile(one) if limit else None
            body = stream.read(limit + 1) if stream else b""
            yield one.name, _whole(one.name, body, limit)


def _few(number: int) -> None:
    if number > MOST_MEMBERS:
        raise NotReadable(f"The archive holds more than {MOST_MEMBERS} files.")


def _whole(path: str, body: bytes, limit: int) -> bytes:
    if limit and len(body) > limit:
        raise NotReadable(f"{path} is larger than {limit // 1000} kB.")
    return body


class _Capped(io.RawIOBase):
    """A stream that refuses to unpack without end."""

    def __init__(self, inner: gzip.GzipFile) -> None:
        self._inner = inner
        self._left = _UNPACKED_LIMIT

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        body = self._inner.read(size if size >= 0 else self._left + 1)
        self._left -= len(body)
        if self._left < 0:
            raise NotReadable(f"Unpacked, it is larger than {_UNPACKED_LIMIT // 1_000_000} MB.")
        return body
