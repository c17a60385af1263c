from dataclasses import replace

from governance.scoring.interoperable import score
from tests.governance.scoring.facts import (
    COMPLETE,
    CURATED,
    EMPTY,
    point,
    with_column,
    with_port,
)


def test_a_complete_product_is_fully_interoperable():
    assert score(COMPLETE).score == 100


def test_an_empty_product_earns_nothing():
    assert score(EMPTY).score == 0


def test_an_interface_of_its_own_costs_its_share():
    missed = point(score(with_port(interface="fax")), "interface")

    assert (missed.earned, missed.evidence) == (12, "1 of 2 ports have a standard interface.")
    assert missed.fix == "Say the interface of curated."


def test_a_column_without_a_type_costs_its_share():
    missed = point(score(with_column(type="")), "types")

    assert (missed.earned, missed.fix) == (12, "Say the type of flight_id.")


def test_a_product_without_a_descriptor_misses_20():
    found = score(replace(COMPLETE, descriptor_kept=False))

    assert (found.score, point(found, "descriptor").earned) == (80, 0)


def test_ports_without_a_key_cost_their_share():
    missed = point(score(with_column(primary_key=False)), "keys")

    assert (missed.earned, missed.fix) == (0, "Mark the primary key of curated.")


def test_a_single_kind_of_interface_misses_10():
    found = score(replace(COMPLETE, ports=(CURATED,)))

    assert (found.score, point(found, "second-interface").evidence) == (90, "Interfaces: sql.")
