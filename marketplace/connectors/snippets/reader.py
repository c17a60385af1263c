"""Who wants to read what, as words to copy need it; and how a name is written into them.

A port's owner chooses the names of topics, queues and prefixes, and other people run these words:
each such name is quoted for the shell (`shlex.quote`) or for Python (`literal`).
"""

import json
from dataclasses import dataclass
from typing import Final

from marketplace.connectors.identifiers import role_name

USER: Final = "<user>"


def literal(text: str) -> str:
    """Write a text as a string of Python, or of YAML; nothing in it ends the string."""
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Snippet:
    """One way to connect: a code, the tool as people call it, the words."""

    kind: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A port, and who reads it where that is known.

    `login` is a login that was handed out and stands; `consumer` (kind, key) and `handle` name the
    consumer's own things on a platform. Each is empty for who has no access.
    """

    schema: str
    name: str
    base_schema: str = ""
    base_name: str = ""
    product: str = ""
    env: str = ""
    login: str = ""
    handle: str = ""
    consumer: tuple[str, str] = ("", "")

    @property
    def relation(self) -> str:
        """What is written after FROM."""
        return f"{self.schema}.{self.name}"

    @property
    def user(self) -> str:
        """The login, or a place for it."""
        return self.login or USER

    @property
    def consumer_role(self) -> str:
        """The consumer's own name on the platform, or a place for it."""
        kind, key = self.consumer
        return role_name(self.env, "c", kind, key) if key else USER

    @property
    def port_role(self) -> str:
        """The consumer's own name on this one port, or a place for it."""
        kind, key = self.consumer
        return role_name(self.env, "c", self.handle, kind, key) if key and self.handle else USER
