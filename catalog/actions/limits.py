"""Refuse what does not fit into a row, with its place, before the database would."""

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from marketplace.kernel.errors import FieldProblem, Invalid


def fits[Row: models.Model](row: Row, pointer: str) -> Row:
    """Refuse texts that are longer than their column; give the row back."""
    problems = [
        FieldProblem(f"{pointer}/{name}", "too-long", f"This is longer than {most} characters.")
        for name, most, text in _texts(row)
        if len(text) > most
    ]
    if problems:
        raise Invalid(*problems)
    return row


def _texts(row: models.Model) -> Iterator[tuple[str, int, str]]:
    """Give (name, longest, text) of each text; an item of a list is named by its place."""
    for field in row._meta.concrete_fields:  # noqa: SLF001 - documented API
        value: Any = getattr(row, field.attname)
        inner = field.base_field if isinstance(field, ArrayField) else field
        most = getattr(inner, "max_length", None)
        if most is None:
            continue
        if isinstance(value, str):
            yield field.name, most, value
        elif isinstance(value, list):
            yield from ((f"{field.name}/{i}", most, text) for i, text in enumerate(value))
