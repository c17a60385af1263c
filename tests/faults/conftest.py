"""The demo port on the real warehouse, and receivers that can be away."""

from collections.abc import Callable

import pytest

from subscriptions.models import AccessAgreement, AccessRequest
from tests.subscriptions.conftest import ask_curated, ask_full, platform, work

__all__ = ["ask_curated", "ask_full", "platform", "work"]


@pytest.fixture
def the() -> Callable[[AccessRequest], AccessAgreement]:
    """The agreement of a request, as it stands now."""

    def find(request: AccessRequest) -> AccessAgreement:
        rows = AccessAgreement.objects.select_related("grant__handle", "port__platform")
        return rows.get(request=request)

    return find
