"""Another spelling for words that nothing visible contains.

A candidate counts only when a product that the actor may see is found by it, and it is chosen
among such candidates alone: words of hidden products neither appear nor stand in the way.
"""

import re
from typing import Any

from django.db import connection

_PLAIN = re.compile(r"^[^\W\d_]{4,60}$")
_SQL = """
    SELECT w.word,
           EXISTS (SELECT 1 FROM catalog_dataproduct p
                   WHERE p.search @@ to_tsquery('emporion', w.word || ':*') AND {seen}),
           (SELECT s.word FROM catalog_searchword s
            WHERE s.word %% w.word AND EXISTS (
                SELECT 1 FROM catalog_dataproduct p
                WHERE p.search @@ plainto_tsquery('emporion', s.word) AND {seen})
            ORDER BY similarity(s.word, w.word) DESC, s.word LIMIT 1)
    FROM unnest(%s::text[]) AS w (word)
"""


def corrected_words(words: tuple[str, ...], seen: str, values: list[Any]) -> tuple[str, ...] | None:
    """Give the words with unknown ones replaced by the nearest known; None when none is near.

    ``seen`` is the condition on ``p`` that says what the actor may know of.
    """
    asked = sorted({word.lower() for word in words if _PLAIN.match(word)})
    if not asked:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(seen=seen), [*values, *values, asked])
        rows = cursor.fetchall()
    better = {word: other for word, known, other in rows if not known and other}
    if not better:
        return None
    return tuple(better.get(word.lower(), word) for word in words)
