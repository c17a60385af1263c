"""What can go wrong on a platform, sorted by what the engine should do about it."""

from typing import Final


class ConnectorError(Exception):
    """A platform did not do what was asked.

    `permanent` says whether repeating the same call can help: the engine retries the errors where
    it is False and shows the others to a person. Messages never contain credentials.
    """

    permanent: bool = True

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Transient(ConnectorError):
    """The platform is away, busy or throttling: the same call may work later.

    `retry_after` is in seconds, None when the platform named no time.
    """

    permanent = False

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Permanent(ConnectorError):
    """The same call will fail for ever: the wish itself is wrong (a column that does not exist)."""


class NeedsHuman(ConnectorError):
    """Somebody must act on the platform first (a missing privilege, an unprepared database)."""


class Conflict(ConnectorError):
    """The platform is not as it was when the plan was made: observe and plan again."""

    permanent = False


class StaleLease(ConnectorError):
    """Another worker has taken over this handle: stop at once and write nothing more."""

    permanent = False


QUERY_REFUSALS: Final = frozenset(
    {
        "query-timeout",
        "query-cancelled",
        "not-a-single-read-query",
        "permission-denied",
        "syntax-error",
        "query-failed",
        "result-too-large",
        "access-ended",
        "parameter-missing",
    }
)


class QueryRefused(ConnectorError):
    """A consumer's query was not run, or was cut off. `code` is one of `QUERY_REFUSALS`.

    The message is the platform's own words and fit to be shown to the person who typed the query.
    """

    def __init__(self, code: str, message: str) -> None:
        if code not in QUERY_REFUSALS:
            msg = f"unknown refusal code {code!r}"
            raise ValueError(msg)
        super().__init__(message)
        self.code = code
