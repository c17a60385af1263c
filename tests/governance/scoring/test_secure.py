from dataclasses import replace

import pytest

from governance.scoring.secure import score, sounds_personal
from tests.governance.scoring.facts import COMPLETE, EMPTY, point, with_column, with_port


def test_a_complete_product_is_fully_secure():
    assert score(COMPLETE).score == 100


def test_an_empty_product_earns_nothing():
    assert score(EMPTY).score == 0


@pytest.mark.parametrize(
    ("changed", "key", "earned", "evidence"),
    [
        ({"policy_packs": 0}, "policies", 0, "0 policy packs are in force."),
        ({"policy_packs": None}, "policies", 0, "Not known."),
        ({"grants_proven": 3}, "proven", 15, "3 of 4 grants have a fresh proof."),
        ({"grants_proven": 0}, "proven", 0, "0 of 4 grants have a fresh proof."),
        ({"grants_proven": None}, "proven", 0, "Not known."),
        ({"grants": None}, "proven", 0, "Not known."),
    ],
)
def test_what_is_missing_costs_its_points_and_has_a_fix(changed, key, earned, evidence):
    found = score(replace(COMPLETE, **changed))
    missed = point(found, key)

    assert (missed.earned, missed.evidence) == (earned, evidence)
    assert missed.fix
    assert found.score == 100 - missed.missing


def test_where_no_access_stands_none_is_unproven():
    found = point(score(replace(COMPLETE, grants=0, grants_proven=0)), "proven")

    assert (found.earned, found.evidence) == (20, "No access stands, so none is unproven.")


def test_a_column_without_a_class_costs_its_share():
    missed = point(score(with_column(classification="")), "classified")

    assert (missed.earned, missed.fix) == (12, "Classify flight_id.")


def test_a_forgotten_personal_column_costs_all_15():
    missed = point(score(with_column(name="passenger_phone")), "personal-data")

    assert (missed.earned, missed.max) == (0, 15)
    assert missed.evidence == "Not marked, but the name sounds personal: passenger_phone."
    assert missed.fix == "Tag passenger_phone with pii, or rename."


def test_a_contract_without_purposes_costs_its_share():
    assert point(score(with_port(purposes=())), "purposes").earned == 10
    assert point(score(with_port(max_duration_days=None)), "duration").earned == 5


@pytest.mark.parametrize(
    "name",
    ["email", "EMAIL", "customer_email", "birth_date", "lastName", "firstName", "iban", "DOB"],
)
def test_a_name_that_sounds_personal(name):
    assert sounds_personal(name)


@pytest.mark.parametrize(
    "name",
    ["carrier_name", "emailed_at", "telephoney", "airport", "flight_date", "dobby", "id", ""],
)
def test_a_name_that_does_not_sound_personal(name):
    assert not sounds_personal(name)
