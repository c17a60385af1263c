"""The lab as a page: rows as the consumer, refusals with a way on, files that run nothing."""

from decimal import Decimal

import pytest

from marketplace.connectors.base import Column, Rows
from marketplace.portal.lab_files import as_csv
from subscriptions.actions import agreements
from subscriptions.models import LabRun
from tests.marketplace.portal.conftest import FLIGHTS, part

pytestmark = pytest.mark.django_db
RELATION = "flight_operations_products.flight_delays_curated"


def run(client, agreement, sql, **extra):
    return client.post("/lab/run", {"agreement": str(agreement.pk), "sql": sql}, **extra)


def test_it_starts_with_my_products_their_columns_and_a_query(granted, as_ana):
    answer = as_ana.get("/lab")

    (source,) = answer.context["sources"]
    assert [c["name"] for c in source["columns"]] == ["flight_id", "carrier", "origin", "dep_delay"]
    assert answer.context["sql"] == f"SELECT *\nFROM {RELATION}\nLIMIT 100"
    assert answer.context["role"].startswith("mp_")


def test_without_access_it_says_so(mesh, browser):
    answer = browser("sid").get("/lab")

    assert "You have no access to read from yet." in answer.content.decode()


def test_a_saved_query_comes_with_its_relation(granted, as_ana):
    saved = granted.port.queries.create(
        slug="late", title="Late", sql="SELECT carrier FROM {relation}"
    )

    answer = as_ana.get("/lab", {"agreement": granted.pk, "query": saved.pk})

    assert answer.context["sql"] == f"SELECT carrier FROM {RELATION}"
    assert [one["title"] for one in answer.context["queries"]] == ["Late"]


def test_rows_come_with_types_in_place(granted, as_ana):
    answer = run(
        as_ana,
        granted,
        f"SELECT flight_id, dep_delay FROM {RELATION} ORDER BY 1",
        headers=part("section#result"),
    )

    assert answer.content.lstrip().startswith(b'<section id="result"')
    assert [(c.name, c.type) for c in answer.context["rows"].columns] == [
        ("flight_id", "int8"),
        ("dep_delay", "int4"),
    ]
    assert answer.context["cells"] == [["1", "2"], ["2", "33"], ["3", None]]
    assert answer["Cache-Control"] == "no-store"


def test_without_a_script_the_whole_page_comes_with_the_rows(granted, as_ana):
    answer = run(as_ana, granted, f"SELECT count(*) FROM {RELATION}")

    text = answer.content.decode()
    assert "<!doctype html>" in text
    assert f"SELECT count(*) FROM {RELATION}" in text
    assert answer.context["cells"] == [["3"]]
    assert answer.context["history"][0]["sql"] == f"SELECT count(*) FROM {RELATION}"


def test_a_cut_off_result_says_so(granted, as_ana, settings):
    settings.LAB_ROWS = 2

    answer = run(as_ana, granted, f"SELECT * FROM {RELATION}")

    assert len(answer.context["cells"]) == 2
    assert "cut off" in answer.content.decode()


def test_a_refusal_is_said_politely_and_gives_no_rows(granted, as_ana):
    for sql, code in (
        ("SELECT * FROM flight_operations.flights", "permission-denied"),
        ("DROP TABLE flight_operations.flights", "not-a-single-read-query"),
        ("SELEC 1", "not-a-single-read-query"),
        ("", "invalid"),
        ("SELECT 1\x00", "invalid"),
        ("SELECT '" + "x" * 20_000 + "'", "invalid"),
    ):
        answer = run(as_ana, granted, sql)
        assert answer.status_code == 422
        assert answer.context["refused"]["code"] == code
        assert "rows" not in answer.context


def test_after_a_revoke_it_offers_to_ask_again(granted, olaf, work, as_ana):
    agreements.revoke(olaf, agreement_id=granted.pk, reason="The project is over.")
    work()

    shown = as_ana.get("/lab", {"agreement": granted.pk})
    tried = run(as_ana, granted, f"SELECT * FROM {RELATION}")

    for answer in (shown, tried):
        assert answer.context["refused"]["title"] == "This access has ended"
        assert "The project is over." in answer.content.decode()
        assert f"/products/{FLIGHTS}/request?port=curated@1&amp;purpose=analytics" in (
            answer.content.decode()
        )
    assert tried.status_code == 422
    assert not LabRun.objects.exists()


def test_nobody_reads_by_my_agreement(granted, browser):
    for who in ("sid", "olaf", "gus", "pia"):
        answer = run(browser(who), granted, f"SELECT * FROM {RELATION}")
        assert answer.status_code == 422
        assert "rows" not in answer.context

    assert not LabRun.objects.exists()


def test_an_agreement_that_is_none_is_refused(mesh, as_ana):
    for wrong in ("", "7", "not-a-uuid", "01a1fc75-06f6-709c-9769-df7c0cb69a59"):
        answer = as_ana.post("/lab/run", {"agreement": wrong, "sql": "SELECT 1"})
        assert answer.context["refused"]["title"] == "Nothing to read from"

    assert not LabRun.objects.exists()


def test_running_by_a_link_does_nothing(granted, as_ana):
    assert as_ana.get("/lab/run", {"agreement": granted.pk, "sql": "SELECT 1"}).status_code == 405
    assert not LabRun.objects.exists()


def test_the_file_runs_the_query_again_and_is_recorded(granted, as_ana):
    answer = as_ana.post(
        "/lab/file",
        {"agreement": granted.pk, "sql": f"SELECT carrier, dep_delay FROM {RELATION} ORDER BY 1"},
    )

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="emporion-{LabRun.objects.get().pk}.csv"'
    )
    assert answer.content.decode() == "carrier,dep_delay\r\nAA,33\r\nB6,\r\nUA,2\r\n"


def test_a_refused_file_is_a_page_that_says_why(granted, as_ana):
    answer = as_ana.post("/lab/file", {"agreement": granted.pk, "sql": "SELEC 1"})

    assert (answer.status_code, answer["Content-Type"]) == (422, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\uff1d1", "'\uff1d1"),
        ("-5", "-5"),
        (-5, "-5"),
        (Decimal("-1.50"), "-1.50"),
        (True, "true"),
        ([1, 2], '"[1, 2]"'),
        (None, ""),
        ('a "b", c', '"a ""b"", c"'),
    ],
)
def test_no_cell_of_a_file_is_a_formula(value, written):
    rows = Rows((Column("a", "text"), Column("b", "int4")), [(value, 1)], False, 1.0)  # noqa: FBT003

    assert as_csv(rows) == f"a,b\r\n{written},1\r\n"


def test_what_it_costs(granted, as_ana, django_assert_num_queries):
    with django_assert_num_queries(10):
        as_ana.get("/lab")
