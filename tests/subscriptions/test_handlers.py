"""What follows from events."""

import pytest

from catalog.actions.products import deprecate, retire
from marketplace.kernel.events.models import Delivery, Event
from subscriptions.models import AccessAgreement

pytestmark = pytest.mark.django_db

KEY = "flight-operations.flight-delays"


def test_a_retired_product_lets_nobody_read_any_more(platform, ask_curated, work, olaf):
    asked = ask_curated()
    work()
    assert AccessAgreement.objects.get(request=asked).state == "active"

    deprecate(olaf, key=KEY, reason="There is a better one.")
    retire(olaf, key=KEY, reason="Nobody keeps it.")
    work()

    agreement = AccessAgreement.objects.get(request=asked)
    assert (agreement.state, agreement.end_by) == ("revoked", "system")
    assert agreement.end_reason == "The product is retired."
    assert agreement.grant.evidence["level"] == "proven"
    assert not Delivery.objects.filter(done_at=None).exists()
    assert Event.objects.filter(name="access.agreement.revoked").count() == 1
