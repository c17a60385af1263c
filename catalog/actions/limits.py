"""Refuse what does not fit into a row, with its place, before the database would."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from marketplace.kernel.errors import FieldProblem, Invalid


def fits[Row: models.Model](row: Row, pointer: str) -> Row:
    """Refuse texts that are longer than their column; give the row back."""
    problems = [
        FieldProblem(f"{pointer}/{name}", "too-long", f"This is longer than {most} characters.")
        for name, most, texts in _texts(row)
        if any(len(text) > most for text in texts)
    ]
    if problems:
        raise Invalid(*problems)
    return row


def _texts(row: models.Model) -> Iterable[tuple[str, int, list[str]]]:
    for field in row._meta.concrete_fields:
        value: Any = getattr(row, field.attname)
        inner = field.base_field if isinstance(field, ArrayField) else field
        most = getattr(inner, "max_length", None)
        if most is not None:
            values = value if isinstance(value, list) else [value]
            yield field.name, most, [text for text in values if isinstance(text, str)]
