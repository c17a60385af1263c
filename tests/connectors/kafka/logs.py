"""What a broker stores: topics with partitions, record batches as they came, groups.

Batches are kept whole; only their base offset is written, which their checksum leaves out (the
record batch format of the Kafka documentation).
"""

import struct
import threading
from dataclasses import dataclass, field

_HEADER = struct.Struct(">qiibIhiqqqhii")
"""Base offset, length, leader epoch, magic, checksum, attributes, last offset delta, first and
last timestamp, producer, its epoch, first sequence, number of records."""


@dataclass(frozen=True)
class Batch:
    """Some records in a row."""

    base: int
    count: int
    first_ms: int
    last_ms: int
    raw: bytes

    @property
    def next_offset(self) -> int:
        return self.base + self.count


@dataclass
class Partition:
    """The batches of one partition, oldest first."""

    batches: list[Batch] = field(default_factory=list)
    start: int = 0

    @property
    def end(self) -> int:
        return self.batches[-1].next_offset if self.batches else self.start

    def append(self, raw: bytes) -> int:
        """Store one or more batches; returns the first offset."""
        first, place = self.end, 0
        while place < len(raw):
            facts = _HEADER.unpack_from(raw, place)
            size, delta, first_ms, last_ms = facts[1] + 12, facts[6], facts[7], facts[8]
            stored = struct.pack(">q", self.end) + raw[place + 8 : place + size]
            self.batches.append(Batch(self.end, delta + 1, first_ms, last_ms, stored))
            place += size
        return first

    def read(self, offset: int, most: int) -> bytes:
        """Give whole batches from the one that holds this offset; one at least."""
        found = b""
        for one in self.batches:
            if one.next_offset <= offset:
                continue
            if found and len(found) + len(one.raw) > most:
                break
            found += one.raw
        return found

    def at(self, timestamp: int) -> tuple[int, int]:
        """Find the first batch from a moment on, as (timestamp, offset); -1, -1 for none."""
        for one in self.batches:
            if one.last_ms >= timestamp:
                return one.first_ms, one.base
        return -1, -1


@dataclass
class Topic:
    """A topic: its partitions and the settings that differ from the broker's."""

    partitions: list[Partition]
    configs: dict[str, str] = field(default_factory=dict)


@dataclass
class Member:
    """A member of a consumer group."""

    protocols: dict[str, bytes]
    assignment: bytes = b""


@dataclass
class Group:
    """A consumer group: one generation at a time, and what it committed."""

    changed: threading.Condition
    members: dict[str, Member] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)
    generation: int = 0
    leader: str = ""
    protocol: str = ""
    protocol_type: str = ""
    assigned: bool = False
    offsets: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
