"""A light HTTP client: ready-made requests over kept connections, one thread, one selector.

Its own cost counts towards what it measures, so it is small: no objects per header, no parsing
beyond the status and the length. ``own_cost`` says what it is.
"""

import json
import selectors
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Final

from bench.figures import Series

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_TIMEOUT_S: Final = 60


class BadAnswer(Exception):
    """The server answered otherwise than the benchmark expects."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers as they were, body."""

    status: int
    head: bytes
    body: bytes

    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)


def request(
    method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None
) -> bytes:
    """Write a request; a body that is no bytes is sent as JSON."""
    sent = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"Host": "127.0.0.1", **(headers or {})}
    if body is not None:
        lines = {"Content-Type": "application/json", **lines, "Content-Length": str(len(sent))}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode() + sent


class Connection:
    """One kept connection, one request at a time."""

    def __init__(self, port: int, *, timeout: float = _TIMEOUT_S) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()

    def send(self, what: bytes) -> None:
        """Send a request."""
        self._buffer.clear()
        self.socket.sendall(what)

    def receive(self) -> Answer | None:
        """Read what is there; give the answer once it is whole."""
        part = self.socket.recv(262_144)
        if not part:
            raise BadAnswer("the server closed the connection")
        self._buffer += part
        end = self._buffer.find(_END)
        if end < 0:
            return None
        head = bytes(self._buffer[:end])
        status = int(head[9:12])
        length = _length(head, status)
        if len(self._buffer) < end + 4 + length:
            return None
        return Answer(status, head, bytes(self._buffer[end + 4 : end + 4 + length]))

    def ask(self, what: bytes) -> Answer:
        """Send a request and wait for its answer."""
        self.send(what)
        while (answer := self.receive()) is None:
            pass
        return answer

    def close(self) -> None:
        """Close it."""
        self.socket.close()


def drive(
    port: int,
    requests: Iterable[bytes],
    *,
    connections: int = 1,
    count: int | None = None,
    seconds: float | None = None,
    expect: int = 200,
) -> Series:
    """Send requests, each connection one after the other, and time them.

    ``count`` requests, or as many as fit into ``seconds``, round and round; else all of them once.
    Raises BadAnswer at the first answer of another status.
    """
    ready = list(requests)
    source: Iterator[bytes] = iter(ready)
    if seconds is not None:
        source = cycle(ready)
    elif count is not None:
        source = islice(cycle(ready), count)
    selector = selectors.DefaultSelector()
    began: dict[Connection, float] = {}
    times: list[float] = []
    clock = time.perf_counter
    start = clock()
    end = start + seconds if seconds is not None else float("inf")
    for _ in range(connections):
        connection = Connection(port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        _next(connection, source, began)
    while began:
        for key, _ in selector.select(_TIMEOUT_S):
            connection = key.data
            answer = connection.receive()
            if answer is None:
                continue
            moment = clock()
            times.append((moment - began.pop(connection)) * 1000)
            if answer.status != expect:
                raise BadAnswer(f"{answer.status}: {answer.body[:500]!r}")
            if moment < end:
                _next(connection, source, began)
    took = clock() - start
    for key in list(selector.get_map().values()):
        key.data.close()
    return Series(tuple(times), took)


def own_cost(answer: bytes, times: int = 5000) -> float:
    """Milliseconds that the client itself needs per request, against a ready answer in a pipe."""
    ours, theirs = socket.socketpair()
    connection = Connection.__new__(Connection)
    connection.socket, connection._buffer = ours, bytearray()  # noqa: SLF001 - no server here
    question = request("GET", "/")
    began = time.process_time()
    for _ in range(times):
        theirs.sendall(answer)
        connection.ask(question)
        theirs.recv(65_536)
    spent = time.process_time() - began
    ours.close()
    theirs.close()
    return spent / times * 1000


def _next(connection: Connection, source: Iterator[bytes], began: dict[Connection, float]) -> None:
    what = next(source, None)
    if what is not None:
        began[connection] = time.perf_counter()
        connection.send(what)


def _length(head: bytes, status: int) -> int:
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    if at >= 0:
        return int(lowered[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
    if status in (204, 304):
        return 0
    raise BadAnswer(f"no Content-Length in {head[:300]!r}")
