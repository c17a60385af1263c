"""What the management API's refusals mean."""

from datetime import UTC, datetime

import pytest

from marketplace.connectors.base import Conflict, Permanent
from marketplace.connectors.rabbitmq.management import _judged

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_user_that_another_worker_made_at_the_same_moment_is_planned_again() -> None:
    said = b'{"error":"bad_request","reason":["user_already_exists","mp_ana_c"]}'

    with pytest.raises(Conflict, match=r"^PUT users/mp_ana_c: 400: another worker made it"):
        _judged("PUT users/mp_ana_c", 400, said, NOON, "")


def test_any_other_bad_request_is_for_good() -> None:
    with pytest.raises(Permanent, match=r"^PUT users/mp_ana_c: 400$"):
        _judged("PUT users/mp_ana_c", 400, b'{"error":"bad_request"}', NOON, "")
