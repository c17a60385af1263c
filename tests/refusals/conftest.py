"""Fixtures of the refusals: REST, browsers, and somebody else on the database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.rest import api
from tests.subscriptions.conftest import ask_curated, ask_full, platform, work

__all__ = ["api", "ask_curated", "ask_full", "platform", "work"]

Busy = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def busy() -> Busy:
    """Somebody else holds a table that the test has not touched, and we do not wait for it."""

    @contextmanager
    def hold(table: str) -> Iterator[None]:
        given: dict[str, Any] = settings.DATABASES["default"]
        names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
        found = {ours: given[theirs] for theirs, ours in names.items() if given.get(theirs)}
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        try:
            with psycopg.connect(**found, options="-c lock_timeout=5s") as other:
                other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
                yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 0")

    return hold
