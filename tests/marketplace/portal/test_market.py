"""Finding a product: words, filters, counts, and what the reader already has."""

import pytest
from django.test import Client

from catalog.models import DataProduct, OutputPort
from subscriptions.actions import lab
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS, part

pytestmark = pytest.mark.django_db


def rows(answer) -> list[str]:
    return [row["key"] for row in answer.context["rows"]]


def test_ana_sees_what_is_offered_to_her_and_nothing_hidden(mesh, as_ana):
    answer = as_ana.get("/")

    assert sorted(rows(answer)) == [BOOKINGS, FLIGHTS]
    assert answer.context["offer"].products == 2
    assert b"secret-plans" not in answer.content


def test_a_word_finds_by_name_and_says_so(mesh, as_ana):
    answer = as_ana.get("/", {"q": "delays"})

    assert rows(answer) == [FLIGHTS]
    assert b"Flight <mark>delays</mark>" in answer.content


def test_a_column_that_made_the_hit_is_named(mesh, as_ana):
    answer = as_ana.get("/", {"q": "fare"})

    assert rows(answer) == [BOOKINGS]
    assert answer.context["rows"][0]["matched_column"] == "fare"


def test_a_misspelt_word_is_corrected_and_the_page_says_it(mesh, as_ana):
    answer = as_ana.get("/", {"q": "fligths"})

    assert rows(answer) == [FLIGHTS]
    assert answer.context["corrected"] == "flight"


def test_nothing_found_says_why_and_what_to_take_away(mesh, as_ana):
    answer = as_ana.get("/", {"q": "zebra", "domain": "customer"})

    assert rows(answer) == []
    assert "Nothing matches “zebra”" in answer.content.decode()
    assert [chip["label"] for chip in answer.context["chips"]] == ["Customer"]
    assert answer.context["chips"][0]["href"] == "/?q=zebra"


def test_nothing_found_shows_the_nearest_and_what_it_lacks(mesh, as_ana):
    answer = as_ana.get("/", {"q": "bookings pii:no"})

    near = [(one["href"], one["missing"]) for one in answer.context["near"]]
    assert (f"/products/{BOOKINGS}", ("pii:no",)) in near
    assert "lacks <code>pii:no</code>" in answer.content.decode()


def test_a_wrong_filter_is_said_and_left_out_while_the_rest_is_found(mesh, as_ana):
    answer = as_ana.get("/", {"q": "delays fresh:yesterday domian:customer"})

    assert rows(answer) == [FLIGHTS]
    assert [one.code for one in answer.context["problems"]] == ["unknown-value", "unknown-filter"]
    assert "Did you mean domain:customer? Left out." in answer.content.decode()


def test_the_histogram_counts_what_the_words_left(mesh, as_ana):
    DataProduct.objects.filter(key=FLIGHTS).update(score=87)
    DataProduct.objects.filter(key=BOOKINGS).update(score=52)

    counts = as_ana.get("/", {"q": "delays"}).context["scores"]

    assert {step * 5: n for step, n in enumerate(counts) if n} == {85: 1}


def test_each_reader_sees_their_own_verdict(mesh, browser):
    def access(name):
        return {row["key"]: row["access"] for row in browser(name).get("/").context["rows"]}

    hers, his = access("ana"), access("sid")
    assert (hers[FLIGHTS]["state"], hers[FLIGHTS]["note"]) == ("instant", "instant for you")
    assert hers[BOOKINGS]["state"] == "review"
    assert his[BOOKINGS]["state"] == "review"


def test_a_policy_that_refuses_the_reader_is_said_on_the_row(mesh, as_ana):
    OutputPort.objects.filter(product__key=FLIGHTS).update(status="draft")
    OutputPort.objects.filter(product__key=BOOKINGS).update(platform=None)

    found = {row["key"]: row["access"] for row in as_ana.get("/").context["rows"]}

    assert found[BOOKINGS] == {"state": "none", "note": "described only"}
    assert found[FLIGHTS]["state"] in ("none", "review")


def test_facets_count_what_each_value_would_leave(mesh, as_ana):
    answer = as_ana.get("/", {"domain": "customer"})

    facet = next(one for one in answer.context["facets"] if one["key"] == "domain")
    assert {o["value"]: (o["count"], o["on"]) for o in facet["options"]} == {
        "customer": (1, True),
        "flight-operations": (1, False),
    }
    assert rows(answer) == [BOOKINGS]


def test_while_typing_only_the_results_come_and_the_address_is_replaced(mesh, as_ana):
    answer = as_ana.get(
        "/",
        {"q": "delays", "sort": "", "score": "0"},
        headers=part("div#browse") | {"HX-Current-URL": "http://testserver/?q=dela"},
    )

    assert answer.content.lstrip().startswith(b'<div id="browse"')
    assert answer["HX-Replace-Url"] == "/?q=delays"
    assert "HX-Push-Url" not in answer
    assert answer["Cache-Control"] == "no-store"
    assert "HX-Request" in answer["Vary"]


def test_a_new_filter_is_a_step_to_go_back_from(mesh, as_ana):
    answer = as_ana.get(
        "/",
        {"q": "delays", "domain": "flight-operations"},
        headers=part("div#browse") | {"HX-Current-URL": "http://testserver/?q=delays"},
    )

    assert answer["HX-Push-Url"] == "/?q=delays&domain=flight-operations"


def test_further_rows_come_by_cursor(mesh, as_ana):
    first = as_ana.get("/", {"sort": "name", "page_size": 1})
    second = as_ana.get(first.context["next"], headers=part("li#more"))

    assert rows(first) == [BOOKINGS]
    assert rows(second) == [FLIGHTS]
    assert second.content.lstrip().startswith(b"<li")
    assert b'id="more"' not in second.content


def test_a_page_begins_with_few_rows_and_goes_on_with_many(mesh, apply, as_ana):
    apply(
        *(
            make.product(
                f"flight-operations.extra-{number:02}",
                ports=[make.port(resource=f"extra.t{number}", contract="flight-delays-curated")],
            )
            for number in range(80)
        )
    )
    first = as_ana.get("/", {"sort": "name"})
    second = as_ana.get(first.context["next"], headers=part("li#more"))
    third = as_ana.get(second.context["next"], headers=part("li#more"))

    found = [rows(one) for one in (first, second, third)]
    assert [len(some) for some in found] == [24, 50, 8]
    assert len({key for some in found for key in some}) == 82
    assert len(rows(as_ana.get("/", {"sort": "name", "page_size": 50}))) == 50


@pytest.mark.parametrize(
    "wrong",
    [
        *("score=abc", "score=101", "fresh=yesterday", "personal_data=maybe", "sort=price"),
        *("cursor=x", "page_size=0", "page_size=201", "page_size=many"),
    ],
)
def test_a_wrong_parameter_is_refused_with_its_name(mesh, as_ana, wrong):
    answer = as_ana.get(f"/?{wrong}")

    assert answer.status_code == 400
    assert f"/{wrong.partition('=')[0]}".encode() in answer.content


def test_control_characters_in_a_search_are_only_words(mesh, as_ana):
    answer = as_ana.get("/", {"q": "delays\x00\u202e"})

    assert answer.status_code == 200


def test_who_is_not_signed_in_signs_in_when_nothing_is_public(mesh):
    answer = Client().get("/")

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=%2F")


def test_who_is_not_signed_in_sees_what_is_public(mesh):
    DataProduct.objects.filter(key=FLIGHTS).update(scope="external")

    answer = Client().get("/")

    assert rows(answer) == [FLIGHTS]
    assert answer.context["rows"][0]["access"] == {"state": "none", "note": ""}


def test_a_row_says_my_own_access(granted, ask_full, as_ana):
    ask_full()

    found = {row["key"]: row["access"] for row in as_ana.get("/").context["rows"]}

    assert (found[FLIGHTS]["state"], found[FLIGHTS]["note"]) == ("granted", "you have access")
    assert (found[BOOKINGS]["state"], found[BOOKINGS]["note"]) == ("pending", "wait not known yet")


def test_others_see_no_access_of_hers(granted, browser):
    found = {row["key"]: row["access"]["state"] for row in browser("sid").get("/").context["rows"]}

    assert found[FLIGHTS] in ("instant", "review")


def test_the_promise_is_measured_or_says_that_it_was_not(granted, ana, as_ana):
    before = as_ana.get("/").content.decode()
    lab.run(ana, agreement_id=granted.pk, sql="SELECT 1 AS one")
    after = as_ana.get("/")

    assert "was not measured yet" in before
    assert after.context["promise"][1] == 1
    assert "over 1 agreement." in after.content.decode()


def test_the_palette_jumps_to_products_and_to_ones_own_pages(mesh, as_ana, as_olaf):
    groups = as_ana.get("/palette", {"q": "fl"}).context["groups"]
    found = [(g["title"], [i["label"] for i in g["items_list"]]) for g in groups]
    assert found[:2] == [("Data products", ["Flight delays"]), ("Ports", ["curated"])]

    def labels(client):
        groups = client.get("/palette").context["groups"]
        return [item["label"] for group in groups for item in group["items_list"]]

    assert "Reviews" in labels(as_olaf)
    assert "Reviews" not in labels(as_ana)


def test_the_market_costs_the_same_for_two_products_as_for_twenty(
    mesh, apply, as_ana, django_assert_num_queries
):
    extra = [
        make.product(f"customer.extra-{n}", ports=[make.port(resource=f"c.t{n}")])
        for n in range(18)
    ]
    apply(*extra)
    assert len(rows(as_ana.get("/"))) == 20

    as_ana.get("/", {"q": "delays"})

    with django_assert_num_queries(9):
        as_ana.get("/")
    with django_assert_num_queries(9):
        as_ana.get("/", {"q": "delays"})
    with django_assert_num_queries(7):
        as_ana.get("/", {"q": "delays"}, headers=part("div#browse"))
