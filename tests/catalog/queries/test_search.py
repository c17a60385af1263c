"""Finding: words, filters, counts, pages, spelling; hidden products leave no trace."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from catalog.actions.standing import Standing, set_standings
from catalog.models import DataProduct
from catalog.queries import SearchQuery, search
from marketplace.kernel.actors import NOBODY, SYSTEM
from marketplace.kernel.clock import now
from marketplace.kernel.errors import Invalid
from tests.factories import descriptors as make

DELAYS = "flight-operations.flight-delays"


def keys(page):
    return [hit.card["key"] for hit in page.hits]


def counts(page, name):
    return {
        option.value: option.count
        for facet in page.facets
        for option in facet.options
        if facet.name == name
    }


@pytest.fixture
def market(apply, mesh):
    """Three more products of flight-operations, in several forms."""
    apply(
        make.product(
            "flight-operations.routes",
            name="Route network",
            purpose="Which airports are connected.",
            tags=["network"],
            certification="gold",
            ports=[
                make.port("sql", resource="flight_operations.routes"),
                make.port("files", interface="file", platform="", resource="s3://routes"),
            ],
        ),
        make.product(
            "flight-operations.crew-meals",
            name="Cafés à la carte",
            purpose="Where crews eat.",
            ports=[make.port("sql", resource="flight_operations.eat")],
        ),
        make.product(
            "flight-operations.punctuality",
            name="Punctuality",
            purpose="On time, by carrier.",
            tags=["delays"],
            ports=[make.port("sql", resource="flight_operations.otp")],
        ),
    )
    set_standings(
        SYSTEM,
        standings={"flight-operations.routes": Standing(score=91, consumers=7, instant=True)},
    )
    set_standings(
        SYSTEM,
        standings={
            "flight-operations.punctuality": Standing(score=60, consumers=3, refreshed_at=now())
        },
    )


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("delays", [DELAYS, "flight-operations.punctuality"]),
        ("flight dela", [DELAYS, "flight-operations.punctuality"]),
        ("late dela", [DELAYS]),
        ("late flights", [DELAYS]),
        ('"late flights"', [DELAYS]),
        ("delays -punctuality", [DELAYS]),
        ("routes or punctuality", ["flight-operations.punctuality", "flight-operations.routes"]),
        ("cafes", ["flight-operations.crew-meals"]),
        ("dep_delay", [DELAYS]),
        ("bookings", ["customer.bookings"]),
        (DELAYS, [DELAYS]),
        ("nothing-of-this-kind", []),
        ("!!! ' \\ :* | &", []),
        ("tag:delays", [DELAYS, "flight-operations.punctuality"]),
        ("domain:customer", ["customer.bookings"]),
        ("port:file", ["flight-operations.routes"]),
        ("has:dep_delay", [DELAYS]),
        ("has:email pii:yes", ["customer.bookings"]),
        ("delays pii:yes", []),
        ("owner:customer", ["customer.bookings"]),
        ("score:>60", ["flight-operations.routes"]),
        ("score:>=60", ["flight-operations.punctuality", "flight-operations.routes"]),
        ("fresh:<1h", ["flight-operations.punctuality"]),
        ("certified:gold", ["flight-operations.routes"]),
        ("certified:yes", ["flight-operations.routes"]),
        ("access:instant", ["flight-operations.routes"]),
        ("class:confidential", ["customer.bookings"]),
        ("-pii:yes -tag:delays -tag:network", ["flight-operations.crew-meals"]),
        ("-has:dep_delay -port:file delays", ["flight-operations.punctuality"]),
        ("score:<80", ["flight-operations.punctuality"]),
        (
            "-score:>80 domain:flight-operations tag:delays",
            [DELAYS, "flight-operations.punctuality"],
        ),
        ("fresh:>1h tag:delays", [DELAYS]),
        ('domain:"flight operations" cafes', ["flight-operations.crew-meals"]),
    ],
)
def test_words_and_filters_find(market, ana, q, found):
    page = search(ana, SearchQuery(q=q))

    assert sorted(keys(page)) == sorted(found)
    assert page.total == len(found)


def test_the_name_counts_more_than_the_columns(market, ana):
    assert keys(search(ana, SearchQuery(q="delay"))) == [DELAYS, "flight-operations.punctuality"]


def test_what_strangers_may_not_see_changes_nothing(market, apply, sid):
    asked = [
        SearchQuery(),
        SearchQuery(q="delays"),
        SearchQuery(q="zepelin"),
        SearchQuery(q="zeppelin"),
        SearchQuery(q="delais"),
        SearchQuery(domain=("customer",)),
        SearchQuery(q="has:zeppelin"),
        SearchQuery(classification=("internal",), sort="name"),
    ]
    with_hidden = [asdict(search(sid, query)) for query in asked]
    hidden = DataProduct.objects.get(key="customer.secret-plans")
    hidden.search = None
    hidden.domain = DataProduct.objects.get(key=DELAYS).domain
    hidden.status = "retired"
    hidden.consumers = 10_000
    hidden.save()
    apply(
        make.product(
            "customer.delaiss", scope="team", name="Delais", purpose="Delaiss delais zepelin."
        )
    )

    assert [asdict(search(sid, query)) for query in asked] == with_hidden
    assert all("secret" not in str(page) and "zeppelin" not in str(page) for page in with_hidden)


def test_owners_find_their_hidden_product(market, petra, sid):
    assert keys(search(petra, SearchQuery(q="zeppelin"))) == ["customer.secret-plans"]
    assert search(petra, SearchQuery(q="zeppelin")).hits[0].matched_column == "zeppelin"
    assert keys(search(sid, SearchQuery(q="zeppelin"))) == []
    assert keys(search(NOBODY, SearchQuery())) == []


def test_facets_count_what_is_seen_and_leave_their_own_filter_out(market, ana):
    page = search(ana, SearchQuery(domain=("flight-operations",), interface=("sql",)))

    assert page.total == 4
    assert counts(page, "domain") == {"flight-operations": 4, "customer": 1}
    assert counts(page, "interface") == {"sql": 4, "file": 1}
    assert counts(page, "certification") == {"none": 3, "gold": 1}
    assert counts(page, "access") == {"review": 3, "instant": 1}
    assert counts(page, "personal_data") == {"no": 4}
    assert counts(page, "platform") == {"warehouse": 4}
    assert counts(page, "status") == {"active": 4}
    chosen = [o for facet in page.facets for o in facet.options if o.selected]
    assert [(o.value, o.label) for o in chosen] == [
        ("flight-operations", "Flight operations"),
        ("sql", "sql"),
    ]


def test_scores_are_counted_whatever_score_is_asked_for(market, ana):
    page = search(ana, SearchQuery(min_score=80))
    browsed = search(ana, SearchQuery(domain=("flight-operations",)))

    assert page.total == 1
    assert [(step, n) for step, n in enumerate(page.scores) if n] == [(12, 1), (18, 1)]
    assert browsed.scores == page.scores
    assert sum(search(ana, SearchQuery(q="punctuality")).scores) == 1


def test_a_chosen_option_stays_when_nothing_is_left(market, ana):
    page = search(ana, SearchQuery(q="routes", interface=("stream",)))

    assert page.total == 0
    assert counts(page, "interface") == {"file": 1, "sql": 1}


def test_browsing_gives_the_same_counts_as_searching(market, ana):
    browsed = search(ana, SearchQuery())
    searched = search(ana, SearchQuery(min_score=-1))

    assert browsed.total == 5
    assert keys(browsed)[:2] == ["flight-operations.routes", "flight-operations.punctuality"]
    assert {f.name: counts(browsed, f.name) for f in browsed.facets} == {
        "domain": {"flight-operations": 4, "customer": 1},
        "interface": {"sql": 5, "file": 1},
        "platform": {"warehouse": 5},
        "access": {"review": 4, "instant": 1},
        "classification": {"internal": 4, "confidential": 1},
        "certification": {"none": 4, "gold": 1},
        "personal_data": {"no": 4, "yes": 1},
        "status": {"active": 5},
    }
    assert searched.total == 2  # only two products have a score


def test_counts_are_remembered_until_something_happens(
    market, ana, apply, django_assert_num_queries
):
    search(ana, SearchQuery())
    with django_assert_num_queries(1):
        assert search(ana, SearchQuery()).total == 5

    apply(make.product("flight-operations.one-more", ports=[make.port(resource="f.more")]))

    with django_assert_num_queries(2):
        assert search(ana, SearchQuery()).total == 6


def test_retired_products_are_found_only_when_asked_for(market, petra):
    DataProduct.objects.filter(key="customer.bookings").update(status="retired")

    assert keys(search(petra, SearchQuery(q="bookings"))) == []
    assert keys(search(petra, SearchQuery(q="bookings", status=("retired",)))) == [
        "customer.bookings"
    ]


@pytest.mark.parametrize("sort", ["consumers", "name", "score", "fresh", "relevance"])
@pytest.mark.parametrize("q", ["", "owner:flight-operations", "flights or routes or time or eat"])
def test_pages_go_on_where_the_last_one_ended(market, ana, sort, q):
    everything = keys(search(ana, SearchQuery(q=q, sort=sort)))
    query, paged = SearchQuery(q=q, sort=sort, limit=2), []
    while True:
        page = search(ana, query)
        paged += keys(page)
        if not page.next_cursor:
            break
        query = replace(query, cursor=page.next_cursor)

    assert len(everything) >= 4
    assert paged == everything


def test_a_misspelt_word_is_corrected_when_nothing_has_it(market, ana):
    page = search(ana, SearchQuery(q="puntuality"))

    assert keys(page) == ["flight-operations.punctuality"]
    assert page.corrected == "punctuality"
    assert search(ana, SearchQuery(q="punctuality")).corrected == ""
    assert search(ana, SearchQuery(q="qqqqqqqq")).corrected == ""


def test_known_words_are_not_corrected_because_of_a_filter(market, ana):
    page = search(ana, SearchQuery(q="punctuality domain:customer"))

    assert (page.total, page.corrected) == (0, "")


def test_a_hit_says_by_which_column(market, ana):
    assert search(ana, SearchQuery(q="carrier")).hits[0].card["key"] in {
        DELAYS,
        "flight-operations.punctuality",
    }
    found = {hit.card["key"]: hit for hit in search(ana, SearchQuery(q="origin")).hits}
    assert found[DELAYS].matched_column == "origin"
    assert search(ana, SearchQuery(q="has:dep_delay")).hits[0].matched_column == "dep_delay"
    assert search(ana, SearchQuery(q="flight delays")).hits[0].matched_column is None
    assert found[DELAYS].as_json()["matched_column"] == "origin"


@pytest.mark.parametrize(
    "query",
    [
        SearchQuery(sort="price"),
        SearchQuery(cursor="not-a-cursor"),
        SearchQuery(cursor="WyJuYW1lIiwgMSwgMl0"),
    ],
)
def test_an_unknown_order_and_a_broken_page_are_refused(market, ana, query):
    with pytest.raises(Invalid):
        search(ana, query)


def test_a_null_character_and_a_very_long_text_find_nothing(market, ana):
    assert search(ana, SearchQuery(q="a\x00b" * 500)).total == 0


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        (SearchQuery(q="delay"), 1),
        (SearchQuery(q="delay has:dep_delay", domain=("flight-operations",)), 1),
        (SearchQuery(domain=("customer",), fresh=timedelta(days=1)), 1),
        (SearchQuery(q="puntuality"), 3),
    ],
)
def test_a_search_costs_few_statements(market, ana, query, statements, django_assert_num_queries):
    with django_assert_num_queries(statements):
        search(ana, query)


def test_the_data_must_be_as_fresh_as_asked(market, ana):
    DataProduct.objects.filter(key=DELAYS).update(refreshed_at=Now() - timedelta(hours=3))

    assert keys(search(ana, SearchQuery(fresh=timedelta(hours=2)))) == [
        "flight-operations.punctuality"
    ]
    assert DELAYS in keys(search(ana, SearchQuery(fresh=timedelta(hours=4))))
