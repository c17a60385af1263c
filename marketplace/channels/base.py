"""The words all channels share."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One notice for one recipient. `id` is the same at every attempt, so receivers can tell."""

    id: str
    to: str
    """An e-mail address, or the URL of a webhook."""
    subject: str
    text: str
    at: datetime
    html: str = ""
    unsubscribe_url: str = ""
    """An https link that takes a POST (RFC 8058); empty where a notice is mandatory."""
    thread: str = ""
    """Messages with the same thread are shown together."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a message, for the delivery log."""

    detail: str
    elapsed_ms: float = field(default=0.0, compare=False)


class ChannelError(Exception):
    """A message did not go out. `retry_after` is in seconds, None where nobody named a time."""

    def __init__(
        self, message: str, *, permanent: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.retry_after = retry_after


class Channel(Protocol):
    """A way to tell somebody something."""

    kind: ClassVar[str]

    def send(self, message: Message) -> Sent:
        """Send once. Raises ChannelError."""
