"""Scores: from the facts of now, with history, by nobody's hand."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.actions.quality import report_results, report_windows
from catalog.models import DataProduct
from governance.actions.scores import rescore, rescore_all
from governance.models import Score, ScoreDay
from governance.queries import product_facts, score_history, score_of
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.clock import now
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.events.models import Event
from tests.factories import descriptors as make

DELAYS = "flight-operations.flight-delays"


def facts_of(key=DELAYS):
    product = DataProduct.objects.select_related("domain", "owner_team").get(key=key)
    return product_facts(product)


def result(**more):
    return {
        "check_key": "a",
        "name": "A",
        "status": "pass",
        "observed_at": now() - timedelta(hours=1),
        "source": "dbt",
        **more,
    }


def test_facts_are_those_of_the_catalog(mesh):
    facts = facts_of()

    assert (facts.key, facts.owner_team, facts.owner_members) == (DELAYS, "flight-operations", 1)
    assert (facts.publication_scope, facts.policy_packs) == ("organization", 1)
    assert (facts.quality_checks, facts.quality_passed, facts.levels_met) == (0, None, None)
    assert (facts.freshness, facts.grants, facts.saved_queries) == ("unknown", None, 0)
    (port,) = facts.ports
    assert (port.name, port.has_contract, port.snippets, port.sampled) == (
        "curated",
        True,
        9,
        False,
    )
    assert port.purposes == ("analytics", "reporting")
    assert port.max_duration_days == 365
    assert [c.name for c in port.columns] == ["flight_id", "carrier", "origin", "dep_delay"]


def test_measured_facts_are_of_thirty_days(mesh, olaf):
    report_results(
        olaf,
        key=DELAYS,
        results=[
            result(),
            result(check_key="b", status="fail"),
            result(check_key="c", status="skip"),
            result(check_key="old", status="fail", observed_at=now() - timedelta(days=31)),
        ],
    )
    today = now().date()
    report_windows(
        olaf,
        key=DELAYS,
        windows=[
            {"day": today - timedelta(days=n), "state": state, "basis": "b"}
            for n, state in enumerate(["at_risk", "met", "met", "unknown"])
        ],
    )

    facts = facts_of()

    assert (facts.quality_checks, facts.quality_passed) == (3, 0.5)
    assert facts.levels_met == pytest.approx(2 / 3)
    assert facts.freshness == "at_risk"


def test_a_score_is_kept_with_its_evidence_and_history(mesh, apply):
    first = rescore(SYSTEM, product_key=DELAYS)
    row = Score.objects.get()
    assert (row.total, row.grade) == (first.total, first.grade)
    assert [one["property"] for one in row.properties] == [
        "discoverable",
        "addressable",
        "trustworthy",
        "self_describing",
        "interoperable",
        "secure",
    ]
    assert row.best_fix["gain"] > 0

    apply(make.product(version="1.1.0", tags=["delays", "punctuality", "flights"]))
    second = rescore(SYSTEM, product_key=DELAYS)

    assert second.total > first.total
    today = datetime.now(UTC).date()
    assert score_history(DataProduct.objects.get(key=DELAYS)) == [(today, second.total)]
    assert score_of(DataProduct.objects.get(key=DELAYS)).total == second.total
    told = Event.objects.filter(name="score.changed").values_list("data", flat=True)
    assert [(d["before"], d["total"]) for d in told] == [
        (None, first.total),
        (first.total, second.total),
    ]


def test_what_is_known_of_grants_stays_known(mesh):
    without = rescore(SYSTEM, product_key=DELAYS)

    proven = rescore(SYSTEM, product_key=DELAYS, grants=2, grants_proven=2)
    again = rescore(SYSTEM, product_key=DELAYS)

    assert proven.total > without.total
    assert again.total == proven.total
    assert (Score.objects.get().grants, Score.objects.get().grants_proven) == (2, 2)


def statements_of_rescoring():
    with CaptureQueriesContext(connection) as captured:
        rescore(SYSTEM, product_key=DELAYS)
    return len(captured)


def test_a_score_costs_the_same_whatever_the_size(mesh, apply):
    rescore(SYSTEM, product_key=DELAYS)
    small = statements_of_rescoring()
    ports = [
        make.port(f"p{n}", resource=f"f.t{n}", contract="flight-delays-curated") for n in range(8)
    ]
    apply(make.product(version="2.0.0", ports=ports))

    assert statements_of_rescoring() == small <= 35


def test_nobody_scores_themselves(mesh, olaf, gus):
    for actor in (olaf, gus):
        with pytest.raises(NotAllowed):
            rescore(actor, product_key=DELAYS)
    with pytest.raises(NotFound):
        rescore(SYSTEM, product_key="customer.no-such")

    assert not Score.objects.exists()
    assert not ScoreDay.objects.exists()


def test_many_are_scored_as_each_alone_would_be_in_as_many_statements(mesh):
    rescore(SYSTEM, product_key=DELAYS, grants=3, grants_proven=2)
    alone = {key: rescore(SYSTEM, product_key=key) for key in mesh}
    kept = list(Score.objects.order_by("product_id").values("product_id", "total", "properties"))
    one = statements_of_rescoring()

    with CaptureQueriesContext(connection) as captured:
        together = rescore_all(SYSTEM, product_keys=list(mesh))

    assert together == alone
    assert (
        list(Score.objects.order_by("product_id").values("product_id", "total", "properties"))
        == kept
    )
    assert Score.objects.get(product__key=DELAYS).grants_proven == 2
    assert len(captured) == one
    assert ScoreDay.objects.count() == len(mesh) == 3


def test_of_products_that_are_gone_nothing_is_scored(mesh):
    found = rescore_all(SYSTEM, product_keys=[DELAYS, "customer.no-such"])
    with pytest.raises(NotFound):
        rescore_all(SYSTEM, product_keys=["customer.no-such"])

    assert list(found) == [DELAYS]
    assert list(Score.objects.values_list("product__key", flat=True)) == [DELAYS]
