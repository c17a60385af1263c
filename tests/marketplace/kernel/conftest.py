"""The kernel's tests begin with an empty log."""

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def _empty_log(request):
    """Forget what installing the product has recorded."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("transactional_db" if _real(request) else "db")
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE events_delivery, events_event, events_chain")


def _real(request) -> bool:
    marks = request.node.iter_markers("django_db")
    return any(mark.kwargs.get("transaction") for mark in marks)
