"""Parameters are found where they are meant, and their values never become text."""

import pytest

from marketplace.connectors.base import QueryRefused
from marketplace.connectors.parameters import bind, names
from marketplace.connectors.sandbox import redirected


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT 1", ()),
        ("SELECT * FROM t WHERE a = :carrier AND b>:least OR c = :carrier", ("carrier", "least")),
        ("SELECT '2013-01-08'::date, :day::date", ("day",)),
        ("SELECT ':no', \":no\", E'\\':no', $$:no$$, $a$ :no $a$", ()),
        ("SELECT 1 -- :no\n/* :no */ + :yes", ("yes",)),
        ("SELECT a[1:2], a[lo:hi], (a):no, ::no", ()),
        ("(:a,:b)", ("a", "b")),
    ],
)
def test_a_parameter_is_a_name_after_a_colon(sql, found):
    assert names(sql) == found


def test_values_stand_beside_the_text():
    text, values = bind("SELECT :b, :a, ':a', :b", {"a": "x'; DROP", "b": None}, "${}".format)

    assert text == "SELECT $1, $2, ':a', $1"
    assert values == (None, "x'; DROP")


@pytest.mark.parametrize(
    ("sql", "values", "code"),
    [
        ("SELECT :a, :b", {"a": "1"}, "parameter-missing"),
        ("SELECT :a", {"a": "x" * 10_001}, "syntax-error"),
        ("SELECT :a", {"a": "\x00"}, "syntax-error"),
        (", ".join(f":p{n}" for n in range(51)), {}, "syntax-error"),
    ],
)
def test_what_cannot_be_bound_is_refused(sql, values, code):
    with pytest.raises(QueryRefused) as refused:
        bind(sql, values, "${}".format)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("sql", "there"),
    [
        ("SELECT * FROM a_products.delays", "SELECT * FROM pg_temp.delays"),
        ('FROM "a_products"."delays" d', 'FROM pg_temp."delays" d'),
        ("a_products . delays.minutes", "pg_temp . delays.minutes"),
        ("A_Products.Delays", "pg_temp.Delays"),
        ("'a_products.delays' -- a_products.delays", "'a_products.delays' -- a_products.delays"),
        (
            "a_products.delays_full, xa_products.delays",
            "a_products.delays_full, xa_products.delays",
        ),
        ("b.a_products.delays", "b.a_products.delays"),
    ],
)
def test_only_the_one_relation_is_read_from_the_sandbox(sql, there):
    assert redirected(sql, "a_products", "delays", "pg_temp") == there
