"""A change is classified, exactly those concerned are told, and nobody breaks unseen."""

import pytest

from catalog.actions.changes import ConsumersNotReady, propose_change, release_change
from catalog.actions.contracts import BreakingChange
from catalog.models import ContractVersion
from marketplace.kernel.errors import NotAllowed
from subscriptions.actions import lab
from subscriptions.actions.notices import acknowledge
from subscriptions.lab import LabRefused
from subscriptions.models import AccessAgreement, Acknowledgement, Notice
from subscriptions.queries import not_ready
from tests.factories import descriptors as make

pytestmark = pytest.mark.django_db

FLIGHTS = "flight_operations_products.flight_delays_curated"
FEWER = {name: facts for name, facts in make.FLIGHT_COLUMNS.items() if name != "origin"}


@pytest.fixture
def change(platform, ask_curated, work, olaf):
    """Growth reads Flight delays; Olaf proposes to drop the origin."""
    ask_curated()
    work()
    made = propose_change(
        olaf, text=make.contract(version="2.0.0", columns=FEWER), note="Not needed."
    )
    work()
    return made


def test_dropping_a_column_is_breaking_and_said_in_a_sentence(change):
    assert (change.impact, change.suggested_version, change.state) == ("MAJOR", "2.0.0", "proposed")
    assert [d["column"] for d in change.differences] == ["origin"]


def test_exactly_the_consumers_of_the_contract_are_told(change, ana):
    notice = Notice.objects.get(type="BREAKING_CHANGE")

    assert list(notice.recipients.values_list("user__username", flat=True)) == ["ana"]
    assert notice.mandatory
    answer = Acknowledgement.objects.get()
    assert (answer.agreement.consumer_key, answer.verdict, answer.state) == (
        "growth",
        "breaks",
        "pending",
    )


def test_it_is_not_released_before_the_consumer_has_answered(change, olaf, ana, work):
    assert not_ready(change.pk) == ["growth"]
    with pytest.raises(ConsumersNotReady):
        release_change(olaf, change_id=change.pk, blocked_by=not_ready(change.pk))
    assert ContractVersion.objects.filter(version_name="2.0.0").count() == 0

    acknowledge(ana, notice_id=Notice.objects.get(type="BREAKING_CHANGE").pk)
    assert not_ready(change.pk) == []
    release_change(olaf, change_id=change.pk, blocked_by=not_ready(change.pk))
    work()

    agreement = AccessAgreement.objects.get()
    assert (agreement.state, agreement.grant.state) == ("active", "verified")
    with pytest.raises(LabRefused):
        lab.run(ana, agreement_id=agreement.pk, sql=f"SELECT origin FROM {FLIGHTS}")
    _, rows = lab.run(ana, agreement_id=agreement.pk, sql=f"SELECT count(*) FROM {FLIGHTS}")
    assert rows.rows == [(3,)]


def test_ana_cannot_propose_a_change_of_olafs_product(platform, ana):
    with pytest.raises(NotAllowed):
        propose_change(ana, text=make.contract(version="2.0.0", columns=FEWER))

    assert not Notice.objects.filter(type="BREAKING_CHANGE").exists()


def test_a_breaking_version_is_not_slipped_in_by_applying_it(mesh, apply, olaf):
    with pytest.raises(BreakingChange):
        apply(make.contract(version="2.0.0", columns=FEWER), by=olaf)

    assert ContractVersion.objects.filter(version_name="2.0.0").count() == 0
