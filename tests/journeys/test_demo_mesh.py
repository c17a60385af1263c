"""The demo mesh loads whole, through the actions that people use, and twice changes nothing."""

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from catalog.models import DataProduct, PortProfile, QualityResult
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import StillRunning
from marketplace.kernel.events.models import Delivery, Event
from marketplace.kernel.events.queries import verify_chain
from subscriptions.actions.demo import order_demo
from subscriptions.events import DemoOrdered
from subscriptions.handlers.demo import LOCK, load_demo
from subscriptions.models import AccessAgreement, AccessRequest, Notice
from subscriptions.tasks import work_until_idle


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_demo_mesh_is_real_and_loads_once(tmp_path, settings, capsys, monkeypatch):
    settings.VAR = tmp_path
    monkeypatch.setenv("EMPORION_DEMO_SAMPLE", "1")

    order_demo(SYSTEM)
    work_until_idle()

    assert DataProduct.objects.count() == 16
    states = set(AccessAgreement.objects.values_list("state", "grant__state"))
    assert states == {("active", "verified")}
    levels = {e["level"] for e in AccessAgreement.objects.values_list("grant__evidence", flat=True)}
    assert levels == {"proven"}
    assert AccessRequest.objects.filter(state="in_review").count() >= 1
    assert Notice.objects.filter(type="BREAKING_CHANGE").count() == 1
    assert PortProfile.objects.count() > 10
    assert QualityResult.objects.exists()
    assert not DataProduct.objects.filter(status="active", score=None).exists()
    assert not Delivery.objects.filter(done_at=None).exists(), list(
        Delivery.objects.filter(done_at=None).values_list("handler", "error")[:3]
    )
    assert verify_chain().ok
    last = Event.objects.order_by("-seq").first().seq

    call_command("load_demo", "--sample")

    assert Event.objects.order_by("-seq").first().seq <= last + 1


@pytest.mark.django_db(transaction=True)
def test_one_worker_at_a_time_loads_it():
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])

        with pytest.raises(StillRunning):
            load_demo(DemoOrdered(subject="demo/mesh"))

    assert not DataProduct.objects.exists()
