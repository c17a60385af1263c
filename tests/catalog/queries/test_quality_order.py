"""What a person reads of a product's checks first: what failed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import DataProduct, QualityResult
from catalog.queries.quality import checks_of

pytestmark = pytest.mark.django_db


def test_failures_stand_before_warnings_and_those_before_what_passed(mesh):
    product = DataProduct.objects.get(key="flight-operations.flight-delays")
    moment = timezone.now() - timedelta(hours=1)
    for name, status in (
        ("a passed", "pass"),
        ("B warned", "warn"),
        ("c failed", "fail"),
        ("d broke", "error"),
    ):
        QualityResult.objects.create(
            product=product, check_key=name, name=name, status=status, observed_at=moment
        )

    assert [line.last.name for line in checks_of(product)] == [
        "c failed",
        "d broke",
        "B warned",
        "a passed",
    ]
