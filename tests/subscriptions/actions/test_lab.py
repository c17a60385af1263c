"""The lab's actions: bound values, estimates, stopping, invented rows. Refusals change nothing."""

import threading
import time

import pytest
from django.db import connection

from catalog.models import SavedQuery
from marketplace.kernel.errors import Duplicate, Invalid, NotAllowed, NotFound
from marketplace.kernel.events.models import Event
from marketplace.kernel.ids import uuid7
from subscriptions.actions import agreements, lab, sandbox
from subscriptions.lab import AccessEnded, LabRefused
from subscriptions.models import AccessAgreement, LabRun

FLIGHTS = "flight_operations_products.flight_delays_curated"
PRODUCT = "flight-operations.flight-delays"


@pytest.fixture
def agreement(platform, ask_curated, work):
    asked = ask_curated()
    work()
    return AccessAgreement.objects.get(request=asked)


@pytest.mark.django_db
class TestRunning:
    def test_values_are_bound_kept_and_told(self, agreement, ana):
        sql = f"SELECT flight_id FROM {FLIGHTS} WHERE carrier = :carrier"

        row, rows = lab.run(
            ana, agreement_id=agreement.pk, sql=sql, values={"carrier": "AA", "unused": "x"}
        )

        assert rows.rows == [(2,)]
        assert row.values == {"carrier": "AA"}
        assert Event.objects.get(name="lab.query.started").data["values"] == {"carrier": "AA"}

    def test_a_value_that_is_missing_or_no_text_is_refused(self, agreement, ana):
        sql = f"SELECT flight_id FROM {FLIGHTS} WHERE carrier = :carrier"

        with pytest.raises(LabRefused) as refused:
            lab.run(ana, agreement_id=agreement.pk, sql=sql)
        with pytest.raises(Invalid):
            lab.run(ana, agreement_id=agreement.pk, sql=sql, values={"carrier": "\x00"})

        assert refused.value.facts["reason"] == "parameter-missing"
        assert [(r.state, r.code) for r in LabRun.objects.all()] == [
            ("refused", "parameter-missing")
        ]

    def test_the_same_run_is_not_started_twice(self, agreement, ana):
        chosen = uuid7()
        row, _ = lab.run(ana, agreement_id=agreement.pk, sql="SELECT 1", run_id=chosen)

        with pytest.raises(Duplicate):
            lab.run(ana, agreement_id=agreement.pk, sql="SELECT 2", run_id=chosen)

        assert row.pk == chosen
        assert LabRun.objects.get().sql == "SELECT 1"

    def test_a_saved_query_that_gave_rows_is_counted(self, agreement, ana, deliver):
        saved = agreement.port.queries.create(slug="one", title="One", sql="SELECT 1")
        other = SavedQuery.objects.create(
            port=agreement.port.product.ports.first(), slug="b", title="B", sql="SELECT 2"
        )
        lab.run(ana, agreement_id=agreement.pk, sql="SELECT 1", query_id=saved.pk)
        with pytest.raises(LabRefused):
            lab.run(ana, agreement_id=agreement.pk, sql="SELEC", query_id=other.pk)
        lab.run(ana, agreement_id=agreement.pk, sql="SELECT 1", query_id=999_999)
        deliver()

        assert dict(SavedQuery.objects.values_list("slug", "runs")) == {"one": 1, "b": 0}


@pytest.mark.django_db
class TestEstimates:
    def test_the_planner_is_asked_and_nothing_is_run(self, agreement, ana):
        found = lab.foresee(
            ana,
            agreement_id=agreement.pk,
            sql=f"SELECT * FROM {FLIGHTS} WHERE carrier = :c",
            values={"c": "AA"},
        )

        assert found.rows >= 1
        assert found.cost > 0
        assert not LabRun.objects.exists()

    def test_only_who_may_query_may_ask(self, agreement, ana, olaf, sid, work):
        with pytest.raises(NotAllowed):
            lab.foresee(olaf, agreement_id=agreement.pk, sql="SELECT 1")
        with pytest.raises(NotFound):
            lab.foresee(sid, agreement_id=agreement.pk, sql="SELECT 1")
        agreements.revoke(olaf, agreement_id=agreement.pk, reason="Over.")
        work()
        with pytest.raises(AccessEnded):
            lab.foresee(ana, agreement_id=agreement.pk, sql="SELECT 1")


@pytest.mark.django_db(transaction=True)
class TestStopping:
    def test_a_running_query_is_ended_and_recorded(self, agreement, ana):
        chosen, codes = uuid7(), []

        def run():
            try:
                lab.run(ana, agreement_id=agreement.pk, sql="SELECT pg_sleep(14)", run_id=chosen)
            except LabRefused as refused:
                codes.append(refused.facts["reason"])
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        started = time.monotonic()
        thread.start()
        while not LabRun.objects.filter(pk=chosen).exists():
            assert time.monotonic() < started + 30
            time.sleep(0.02)

        assert lab.stop(ana, run_id=chosen) is True
        thread.join(30)

        assert time.monotonic() - started < 12
        assert codes == ["query-cancelled"]
        row = LabRun.objects.get()
        assert (row.state, row.code) == ("refused", "query-cancelled")
        assert Event.objects.filter(name="lab.query.stopped").count() == 1

    def test_what_is_over_stays_so_and_others_may_not(self, agreement, ana, olaf):
        row, _ = lab.run(ana, agreement_id=agreement.pk, sql="SELECT 1")

        assert lab.stop(ana, run_id=row.pk) is False
        with pytest.raises(NotFound):
            lab.stop(olaf, run_id=row.pk)

        row.refresh_from_db()
        assert (row.state, row.stop_asked_at) == ("done", None)


@pytest.mark.django_db
class TestSandbox:
    def test_sid_tries_a_query_on_invented_rows_without_access(self, platform, mesh, sid):
        rows = sandbox.run(
            sid,
            product=PRODUCT,
            port="curated",
            sql=f"SELECT count(*), count(DISTINCT flight_id) FROM {FLIGHTS} WHERE :all::boolean",
            values={"all": "true"},
        )

        assert rows.rows == [(200, 200)]
        assert not LabRun.objects.exists()
        event = Event.objects.get(name="lab.sandbox.queried")
        assert (event.actor, event.product) == ("sid", PRODUCT)

    def test_real_rows_are_never_among_them(self, platform, mesh, ana):
        for sql in ("SELECT * FROM flight_operations.flights", "SELECT * FROM other.table"):
            with pytest.raises(LabRefused):
                sandbox.run(ana, product=PRODUCT, port="curated", sql=sql)

    def test_what_sid_cannot_see_is_not_there(self, platform, mesh, sid):
        with pytest.raises(NotFound):
            sandbox.run(sid, product="customer.secret-plans", port="plans", sql="SELECT 1")

        assert not Event.objects.filter(name="lab.sandbox.queried").exists()

    def test_no_text_is_no_query(self, platform, mesh, ana):
        for sql in (" ", "SELECT '\x00'"):
            with pytest.raises(Invalid):
                sandbox.run(ana, product=PRODUCT, port="curated", sql=sql)
