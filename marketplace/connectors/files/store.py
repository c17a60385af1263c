"""The control folder: small JSON documents, replaced whole, changed under a lock."""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.connectors.base import NeedsHuman, Transient


@dataclass(frozen=True, slots=True)
class Store:
    """Documents by kind and name, as `<folder>/<kind>/<name>.json`. Names are ours, never typed."""

    folder: Path

    def read(self, kind: str, name: str) -> dict[str, Any] | None:
        """Give a document, None when there is none."""
        try:
            found: dict[str, Any] = json.loads(self._path(kind, name).read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise NeedsHuman(f"the control folder cannot be read: {type(error).__name__}") from None
        return found

    def names(self, kind: str) -> tuple[str, ...]:
        """List the documents of a kind."""
        return tuple(sorted(path.stem for path in (self.folder / kind).glob("*.json")))

    def write(self, kind: str, name: str, document: dict[str, Any]) -> None:
        """Replace a document in one moment; nobody reads half of it."""
        path = self._path(kind, name)
        text = json.dumps(document, sort_keys=True, indent=1)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".new")
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(path)
        except OSError as error:
            raise NeedsHuman(f"the control folder cannot be written: {error.strerror}") from None

    def remove(self, kind: str, name: str) -> None:
        """Remove a document, if there is one."""
        try:
            self._path(kind, name).unlink(missing_ok=True)
        except OSError as error:
            raise NeedsHuman(f"the control folder cannot be written: {error.strerror}") from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Change several documents alone, across processes. Raises Transient, NeedsHuman."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            line = (self.folder / "lock").open("a")
        except OSError as error:
            raise NeedsHuman(f"the control folder cannot be written: {error.strerror}") from None
        with line:
            try:
                fcntl.flock(line, fcntl.LOCK_EX)
            except OSError:
                raise Transient("the control folder is busy", 1.0) from None
            yield

    def _path(self, kind: str, name: str) -> Path:
        return self.folder / kind / f"{name}.json"
