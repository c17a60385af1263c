"""The lab's further ways: values, what a text would give, before access, keeping, files, coach."""

import json
import threading
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.utils import timezone
from pyarrow import parquet

from catalog.models import SavedQuery
from marketplace.connectors.base import Column, Rows
from marketplace.kernel.ids import uuid7
from marketplace.portal.lab_charts import chart
from subscriptions.actions import lab as running
from subscriptions.models import FunnelMark, LabRun
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS, part

RELATION = "flight_operations_products.flight_delays_curated"
PORT = f"{FLIGHTS}:curated@1"
BY_CARRIER = f"SELECT flight_id FROM {RELATION} WHERE carrier = :carrier"


def run(client, agreement, sql, **more):
    fields = {"agreement": str(agreement.pk), "sql": sql} | more
    return client.post("/lab/run", fields, headers=part("section#result"))


@pytest.mark.django_db
class TestValues:
    def test_a_value_is_bound_and_stays_with_the_run(self, granted, as_ana):
        answer = run(as_ana, granted, BY_CARRIER, **{"p.carrier": "AA", "p.unused": "x"})

        assert answer.context["cells"] == [["2"]]
        assert LabRun.objects.get().values == {"carrier": "AA"}
        again = as_ana.get("/lab", {"run": LabRun.objects.get().pk})
        assert again.context["sql"] == BY_CARRIER
        assert again.context["params"] == [{"name": "carrier", "field": "p.carrier", "value": "AA"}]

    def test_without_one_it_says_which(self, granted, as_ana):
        answer = run(as_ana, granted, BY_CARRIER)

        assert answer.status_code == 422
        assert answer.context["refused"]["title"] == "A parameter has no value"
        assert ":carrier" in answer.context["refused"]["detail"]

    def test_nobody_opens_the_run_of_another(self, granted, as_ana, browser):
        run(as_ana, granted, "SELECT 1")

        answer = browser("sid").get("/lab", {"run": LabRun.objects.get().pk})

        assert answer.context["sql"] == ""


@pytest.mark.django_db
class TestAhead:
    def ahead(self, client, **fields):
        return client.post("/lab/ahead", fields, headers=part("div#ahead"))

    def test_rows_and_cost_are_the_planners(self, granted, as_ana):
        answer = self.ahead(as_ana, agreement=granted.pk, sql=BY_CARRIER, **{"p.carrier": "AA"})

        assert answer.context["estimate"].rows >= 1
        assert "by the planner" in answer.content.decode()
        assert "<!doctype" not in answer.content.decode()
        assert not LabRun.objects.exists()

    def test_a_text_that_is_not_finished_is_said_quietly(self, granted, as_ana):
        wrong = self.ahead(as_ana, agreement=granted.pk, sql="SELEC")
        open_ = self.ahead(as_ana, agreement=granted.pk, sql=BY_CARRIER)

        assert 'role="alert"' not in wrong.content.decode()
        assert wrong.status_code == 200
        assert 'name="p.carrier"' in open_.content.decode()
        assert "Give a value" not in open_.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_running_query_is_stopped_from_the_page(granted, as_ana):
    chosen, answers = str(uuid7()), []

    def wait():
        try:
            answers.append(run(as_ana, granted, "SELECT pg_sleep(14)", run=chosen))
        finally:
            connection.close()

    thread = threading.Thread(target=wait)
    began = timezone.now()
    thread.start()
    while not LabRun.objects.filter(pk=chosen).exists():
        assert timezone.now() - began < timedelta(seconds=30)
    stopped = as_ana.post(f"/lab/runs/{chosen}/stop", headers={"HX-Request": "true"})
    thread.join(30)

    assert stopped.status_code == 204
    assert answers[0].context["refused"]["title"] == "The query was stopped"
    assert timezone.now() - began < timedelta(seconds=12)


@pytest.mark.django_db
class TestBeforeAccess:
    def test_the_same_text_runs_on_invented_rows_and_says_so(self, platform, mesh, browser):
        sid = browser("sid")

        page = sid.get("/lab", {"port": PORT})
        answer = sid.post("/lab/run", {"port": PORT, "sql": f"SELECT count(*) FROM {RELATION}"})

        assert page.context["synthetic"] is True
        assert [c["name"] for c in page.context["try_columns"]] == [
            "flight_id",
            "carrier",
            "origin",
            "dep_delay",
        ]
        assert f"/products/{FLIGHTS}/request?port=curated@1" in page.content.decode()
        assert answer.context["cells"] == [["200"]]
        assert "invented rows" in answer.content.decode()
        assert not LabRun.objects.exists()

    def test_with_access_the_address_of_the_port_means_the_real_rows(self, granted, as_ana):
        page = as_ana.get("/lab", {"port": PORT, "sql": f"SELECT 7 FROM {RELATION}"})

        assert page.context["synthetic"] is False
        assert page.context["chosen"] == granted
        assert page.context["sql"] == f"SELECT 7 FROM {RELATION}"

    def test_a_port_that_sid_cannot_see_is_not_there(self, mesh, browser):
        hidden = {"port": "customer.secret-plans:plans@1"}

        assert browser("sid").get("/lab", hidden).status_code == 404
        refused = browser("sid").post("/lab/run", hidden | {"sql": "SELECT 1"})
        assert refused.context["refused"]["title"] == "Nothing to read from"

    def test_a_refusal_offers_to_ask_for_the_port_in_place(self, granted, as_ana):
        sql = "SELECT * FROM customer_products.bookings_full"

        answer = run(as_ana, granted, sql)

        (offer,) = answer.context["refused"]["offers"]
        assert offer["ask"] == f"/products/{BOOKINGS}/request?port=full@1"
        assert "data-drawer" in answer.content.decode()

    def test_what_is_hidden_is_never_offered(self, granted, as_ana):
        answer = run(as_ana, granted, "SELECT * FROM customer_products.secret_plans_plans")

        assert answer.context["refused"]["offers"] == []
        assert "secret-plans" not in answer.content.decode()


@pytest.mark.django_db
class TestKeeping:
    def keep(self, client, agreement, title, **more):
        fields = {"agreement": agreement.pk, "sql": f"SELECT 1 FROM {RELATION}", "title": title}
        return client.post("/lab/save", fields | more)

    def test_it_stands_in_the_library_without_the_relations_name(self, granted, as_ana):
        answer = self.keep(as_ana, granted, "Late flights")

        saved = SavedQuery.objects.get()
        assert (saved.slug, saved.author) == ("late-flights", "ana")
        assert saved.sql == "SELECT 1 FROM {relation}"
        assert answer["Location"] == f"/lab?agreement={granted.pk}&query={saved.pk}"
        page = as_ana.get(answer["Location"])
        assert page.context["sql"] == f"SELECT 1 FROM {RELATION}"
        assert page.context["share"] == f"/lab?query={saved.pk}"

    def test_a_copy_knows_what_it_began_as(self, granted, as_ana):
        self.keep(as_ana, granted, "Late")
        first = SavedQuery.objects.get()

        self.keep(as_ana, granted, "Late", query=first.pk)

        copy = SavedQuery.objects.exclude(pk=first.pk).get()
        assert (copy.slug, copy.forked_from) == ("late-2", first)

    def test_without_a_title_nothing_is_kept(self, granted, as_ana):
        assert self.keep(as_ana, granted, " ").status_code == 422
        assert not SavedQuery.objects.exists()

    def test_sid_opens_it_on_invented_rows_and_runs_are_counted(
        self, granted, as_ana, browser, work
    ):
        self.keep(as_ana, granted, "Late")
        saved = SavedQuery.objects.get()
        run(as_ana, granted, "SELECT 1", query=str(saved.pk))
        work()

        page = browser("sid").get("/lab", {"query": saved.pk})

        assert page.context["synthetic"] is True
        assert page.context["sql"] == f"SELECT 1 FROM {RELATION}"
        saved.refresh_from_db()
        assert saved.runs == 1


@pytest.mark.django_db
class TestFiles:
    def file(self, client, agreement, kind, **more):
        fields = {"agreement": agreement.pk, "sql": BY_CARRIER, "format": kind} | more
        return client.post("/lab/file", fields)

    def test_a_notebook_holds_the_text_and_no_row_and_runs_nothing(self, granted, as_ana):
        answer = self.file(as_ana, granted, "ipynb", **{"p.carrier": 'A"A'})

        book = json.loads(answer.content)
        code = book["cells"][-1]["source"]
        assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
        assert "WHERE carrier = %s" in code
        assert '["A\\"A"]' in code
        compile(code, "cell", "exec")
        assert not LabRun.objects.exists()

    def test_parquet_has_the_types_of_the_rows(self, granted, as_ana):
        sql = f"SELECT flight_id, carrier AS a, origin AS a, dep_delay FROM {RELATION} ORDER BY 1"
        answer = self.file(as_ana, granted, "parquet", sql=sql)

        table = parquet.read_table(BytesIO(answer.content))
        assert table.column_names == ["flight_id", "a", "a_2", "dep_delay"]
        assert table.column("dep_delay").to_pylist() == [2, 33, None]
        assert str(table.schema.field("flight_id").type) == "int64"

    def test_a_form_that_is_none_is_not_there(self, granted, as_ana):
        assert self.file(as_ana, granted, "xlsx").status_code == 404
        assert not LabRun.objects.exists()


@pytest.mark.django_db
class TestCoach:
    def test_it_starts_with_finding(self, mesh, as_ana):
        (first, *rest) = as_ana.get("/lab").context["coach"]["steps"]

        assert (first["state"], [s["state"] for s in rest]) == ("now", ["todo"] * 3)

    def test_it_ends_with_the_real_time_from_the_search_to_the_rows(
        self, platform, ask_curated, work, as_ana, ana
    ):
        FunnelMark.objects.create(
            at=timezone.now() - timedelta(seconds=90), step="search", actor="ana", text="delays"
        )
        asked = ask_curated()
        work()
        states = [s["state"] for s in as_ana.get("/lab").context["coach"]["steps"]]
        running.run(ana, agreement_id=asked.agreement.pk, sql="SELECT 1")
        work()

        answer = run(as_ana, asked.agreement, "SELECT 1")

        assert states == ["done", "done", "done", "now"]
        assert answer.context["coach"]["finished"] is True
        assert answer.context["coach"]["took"].startswith("1 min")
        assert answer.context["coach"]["usual"]["n"] == 1


def shape(*columns):
    return tuple(Column(name, kind) for name, kind in columns)


class TestCharts:
    def test_a_number_over_days_is_a_line(self):
        rows = [(timezone.datetime(2026, 1, day).date(), day * 2) for day in (1, 2, 3)]

        drawn = chart(Rows(shape(("day", "date"), ("late", "int8")), rows, False, 1.0))  # noqa: FBT003

        assert (drawn.kind, drawn.title, drawn.least, drawn.most) == (
            "line",
            "late by day",
            "2",
            "6",
        )
        assert drawn.ends == ("2026-01-01", "2026-01-03")
        assert drawn.line.count("<polyline") == 1

    def test_a_number_by_name_is_bars_and_says_how_many(self):
        rows = [(f"c{n}", n) for n in range(30, 0, -1)]

        drawn = chart(Rows(shape(("carrier", "text"), ("n", "int8")), rows, False, 1.0))  # noqa: FBT003

        assert (drawn.kind, drawn.shown, drawn.of) == ("bars", 20, 30)
        assert (drawn.bars[0].value, drawn.bars[0].share) == ("30", 100)

    @pytest.mark.parametrize(
        ("columns", "rows"),
        [
            ([("a", "text"), ("b", "text")], [("x", "y")]),
            ([("n", "int8")], [(1,), (2,)]),
            ([("a", "text"), ("n", "int8")], [("x", 1), ("x", 2)]),
            ([("a", "text"), ("n", "int8")], [("x", -1), ("y", 2)]),
            ([("a", "int8"), ("n", "int8")], [(3, 1), (1, 2), (2, 2)]),
            ([("a", "text"), ("n", "float8")], [("x", float("nan")), ("y", None)]),
            ([("a", "text"), ("n", "int8")], []),
        ],
    )
    def test_another_shape_has_none(self, columns, rows):
        assert chart(Rows(shape(*columns), rows, False, 1.0)) is None  # noqa: FBT003
