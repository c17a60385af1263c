"""Applying bundles: all or nothing, and what comes of it."""

from catalog.models import DataProduct, OutputPort


def test_the_mesh_is_in_the_catalog(mesh):
    assert sorted(mesh) == [
        "customer.bookings",
        "customer.secret-plans",
        "flight-operations.flight-delays",
    ]
    assert OutputPort.objects.count() == 3
    assert DataProduct.objects.get(key="customer.bookings").personal_data
