"""What an endpoint's method takes, gives and needs: read when it runs, and by the schema."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rest_framework import serializers

from marketplace.kernel.rest.bodies import Body
from marketplace.kernel.rest.filters import Filters

PAGE = ("cursor", "page_size")


@dataclass(frozen=True, slots=True)
class Param:
    """One query parameter; ``many`` may be given several times."""

    name: str
    about: str
    type: str = "string"
    words: tuple[str, ...] = ()
    many: bool = False
    least: int | None = None
    most: int | None = None

    def schema(self) -> dict[str, Any]:
        """Give it as JSON Schema."""
        plain: dict[str, Any] = {"type": self.type}
        if self.words:
            plain["enum"] = list(self.words)
        if self.least is not None:
            plain["minimum"] = self.least
        if self.most is not None:
            plain["maximum"] = self.most
        return {"type": "array", "items": plain} if self.many else plain


DRY_RUN = Param(
    "dry_run", "true: say what would happen, and change nothing.", words=("true", "false", "1", "0")
)
CURSOR = Param("cursor", "Where the page starts; taken from `next` or `previous`.")
PAGE_SIZE = Param("page_size", "Rows per page.", "integer", least=1, most=200)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    ``scope`` is what a token needs; ``takes`` (fields, or a JSON Schema) and ``gives`` are the
    body and the answer (``page``: a list of them, by ``keyset`` or whole); ``refuses`` are
    statuses beyond those that every operation has; ``match`` says that If-Match is read, ``dry``
    that the write can be rehearsed, ``media`` what kind of text the answer is when it is no JSON.
    ``hot`` reads go around the framework; ``open`` ones need no sign-in; an answer that is not
    ``kept`` is never stored under an Idempotency-Key.
    """

    scope: str
    takes: type[Body] | dict[str, Any] | None = None
    gives: type[serializers.Serializer[Any]] | None = None
    status: int = 200
    page: bool = False
    keyset: bool = True
    filters: type[Filters] | None = None
    query: tuple[Param, ...] = ()
    refuses: tuple[int, ...] = ()
    match: bool = False
    dry: bool = False
    media: str = ""
    hot: bool = False
    open: bool = False
    kept: bool = True
    names: frozenset[str] = field(init=False)
    lists: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Collect the names of the parameters that are known."""
        names = {param.name for param in self.params()}
        names |= set(self.filters.base_filters) if self.filters else set()
        object.__setattr__(self, "names", frozenset(names))
        object.__setattr__(
            self, "lists", frozenset(param.name for param in self.query if param.many)
        )

    def params(self) -> tuple[Param, ...]:
        """Give the parameters that are no filters."""
        return (
            *self.query,
            *((CURSOR, PAGE_SIZE) if self.page and self.keyset else ()),
            *((DRY_RUN,) if self.dry else ()),
        )


def operation[F: Callable[..., Any]](**facts: Any) -> Callable[[F], F]:
    """Describe a method of an endpoint; see Operation for the words."""
    described = Operation(**facts)

    def mark(handler: F) -> F:
        handler.operation = described  # type: ignore[attr-defined]
        return handler

    return mark
