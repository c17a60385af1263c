"""A channel that keeps what it is given: for tests and for a quiet installation."""

from typing import ClassVar

from marketplace.channels.base import ChannelError, Message, Sent


class MemoryChannel:
    """Keeps messages in `sent`; raises what stands in `faults`, one each."""

    kind: ClassVar[str] = "memory"

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.faults: list[ChannelError] = []

    def send(self, message: Message) -> Sent:
        """Keep one message."""
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(message)
        return Sent(detail=f"kept {message.id}")
