"""A bounded receiver of webhooks, in a process of its own: `python -m bench.receiver`.

It prints its port. `/hook/<n>` is answered 204 and noted, `/hang` is never answered, `/noted` gives
what came since `/reset`. At most 2,000 connections, 64 kB a request, 100,000 notes.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Final

_MOST, _LARGEST, _NOTES = 2000, 65_536, 100_000
_GOOD: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass
class Noted:
    """When each post came (seconds since 1970), how many were unsigned, and the first one."""

    times: list[float] = field(default_factory=list)
    unsigned: int = 0
    first: str = ""


class Receiver(asyncio.Protocol):
    """One connection; requests come one after the other."""

    open = 0

    def __init__(self, noted: Noted) -> None:
        self.noted = noted
        self.buffer = bytearray()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it, unless there are too many."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        Receiver.open += 1
        if Receiver.open > _MOST:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Count it out."""
        Receiver.open -= 1

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        assert self.transport is not None
        self.buffer += data
        if len(self.buffer) > _LARGEST:
            self.transport.abort()
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end]).decode("latin-1")
            lowered = head.lower()
            at = lowered.find("content-length:")
            length = int(lowered[at + 15 :].split("\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body = bytes(self.buffer[end + 4 : end + 4 + length])
            del self.buffer[: end + 4 + length]
            self._answer(self.transport, head, lowered, body)

    def _answer(self, to: asyncio.Transport, head: str, lowered: str, body: bytes) -> None:
        path = head.split(" ", 2)[1]
        if path == "/hang":
            return
        if path.startswith("/hook/"):
            if len(self.noted.times) < _NOTES:
                self.noted.times.append(time.time())
            self.noted.unsigned += "webhook-signature: v1," not in lowered
            self.noted.first = self.noted.first or f"{head}\r\n\r\n{body.decode()}"
            to.write(_GOOD)
            return
        given = json.dumps(vars(self.noted)).encode()
        if path == "/reset":
            self.noted.times, self.noted.unsigned, self.noted.first = [], 0, ""
        to.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(given) + given)


async def main() -> None:
    """Listen on a free port of this machine until killed."""
    noted = Noted()
    server = await asyncio.get_running_loop().create_server(
        lambda: Receiver(noted), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
