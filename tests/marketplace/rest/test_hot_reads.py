"""Reads that go around the framework: few statements, and no lost connection is noticed."""

import pytest
from django.db import connection

from marketplace.kernel.identity.models import ApiToken
from marketplace.kernel.prepared import fetch_one

DELAYS = "/products/flight-operations.flight-delays"


@pytest.mark.django_db
def test_a_product_costs_one_statement(api, mesh, django_assert_num_queries):
    api.ana.get(DELAYS)

    with django_assert_num_queries(1):
        assert api.ana.get(DELAYS).status == 200


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "?q=delay&facets=domain", "?ordering=name&page_size=1"])
def test_a_list_costs_two_statements(api, mesh, django_assert_num_queries, query):
    api.ana.get(f"/products{query}")

    with django_assert_num_queries(2):
        assert api.ana.get(f"/products{query}").status == 200


@pytest.mark.django_db
def test_a_narrow_token_reads_nothing_hot(api, mesh):
    lab = api.with_scopes("ana", "query")

    assert lab.get(DELAYS).code == lab.get("/products").code == "not-allowed"
    assert api.nobody.get(DELAYS).code == "sign-in-first"


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_opened_again(api, mesh):
    assert api.ana.get(DELAYS).status == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        lost = cursor.fetchone()[0]
    connection.connection.pgconn.finish()

    answer = api.ana.get(DELAYS)

    assert answer.status == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != lost


@pytest.mark.django_db
def test_a_revoked_token_is_refused_at_once_although_its_statement_is_prepared(api, mesh):
    for _ in range(7):
        assert api.ana.get(DELAYS).status == 200

    ApiToken.objects.update(revoked_at="2020-01-01T00:00:00Z")

    assert api.ana.get(DELAYS).code == "sign-in-first"


@pytest.mark.django_db
def test_nothing_is_prepared_behind_a_pooler(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)  # noqa: FBT003

    assert fetch_one("SELECT %s::int + 1", [1]) == (2,)
    monkeypatch.undo()
    assert fetch_one("SELECT %s::int + 2", [1]) == (3,)
    names = fetch_one(
        "SELECT array_agg(statement) FROM pg_prepared_statements WHERE statement LIKE %s",
        ["SELECT $1::int + %"],
    )
    assert names == (["SELECT $1::int + 2"],)
