"""After the commit: scores follow changes, instant follows policies, nothing goes in circles."""

import pytest

from catalog.actions.products import deprecate, retire
from catalog.actions.quality import report_results
from catalog.events import EdgeDrawn, ProductUpdated, QualityReported
from catalog.models import DataProduct
from governance.actions.packs import activate_policy, put_policy
from governance.actions.scores import rescore
from governance.events import PolicyActivated
from governance.handlers import (
    bring_in_step,
    find_instant_products,
    score_fed_product,
    score_products,
)
from governance.models import Score
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.clock import now
from marketplace.kernel.events.models import Delivery, Event
from tests.governance.test_evaluate import DENY_ALL

DELAYS = "flight-operations.flight-delays"


def standing(key=DELAYS):
    product = DataProduct.objects.get(key=key)
    return product.score, product.petals, product.instant


def last_seq():
    return Event.objects.latest("seq").seq


def names(after):
    return list(Event.objects.filter(seq__gt=after).values_list("name", flat=True))


def test_applying_a_product_scores_it_and_the_card_shows_it(mesh, deliver):
    deliver()

    score, petals, instant = standing()
    kept = Score.objects.get(product__key=DELAYS)
    assert score == kept.total > 0
    assert petals == [one["score"] for one in kept.properties]
    assert instant is True
    card = DataProduct.objects.get(key=DELAYS).card
    assert (card["score"], card["petals"], card["instant"]) == (score, petals, True)
    assert standing("customer.bookings")[2] is False
    assert not Delivery.objects.filter(done_at=None).exists()


def test_nothing_goes_in_circles(mesh, deliver):
    deliver()
    seq = last_seq()

    assert deliver() == 0
    bring_in_step(DELAYS)
    deliver()

    assert names(seq) == ["score.changed"]


@pytest.mark.parametrize(
    ("handler", "event"),
    [
        (
            score_products,
            [ProductUpdated(subject=f"product/{DELAYS}", product=DELAYS, version="1", changed=[])],
        ),
        (
            score_products,
            [
                QualityReported(
                    subject=f"product/{DELAYS}", product=DELAYS, results=1, failed=0, source="x"
                )
            ],
        ),
        (
            score_fed_product,
            EdgeDrawn(subject="e", source="x", target=f"product/{DELAYS}", kind="g", how="drawn"),
        ),
        (find_instant_products, PolicyActivated(subject="policy/x", key="x", number=1, before=0)),
    ],
)
def test_a_handler_that_runs_twice_changes_nothing_more(mesh, handler, event):
    handler(event)
    after = standing()
    handler(event)

    assert standing() == after
    assert Event.objects.filter(name="product.scored", product=DELAYS).count() <= 1


def test_events_of_no_product_and_of_products_that_are_gone_are_passed_over(mesh):
    seq = last_seq()

    score_products([ProductUpdated(subject="x", version="1", changed=[])])
    score_products([ProductUpdated(subject="x", product="customer.gone", version="1", changed=[])])
    score_fed_product(EdgeDrawn(subject="e", source="x", target="team/growth", kind="g", how="h"))

    assert names(seq) == []


def test_quality_moves_the_score(mesh, olaf, deliver):
    deliver()
    before = standing()[0]

    results = [
        {
            "check_key": f"c{n}",
            "name": "C",
            "status": "pass",
            "observed_at": now(),
            "source": "dbt",
        }
        for n in range(3)
    ]
    report_results(olaf, key=DELAYS, results=results)
    deliver()

    assert standing()[0] > before


def test_a_policy_that_allows_nothing_leaves_no_instant_product(mesh, gus, deliver):
    deliver()
    assert standing()[2] is True

    number = put_policy(gus, pack=DENY_ALL).number
    activate_policy(gus, key="emporion-base", number=number)
    deliver()

    assert standing()[2] is False
    activate_policy(gus, key="emporion-base", number=1)
    deliver()
    assert standing()[2] is True


def test_a_product_that_ends_is_not_instant(mesh, olaf, deliver):
    deliver()

    deprecate(olaf, key=DELAYS)
    deliver()
    assert standing()[2] is True  # still to be had, with a warning

    retire(olaf, key=DELAYS)
    deliver()
    assert standing()[2] is False


def test_rescoring_tells_the_catalog_only_what_changed(mesh, deliver):
    deliver()
    rescore(SYSTEM, product_key=DELAYS, grants=1, grants_proven=1)
    seq = last_seq()

    bring_in_step(DELAYS)

    assert names(seq) == ["score.changed", "product.scored"]
