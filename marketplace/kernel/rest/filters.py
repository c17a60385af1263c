"""Filters of lists: named in a FilterSet, or refused."""

from typing import Any

import django_filters
from django.db.models import Model, QuerySet
from django.http import QueryDict

from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.rest.texts import problem_of

_LONGEST = 2000


class Filters(django_filters.FilterSet):  # type: ignore[misc]
    """The base of every list's filters."""


class State(django_filters.BaseInFilter, django_filters.CharFilter):  # type: ignore[misc]
    """Any of some words, by comma."""


def filtered[M: Model](kind: type[Filters], rows: QuerySet[M], params: QueryDict) -> QuerySet[M]:
    """Narrow rows as the parameters say; a value that cannot be read is refused."""
    chosen = kind(params, queryset=rows)
    if not chosen.is_valid():
        raise Invalid(
            *(
                FieldProblem(f"/{name}", "invalid", str(words))
                for name, errors in chosen.form.errors.items()
                for words in errors
            )
        )
    narrowed: QuerySet[M] = chosen.qs
    return narrowed


def check_query(params: QueryDict, known: frozenset[str], lists: frozenset[str]) -> None:
    """Refuse parameters that are unknown, doubled, too long or no clean text."""
    problems = []
    for name, values in params.lists():
        if name not in known:
            wrong = FieldProblem(f"/{_shown(name)}", "unknown-parameter", "Not known here.")
            problems.append(wrong)
            continue
        if len(values) > 1 and name not in lists:
            problems.append(FieldProblem(f"/{name}", "doubled", "Give this parameter once."))
        for value in values:
            unclean = problem_of(value, f"/{name}")
            if unclean:
                problems.append(unclean)
            elif len(value) > _LONGEST:
                words = f"At most {_LONGEST} characters."
                problems.append(FieldProblem(f"/{name}", "too-long", words))
    if problems:
        raise Invalid(*problems)


def whole(params: QueryDict, name: str, usual: int, *, least: int = 0, most: int) -> int:
    """Read a whole number within its bounds."""
    text = params.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):  # noqa: PLR2004
        raise Invalid(
            FieldProblem(f"/{name}", "out-of-range", f"A whole number from {least} to {most}.")
        )
    return int(text)


def flag(params: QueryDict, name: str) -> bool:
    """Read ``true`` or ``false``; nothing is false."""
    text: Any = params.get(name, "false")
    if text not in ("true", "false", "1", "0"):
        raise Invalid(FieldProblem(f"/{name}", "invalid", "true or false."))
    return text in ("true", "1")


def _shown(name: str) -> str:
    return "".join(char for char in name if char.isprintable())[:100]
