"""The channel that keeps what it is given."""

from datetime import UTC, datetime

import pytest

from marketplace.channels.base import Channel, ChannelError, Message
from marketplace.channels.memory import MemoryChannel


def test_it_keeps_messages_and_fails_when_told_to() -> None:
    memory = MemoryChannel()
    channel: Channel = memory
    note = Message("notice-1", "ana@example.com", "s", "t", datetime(2026, 3, 1, tzinfo=UTC))
    memory.faults.append(ChannelError("busy", retry_after=3.0))

    with pytest.raises(ChannelError) as caught:
        channel.send(note)
    sent = channel.send(note)

    assert (caught.value.permanent, caught.value.retry_after) == (False, 3.0)
    assert sent.detail == "kept notice-1"
    assert memory.sent == [note]
