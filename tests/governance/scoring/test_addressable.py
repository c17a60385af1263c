from dataclasses import replace

from governance.scoring.addressable import score
from tests.governance.scoring.facts import COMPLETE, CURATED, EMPTY, FILES, point, with_port


def test_a_complete_product_is_fully_addressable():
    assert score(COMPLETE).score == 100


def test_an_empty_product_earns_nothing():
    assert score(EMPTY).score == 0


def test_a_key_of_another_form_earns_nothing():
    missed = point(score(replace(COMPLETE, key="flights")), "key")

    assert (missed.earned, missed.evidence) == (0, "The key is flights.")


def test_a_port_without_an_address_costs_its_share():
    missed = point(score(with_port(address="")), "port-address")

    assert (missed.earned, missed.max) == (20, 40)
    assert missed.evidence == "1 of 2 ports have an address."
    assert missed.fix == "Say platform and resource of curated."


def test_a_version_earns_15():
    found = score(replace(COMPLETE, version=""))

    assert (found.score, point(found, "version").evidence) == (85, "No version.")


def test_snippets_count_by_port():
    missed = point(score(with_port(snippets=0)), "snippets")

    assert (missed.earned, missed.evidence) == (12, "1 of 2 ports have a ready snippet.")


def test_snippets_that_nobody_counted_are_not_known():
    unknown = tuple(replace(port, snippets=None) for port in (CURATED, FILES))
    missed = point(score(replace(COMPLETE, ports=unknown)), "snippets")

    assert (missed.earned, missed.evidence) == (0, "Not known.")
    assert missed.fix == (
        "Say interface and address of each port, so that a snippet can be written."
    )
