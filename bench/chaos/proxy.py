"""A way to the warehouse that can be closed, cut or slow: TCP on loopback, in a thread."""

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self


class Proxy:
    """``with Proxy(host, port) as way``: connect to ``way.port``; ``way.become(mode)``.

    ``pass``, ``refuse`` (each connection is closed at once, open ones are cut), ``slow`` (every
    answer waits ``delay`` seconds), ``hang`` (nothing passes).
    """

    def __init__(self, host: str, port: int) -> None:
        self.to = (host, port)
        self.port = 0
        self.mode = "pass"
        self.delay = 0.1
        self._ready = threading.Event()
        self._flows: asyncio.Event
        self._open: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening, and cut what is open."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def become(self, mode: str) -> None:
        """Change the mode, also for what is open."""
        self._loop.call_soon_threadsafe(self._become, mode)

    def _become(self, mode: str) -> None:
        self.mode = mode
        if mode == "hang":
            self._flows.clear()
        else:
            self._flows.set()
        if mode == "refuse":
            self._cut()

    def _cut(self) -> None:
        for writer in list(self._open):
            writer.close()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._flows = asyncio.Event()
        self._flows.set()
        server = await asyncio.start_server(self._one, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        self._cut()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "refuse":
            writer.close()
            return
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(*self.to)
            self._open |= {writer, far_writer}
            ways = (
                self._carry(reader, far_writer, waits=False),
                self._carry(far_reader, writer, waits=True),
            )
            await asyncio.gather(*ways, return_exceptions=True)
            self._open -= {writer, far_writer}

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, waits: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65536):
                if self.mode == "slow" and waits:
                    await asyncio.sleep(self.delay)
                await self._flows.wait()
                writer.write(chunk)
                await writer.drain()
        writer.close()
