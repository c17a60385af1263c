"""The folder that holds everything the embedded stack keeps: data, secrets, logs, and the lock."""

import base64
import fcntl
import hashlib
import os
import secrets
import socket
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from io import TextIOWrapper
from pathlib import Path

from deploy.embedded.problems import AlreadyRunning, CannotStart

LOOPBACK = "127.0.0.1"
MAX_SOCKET_FOLDER = 80  # bytes; sun_path holds 108 and the socket's own name needs the rest


class State:
    """The state folder (`var/` unless EMPORION_VAR says otherwise); only its owner may read it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.log = self.folder / "log"
        self._lock: TextIOWrapper | None = None
        for each in (self.folder, self.log, self.folder / "secrets"):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)

    def lock(self) -> None:
        """Take the folder for this process until it ends; raises AlreadyRunning when it is taken.

        The kernel frees the lock with the process, however that ends, so there are no stale ones.
        """
        handle = (self.folder / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            handle.close()
            raise AlreadyRunning(
                f"Emporion already runs on {self.folder} (process {holder}). Stop it first, or"
                " choose another folder and port: EMPORION_VAR=/some/folder PORT=8001 make up",
            ) from None
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        self._lock = handle

    def unlock(self) -> None:
        """Give the folder back."""
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def secret(self, name: str, make: Callable[[], str] | None = None) -> str:
        """Give the secret of this name, made at its first use and kept in a file of mode 0600."""
        path = self.folder / "secrets" / name
        if not path.exists():
            write_private(path, (make or token)() + "\n")
        return path.read_text(encoding="utf-8").strip()

    def recall(self, name: str) -> str:
        """What was noted under this name at an earlier start; empty when nothing was."""
        with suppress(FileNotFoundError):
            return (self.folder / name).read_text(encoding="utf-8").strip()
        return ""

    def note(self, name: str, value: str) -> None:
        """Note a word or two for later starts."""
        write_private(self.folder / name, f"{value}\n")

    def port(self, name: str, preferred: int) -> int:
        """A port of 127.0.0.1 for this name: the one of the last start if it is still free.

        No other stack of this account is given it while this process lives.
        """
        wanted = [int(one) for one in (self.recall(name), str(preferred)) if one.isdigit()]
        found = next((port for port in wanted if claim(port)), None)
        while found is None:
            found = port if claim(port := free_port()) else None
        self.note(name, str(found))
        return found

    def keep_environment(self, settings: dict[str, str]) -> None:
        """Write the settings of the running stack, for `python -m deploy.embedded.attach`."""
        lines = [f"{name}={value}\n" for name, value in sorted(settings.items())]
        write_private(self.folder / "environment", "".join(lines))

    def environment(self) -> dict[str, str]:
        """Read what keep_environment wrote; empty when the stack was never started here."""
        lines = self.recall("environment").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)


def token() -> str:
    """A new secret of 48 random bytes, 64 characters that need no quoting."""
    return secrets.token_urlsafe(48)


def field_key() -> str:
    """A new key of 32 random bytes in base64, for encrypting stored secrets."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def password() -> str:
    """A new password that a person can type: four groups of four letters and digits, 82 bits."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    with open(
        scratch,
        "w",
        encoding="utf-8",
        opener=lambda name, flags: os.open(name, flags, mode=0o600),
    ) as file:
        file.write(text)
    scratch.replace(path)


def free_port() -> int:
    """Ask the kernel for a TCP port of 127.0.0.1 that is free now."""
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on this port now."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


_claims: dict[int, int] = {}  # port -> the descriptor that holds its lock


def claim(port: int) -> bool:
    """Take a free port of 127.0.0.1 for this process; False when it is used or another stack's.

    Two stacks that start at once would both see a port free before either listens. The kernel frees
    the lock with the process, however that ends.
    """
    if port not in _claims:
        handle = os.open(_own_folder("ports") / str(port), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        _claims[port] = handle
    if not is_free(port):
        os.close(_claims.pop(port))
        return False
    return True


def socket_folder(base: Path) -> Path:
    """Where the sockets go: `base/sock`, or a short folder of our own when that is too long.

    The short one has the same name each time. It must be ours, since others may write beside it.
    """
    folder = base.absolute() / "sock"
    if len(os.fsencode(folder)) > MAX_SOCKET_FOLDER:
        return _own_folder(hashlib.sha256(os.fsencode(folder)).hexdigest()[:12])
    return _ours(folder)


def _own_folder(name: str) -> Path:
    """A folder with a short path in the machine's temporary one, the same for each process."""
    temporary = Path(tempfile.gettempdir())
    short = temporary if len(os.fsencode(temporary)) < MAX_SOCKET_FOLDER // 2 else Path("/tmp")  # noqa: S108
    return _ours(short / f"emporion-{os.geteuid()}-{name}")


def _ours(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise CannotStart(f"{folder} belongs to somebody else.")
    folder.chmod(0o700)
    return folder
