"""What an action raises when it refuses. Anticipated, coded, never a bug."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with the input: where (a JSON pointer), which rule, and a sentence."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """A refusal the caller can understand; never a bug."""

    code: ClassVar[str]
    title: ClassVar[str]
    status: ClassVar[int] = 409

    def __init__(self, detail: str = "", **facts: object) -> None:
        super().__init__(detail or self.title)
        self.facts = facts


class NotAllowed(DomainError):
    """The actor may not do this."""

    code = "not-allowed"
    title = "You may not do this."
    status = 403


class SignInFirst(DomainError):
    """Nobody is signed in, or the token is wrong, expired or revoked."""

    code = "sign-in-first"
    title = "Sign in first."
    status = 401


class NotFound(DomainError):
    """The thing is absent, or hidden from this actor: the two are never told apart."""

    code = "not-found"
    title = "There is nothing here for you."
    status = 404


class Invalid(DomainError):
    """The input is wrong; every problem names its place."""

    code = "invalid"
    title = "Some of this cannot be accepted."
    status = 400

    def __init__(self, *problems: FieldProblem, detail: str = "") -> None:
        words = detail or (problems[0].detail if problems else "")
        super().__init__(words, errors=[asdict(problem) for problem in problems])
        self.problems = problems


class Stale(DomainError):
    """Somebody changed it since it was read (RFC 9110, section 13)."""

    code = "stale"
    title = "This was changed by somebody else."
    status = 412


class PreconditionNeeded(DomainError):
    """The write must say which version it was made for (RFC 6585, section 3)."""

    code = "precondition-needed"
    title = "Send If-Match with the version you read."
    status = 428


class Duplicate(DomainError):
    """It exists already."""

    code = "duplicate"
    title = "This exists already."


class Gone(DomainError):
    """It has ended and cannot be used again."""

    code = "gone"
    title = "This has ended."
    status = 410


class ImpossibleMove(DomainError):
    """The thing is not in a state that allows this."""

    code = "impossible-move"
    title = "This cannot be done now."


class KeyReused(DomainError):
    """An Idempotency-Key came again with another body."""

    code = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request."
    status = 422


class StillRunning(DomainError):
    """The first request with this Idempotency-Key has not ended yet."""

    code = "still-running"
    title = "The first request with this key is still running."


def refusals() -> list[type[DomainError]]:
    """Every refusal that has a code of its own and is loaded, by code: for docs and pages."""

    def below(base: type[DomainError]) -> Iterator[type[DomainError]]:
        for kind in base.__subclasses__():
            yield kind
            yield from below(kind)

    own = [
        kind
        for kind in below(DomainError)
        if not kind.__name__.startswith("_") and not kind.__module__.startswith("tests.")
    ]
    return sorted(own, key=lambda kind: kind.code)
