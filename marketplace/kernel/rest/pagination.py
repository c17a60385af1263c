"""Pages by key: the hundredth costs what the first does.

A cursor names the row that a page starts after, by its sort key and its own id; it holds nothing
that the caller has not been shown. Asking for one row more than a page tells whether there is a
next page, so nothing is counted.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q, QuerySet
from django.http import QueryDict
from rest_framework.pagination import BasePagination

from marketplace.kernel.errors import FieldProblem, Invalid

USUAL, MOST = 50, 200


@dataclass(frozen=True, slots=True)
class Page[M: Model]:
    """The rows of one page, and the addresses of its neighbours."""

    rows: list[M]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a page starts: after this key, or, going back, before it."""

    back: bool
    key: tuple[Any, ...]


class KeysetPagination(BasePagination):
    """Registered for the REST framework; our endpoints call ``paginate`` themselves."""

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        """Give one page in the order of the queryset."""
        order = getattr(view, "ordering", "-pk")
        self.page = paginate(queryset, request.query_params, request.path, order=order)
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Any:
        """Give the envelope of a list."""
        from rest_framework.response import Response

        return Response({"results": data, "next": self.page.next, "previous": self.page.previous})


def page_size(params: QueryDict) -> int:
    """Read ``page_size``: 1 to 200, 50 unless told otherwise."""
    text = params.get("page_size")
    if text is None:
        return USUAL
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST):  # noqa: PLR2004
        raise Invalid(
            FieldProblem("/page_size", "out-of-range", f"A whole number from 1 to {MOST}.")
        )
    return int(text)


def paginate[M: Model](
    rows: QuerySet[M], params: QueryDict, path: str, *, order: str = "-pk"
) -> Page[M]:
    """Give the page that the parameters name, in one statement.

    ``order`` is a field, with a minus for descending; ties are broken by the id the same way.
    The field must not be null.
    """
    size = page_size(params)
    down, name = order.startswith("-"), order.lstrip("-")
    fields = ("pk",) if name in ("pk", "id") else (name, "pk")
    cursor = _opened(rows.model, fields, params.get("cursor", ""))
    descending = down != (cursor is not None and cursor.back)
    if cursor is not None:
        rows = rows.filter(_beyond(fields, cursor.key, below=descending))
    ordered = rows.order_by(*(F(f).desc() if descending else F(f).asc() for f in fields))
    found = list(ordered[: size + 1])
    more = len(found) > size
    found = found[:size]
    if cursor is not None and cursor.back:
        found.reverse()
        ahead, behind = bool(found), more
    else:
        ahead, behind = more, cursor is not None and bool(found)
    return Page(
        found,
        _address(path, params, fields, found[-1], back=False) if ahead else None,
        _address(path, params, fields, found[0], back=True) if behind else None,
    )


def address_with(path: str, params: QueryDict, cursor: str) -> str:
    """Give this list's address with another cursor."""
    wanted = params.copy()
    wanted["cursor"] = cursor
    return f"{path}?{wanted.urlencode()}"


def _beyond(fields: Sequence[str], key: Sequence[Any], *, below: bool) -> Q:
    sign = "lt" if below else "gt"
    if len(fields) == 1:
        return Q(**{f"pk__{sign}": key[0]})
    return Q(**{f"{fields[0]}__{sign}": key[0]}) | Q(**{fields[0]: key[0], f"pk__{sign}": key[1]})


def _address(path: str, params: QueryDict, fields: Sequence[str], row: Model, *, back: bool) -> str:
    key = [_value(row, field) for field in fields]
    raw = base64.urlsafe_b64encode(orjson.dumps([back, *key], default=str))
    return address_with(path, params, raw.decode().rstrip("="))


def _value(row: Any, field: str) -> Any:
    for part in field.split("__"):
        row = getattr(row, part)
    return row


def _opened(model: type[Model], fields: Sequence[str], text: str) -> _Cursor | None:
    if not text:
        return None
    try:
        back, *key = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return _Cursor(
            back is True, tuple(_read(model, f, v) for f, v in zip(fields, key, strict=True))
        )
    except (ValueError, TypeError, binascii.Error, ValidationError, OverflowError):
        raise Invalid(
            FieldProblem("/cursor", "broken", "This page address is not one of ours.")
        ) from None


def _read(model: type[Model], name: str, value: Any) -> Any:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)  # noqa: SLF001
    if not isinstance(value, str | int) or isinstance(value, bool) or "\x00" in str(value):
        raise ValueError(name)
    read = field.to_python(value)  # type: ignore[union-attr]
    if isinstance(read, int) and abs(read) >= 1 << 63:  # what a bigint holds
        raise ValueError(name)
    return read
