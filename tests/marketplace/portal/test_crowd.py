"""Sixty people read what growth reads: no page shows them all at once, and each is found."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from catalog.actions.changes import propose_change
from marketplace.kernel.identity.models import User
from subscriptions.actions.notices import acknowledge
from subscriptions.models import AccessAgreement, AccessRequest, Acknowledgement, Grant, Notice
from subscriptions.notices import people_of, people_of_consumer
from subscriptions.queries import consumer_counts, holding_up, readers_of
from tests.factories import descriptors as make

pytestmark = pytest.mark.django_db

FLIGHTS = "flight-operations.flight-delays"
CONSUMERS = f"/owner/products/{FLIGHTS}/consumers"
FEWER = {name: facts for name, facts in make.FLIGHT_COLUMNS.items() if name != "origin"}


@pytest.fixture
def crowd(granted) -> AccessAgreement:
    """Sixty more consumers, reader-01 to reader-60, each with an agreement like growth's."""
    names = [f"reader-{number:02}" for number in range(1, 61)]
    User.objects.bulk_create([User(username=name, display_name=name.title()) for name in names])
    first, grant = granted.request, granted.grant
    for number, name in enumerate(names, 1):
        own = {"consumer_kind": "user", "consumer_key": name, "requester": name}
        request = _like(first, **own, number=first.number + number)
        agreement = _like(granted, **own, request=request)
        _like(grant, agreement=agreement, principal_kind="user", principal_key=name)
    return granted


def _like[Row: (AccessRequest, AccessAgreement, Grant)](row: Row, **changes: object) -> Row:
    kind = type(row)
    facts = {
        one.attname: getattr(row, one.attname) for one in kind._meta.fields if not one.primary_key
    }
    for name in changes:
        facts.pop(name, None)
        facts.pop(f"{name}_id", None)
    return kind.objects.create(**facts, **changes)


def test_olaf_turns_the_pages_of_consumers(crowd, as_olaf):
    first = as_olaf.get(CONSUMERS)
    second = as_olaf.get(first.context["older"])

    assert first.context["proven"] == 61
    assert 'class="filters"' in first.text
    keys = [
        line["agreement"].consumer_key for page in (first, second) for line in page.context["held"]
    ]
    assert [len(page.context["held"]) for page in (first, second)] == [50, 11]
    assert sorted(keys) == ["growth", *(f"reader-{number:02}" for number in range(1, 61))]
    assert (first.context["newer"], second.context["older"]) == ("", "")
    assert second.context["newer"].startswith(CONSUMERS)


def test_olaf_finds_one_of_them_by_name_port_and_state(crowd, as_olaf):
    AccessAgreement.objects.filter(consumer_key="reader-07").update(state="suspended")

    def found(asked: str) -> list[str]:
        page = as_olaf.get(f"{CONSUMERS}?{asked}")
        return sorted(line["agreement"].consumer_key for line in page.context["held"])

    assert found("who=READER-4") == [f"reader-{number}" for number in range(40, 50)]
    assert found("who=growth") == ["growth"]
    assert found("state=suspended&port=curated") == ["reader-07"]
    assert "No consumer fits" in as_olaf.get(f"{CONSUMERS}?who=nobody").text
    assert len(found("state=nonsense&before=nonsense")) == 50


def test_the_product_names_fifty_and_leads_olaf_to_all(crowd, as_olaf, as_ana):
    olafs = as_olaf.get(f"/products/{FLIGHTS}/access")
    anas = as_ana.get(f"/products/{FLIGHTS}/access")

    assert (len(olafs.context["agreements"]), olafs.context["number"]) == (50, 61)
    assert f'href="{CONSUMERS}"' in olafs.text
    assert [one.consumer_key for one in anas.context["agreements"]] == ["growth"]
    assert "first fifty" not in anas.text


def test_teams_are_named_people_only_counted_and_a_consumer_counts_once_a_day(crowd):
    product = crowd.port.product
    again = _like(crowd.request, number=10_000)
    _like(
        crowd,
        request=again,
        activated_at=now() - timedelta(days=3),
        ended_at=now() - timedelta(days=1),
        state="revoked",
    )

    assert readers_of(product, 6) == (["Growth"], 61)
    assert consumer_counts(product, now().date(), 5) == [0, 1, 1, 0, 61]


def test_all_hear_of_a_change_in_few_statements(crowd, olaf, work, django_assert_num_queries):
    rows = AccessAgreement.objects.filter(port=crowd.port)
    one_by_one = {
        pk for row in rows for pk in people_of_consumer(row.consumer_kind, row.consumer_key)
    }
    with django_assert_num_queries(3):
        together = people_of(rows)
    change = propose_change(olaf, text=make.contract(version="2.0.0", columns=FEWER))
    work()

    assert together == one_by_one
    told = Notice.objects.get(type="BREAKING_CHANGE").recipients
    assert set(told.values_list("user_id", flat=True)) == together
    assert holding_up(change.pk).count() == 61


def test_olaf_reads_first_who_holds_a_change_up(crowd, olaf, ana, work, as_olaf):
    change = propose_change(olaf, text=make.contract(version="2.0.0", columns=FEWER))
    work()
    notice = Notice.objects.get(type="BREAKING_CHANGE")
    acknowledge(ana, notice_id=notice.pk)
    Acknowledgement.objects.filter(agreement__consumer_key="reader-33").update(state="objected")

    page = as_olaf.get(f"/changes/{change.pk}")
    last = as_olaf.get(f"/changes/{change.pk}{page.context['after']}")
    ready = as_olaf.get(f"/changes/{change.pk}?answer=acknowledged")

    assert page.context["answers"][0].agreement.consumer_key == "reader-33"
    assert [len(one.context["answers"]) for one in (page, last)] == [50, 11]
    assert last.context["answers"][-1].agreement.consumer_key == "growth"
    assert (page.context["answered"], page.context["number"]) == (1, 61)
    assert [(kind["number"], kind["on"]) for kind in ready.context["kinds"]] == [
        (1, True),
        (1, False),
        (59, False),
    ]
    assert [row.agreement.consumer_key for row in ready.context["answers"]] == ["growth"]
    waits = page.context["waits_for"]
    assert (waits["names"][:2], waits["more"]) == (["Reader-01", "Reader-02"], 52)
    assert "Reader-08 and 52 more" in page.text


def test_a_dry_run_shows_a_hundred_statements_and_how_many_more(crowd, browser):
    page = browser("pia").get("/operator/platforms/warehouse/plan")

    (shown,) = page.context["plans"]
    assert (len(shown["plan"].statements), shown["more"]) == (100, 80)
    assert "And 80 more" in page.text
