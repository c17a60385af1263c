"""The query library: what people keep, seen by who may see the product."""

import pytest

from catalog.models import SavedQuery
from marketplace.kernel.events.models import Event
from tests.marketplace.portal.conftest import part

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(mesh, curated, full):
    """Ana's, the owners' and a hidden one."""
    plans = mesh["customer.secret-plans"].ports.get()
    return {
        slug: SavedQuery.objects.create(port=port, slug=slug, title=title, sql=sql, **facts)
        for slug, port, title, sql, facts in (
            ("late", curated, "Late flights", "SELECT 1", {"author": "ana", "runs": 3}),
            ("routes", curated, "Routes", "SELECT origin", {"declared": True, "runs": 9}),
            ("fares", full, "Fares", "SELECT fare", {"author": "petra"}),
            ("plans", plans, "Plans", "SELECT 1", {"author": "petra", "runs": 99}),
        )
    }


def titles(answer):
    return [row["query"].title for row in answer.context["rows"]]


def test_the_most_run_stand_first_and_the_hidden_ones_nowhere(kept, browser):
    sid = browser("sid")

    answer = sid.get("/queries")

    assert titles(answer) == ["Routes", "Late flights", "Fares"]
    assert answer.context["total"] == 3
    assert "Plans" in titles(browser("petra").get("/queries"))
    assert [row["granted"] for row in answer.context["rows"]] == [False] * 3


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "late"}, ["Late flights"]),
        ({"q": "ORIGIN routes"}, ["Routes"]),
        ({"q": "petra"}, ["Fares"]),
        ({"q": "nothing like it"}, []),
        ({"q": "\x00"}, ["Routes", "Late flights", "Fares"]),
        ({"whose": "mine"}, ["Late flights"]),
        ({"whose": "teams"}, ["Late flights"]),
        ({"whose": "declared"}, ["Routes"]),
        ({"product": "customer.bookings"}, ["Fares"]),
        ({"page": "2"}, []),
        ({"page": "x"}, ["Routes", "Late flights", "Fares"]),
    ],
)
def test_it_is_narrowed_by_words_person_and_product(kept, as_ana, asked, found):
    assert titles(as_ana.get("/queries", asked)) == found


def test_while_typing_only_the_list_is_answered(kept, as_ana):
    answer = as_ana.get("/queries", {"q": "late"}, headers=part("div#found"))

    assert "<!doctype" not in answer.content.decode()


def test_it_opens_by_my_access(granted, as_ana):
    saved = granted.port.queries.create(slug="a", title="A", sql="SELECT 1", author="olaf")

    (row,) = as_ana.get("/queries").context["rows"]

    assert row["granted"] is True
    assert row["href"] == f"/lab?agreement={granted.pk}&query={saved.pk}"


def test_only_its_author_or_the_owners_remove_one(kept, as_ana, browser):
    late, routes, fares, plans = (kept[one].pk for one in ("late", "routes", "fares", "plans"))
    as_ana.post(f"/queries/{fares}/remove")
    as_ana.post(f"/queries/{routes}/remove")
    assert as_ana.post(f"/queries/{plans}/remove").status_code == 404
    assert SavedQuery.objects.count() == 4

    as_ana.post(f"/queries/{late}/remove")
    browser("petra").post(f"/queries/{fares}/remove")

    assert sorted(SavedQuery.objects.values_list("slug", flat=True)) == ["plans", "routes"]
    assert Event.objects.filter(name="query.removed").count() == 2
    assert as_ana.get(f"/queries/{routes}/remove").status_code == 405


def test_who_is_not_signed_in_signs_in(kept, client):
    assert client.get("/queries").status_code in (302, 401)


def test_what_it_costs(kept, as_ana, django_assert_num_queries):
    with django_assert_num_queries(7):
        as_ana.get("/queries")
