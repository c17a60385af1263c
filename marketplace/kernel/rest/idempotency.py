"""The same POST twice is one POST: answers kept under an Idempotency-Key for 24 hours.

Bookkeeping of requests, not domain rows, so no action: the key is claimed before the action's
transaction and its answer written after it. Answers are kept sealed, because some show a secret.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from marketplace.kernel.errors import FieldProblem, Invalid, KeyReused, StillRunning
from marketplace.kernel.rest.models import IdempotencyKey
from marketplace.kernel.sealing import seal, unseal

KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=5)  # longer than any request runs: its process is gone
_KEY = re.compile(r"[!-~]{1,100}")
_CLAIM = """
    INSERT INTO rest_idempotencykey (actor, key, digest) VALUES (%s, %s, %s)
    ON CONFLICT (actor, key) DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that the first request was given."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a request under its key."""

    pk: int

    def keep(self, status: int, body: Any, headers: dict[str, str]) -> None:
        """Keep the answer for whoever sends the key again."""
        text = json.dumps({"body": body, "headers": headers}, default=str)
        sealed = base64.b64encode(seal(text, place=_place(self.pk))).decode()
        IdempotencyKey.objects.filter(pk=self.pk).update(status=status, body={"sealed": sealed})

    def drop(self) -> None:
        """Forget the key: the request came to no answer worth keeping."""
        IdempotencyKey.objects.filter(pk=self.pk).delete()


def claim(actor: str, key: str, *, path: str, data: Any) -> Claim | Kept:
    """Claim a key for a request, or give the answer it has had.

    Raises KeyReused when the key came with another request, StillRunning while the first runs.
    """
    if not _KEY.fullmatch(key):
        raise Invalid(
            FieldProblem("/Idempotency-Key", "malformed", "1 to 100 visible ASCII characters.")
        )
    digest = _digest(path, data)
    mine = IdempotencyKey.objects.filter(actor=actor)
    mine.filter(created_at__lt=Now() - KEPT).delete()
    mine.filter(key=key, status=None, created_at__lt=Now() - ABANDONED).delete()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [actor, key, digest])
        row = cursor.fetchone()
    if row is not None:
        return Claim(row[0])
    first = mine.filter(key=key).first()
    if first is None or (first.status is None and first.digest == digest):
        raise StillRunning
    if first.digest != digest:
        raise KeyReused
    return _kept(first)


def _kept(first: IdempotencyKey) -> Kept:
    assert first.body is not None
    sealed = base64.b64decode(first.body["sealed"])
    answer = json.loads(unseal(sealed, place=_place(first.pk)))
    return Kept(first.status or 0, answer["body"], answer["headers"])


def _place(pk: int) -> str:
    return f"idempotency/{pk}/body"


def _digest(path: str, data: Any) -> str:
    text = json.dumps([path, data], sort_keys=True, default=_written)
    return hashlib.sha256(text.encode()).hexdigest()


def _written(value: Any) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)
