"""Why the stack cannot start: told to the person at the terminal as a sentence, not as a trace."""


class CannotStart(Exception):
    """The stack cannot start, or go on; the message says why and what to do."""


class MissingServer(CannotStart):
    """No program of this server was found; the message says what to install."""


class OtherVersion(CannotStart):
    """The data folder was written by another major version of PostgreSQL."""


class AlreadyRunning(CannotStart):
    """Another stack runs on the same state folder."""
