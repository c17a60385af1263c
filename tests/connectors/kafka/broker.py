"""The double itself: a server on the loopback that a real Kafka client can talk to.

It is a double, not a broker: one node, no replication, no transactions, no quotas, nothing on a
disk. What it does, it does as documented, with every right asked; what it does not know it refuses
by closing the connection, as a broker does. It notes each request with its answer.
"""

import socketserver
import struct
import threading
from collections.abc import Callable
from typing import Any, Final, Self

from tests.connectors.kafka import administering, answers, grouping
from tests.connectors.kafka.messages import (
    API_VERSIONS,
    APIS,
    SASL_AUTHENTICATE,
    SASL_HANDSHAKE,
    Api,
    Error,
)
from tests.connectors.kafka.security import Authorizer
from tests.connectors.kafka.state import Link, State
from tests.connectors.kafka.wire import Malformed, Reader, Writer

type Fields = dict[str, Any]

HANDLERS: Final[dict[int, Callable[[State, Link, Fields], Fields]]] = {
    0: answers.produce,
    1: answers.fetch,
    2: answers.list_offsets,
    3: answers.metadata,
    8: grouping.commit,
    9: grouping.fetch_offsets,
    10: grouping.find_coordinator,
    11: grouping.join,
    12: grouping.heartbeat,
    13: grouping.leave,
    14: grouping.sync,
    16: grouping.list_groups,
    SASL_HANDSHAKE: administering.handshake,
    19: answers.create_topics,
    29: administering.describe_acls,
    30: administering.create_acls,
    31: administering.delete_acls,
    32: answers.describe_configs,
    SASL_AUTHENTICATE: administering.authenticate,
    50: administering.describe_scram,
    51: administering.alter_scram,
}
_BEFORE_LOGIN: Final = {API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE}
_LARGEST: Final = 10_000_000


class Noted:
    """One request with its answer, as it was read and as it came."""

    def __init__(self, api: Api, principal: str, raw: bytes, asked: Fields) -> None:
        self.api, self.principal, self.raw, self.asked = api, principal, raw, asked
        self.answer: Fields = {}


class KafkaDouble(socketserver.ThreadingTCPServer):
    """Starts with the `with` block and ends with it."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, super_users: set[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        host, port = self.server_address[:2]
        self.state = State(str(host), int(port), Authorizer(super_users))
        self.noted: list[Noted] = []
        self.links: set[Any] = set()
        self.without: set[int] = set()
        self.full, self.dropped = False, 0
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.thread.join()
        for one in list(self.links):
            one.close()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error; any other is, and shows in `broken`."""

    def api_versions(self) -> Fields:
        keys = [
            {"api_key": key, "min_version": api.least, "max_version": api.version}
            for key, api in sorted(APIS.items())
            if key not in self.without
        ]
        return {"error_code": Error.NONE, "api_keys": keys}


class _Connection(socketserver.StreamRequestHandler):
    server: KafkaDouble

    def handle(self) -> None:
        if self.server.full:
            self.server.dropped += 1
            return
        link = Link()
        self.server.links.add(self.connection)
        try:
            while (raw := self.frame()) is not None:
                answer = self.answer(link, raw)
                if answer is None:
                    return
                if answer:
                    self.wfile.write(struct.pack(">i", len(answer)) + answer)
        except OSError:
            return
        finally:
            self.server.links.discard(self.connection)

    def frame(self) -> bytes | None:
        head = self.rfile.read(4)
        if len(head) < 4:
            return None
        (size,) = struct.unpack(">i", head)
        if not 0 < size < _LARGEST:
            return None
        raw = self.rfile.read(size)
        return raw if len(raw) == size else None

    def answer(self, link: Link, raw: bytes) -> bytes | None:
        """Answer one request; None closes the connection, empty bytes are no answer."""
        reader = Reader(raw)
        key, version, number = (reader.number(one) for one in ("int16", "int16", "int32"))
        reader.read("string")
        api = APIS.get(key)
        if api is None or (key not in _BEFORE_LOGIN and not link.principal):
            return None
        if version != api.version:
            return self.old_version(key, number)
        reader.flexible = api.flexible
        reader.tags()
        body = raw[reader.place :]
        try:
            asked = reader.read(api.request)
        except Malformed:
            return None
        noted = Noted(api, link.principal, body, asked)
        with self.server.state.grown:
            noted.answer = self.work(key, link, asked)
            self.server.noted.append(noted)
        if key == 0 and asked["acks"] == 0:
            return b""
        writer = Writer(flexible=api.flexible)
        writer.number("int32", number)
        if api.flexible and key != API_VERSIONS:
            writer.varint(0)
        writer.write(api.response, {"throttle_time_ms": 0} | noted.answer)
        return writer.done()

    def work(self, key: int, link: Link, asked: Fields) -> Fields:
        if key == API_VERSIONS:
            return self.server.api_versions()
        return HANDLERS[key](self.server.state, link, asked)

    def old_version(self, key: int, number: int) -> bytes | None:
        """Say, in the oldest form, which versions there are, to who asks for another (KIP-511)."""
        if key != API_VERSIONS:
            return None
        writer = Writer()
        writer.number("int32", number)
        told = self.server.api_versions() | {"error_code": Error.UNSUPPORTED_VERSION}
        fields = (("error_code", "int16"), APIS[API_VERSIONS].response[1])
        writer.write(fields, told)
        return writer.done()
