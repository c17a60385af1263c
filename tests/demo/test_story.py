"""What the demo plays before the visitor arrives is allowed by the descriptors that it plays on."""

import pytest

from demo import descriptors, story
from demo.people import PEOPLE, person

BY_ID = {contract["id"]: contract for contract in descriptors.contracts()}
PRODUCTS = {product["id"]: product for product in descriptors.products()}
ASKED = [*story.AGREEMENTS, *story.OPEN_REQUESTS]


def port_of(asked):
    ports = PRODUCTS[asked.product]["outputPorts"]
    return next(p for p in ports if (p["name"], p["version"]) == (asked.port, asked.version))


def contract_of(asked):
    return BY_ID[port_of(asked)["contractId"]]


def teams_of(username):
    return {team for team, _role in person(username).teams}


def name_of(asked):
    return f"{asked.consumer}:{asked.product}:{asked.port}"


def test_everybody_has_one_name_and_an_address_of_the_demo():
    assert len({one.username for one in PEOPLE}) == len(PEOPLE) == 16
    assert all(one.email == f"{one.username}@emporion.test" for one in PEOPLE)


def test_the_people_of_the_story_have_their_parts():
    assert person("ana").teams == (("growth", "member"),)
    assert person("olaf").teams == (("flight-operations", "product_owner"),)
    assert person("petra").teams == (("customer", "product_owner"),)
    assert person("gus").instance_roles == ("governance",)
    assert person("dana").instance_roles == ("privacy_officer",)
    assert person("pia").instance_roles == ("platform_operator",)
    assert (person("sid").teams, person("sid").instance_roles) == ((), ())
    with pytest.raises(KeyError):
        person("nobody")


@pytest.mark.parametrize("asked", ASKED, ids=name_of)
def test_what_was_asked_fits_the_contract(asked):
    contract = contract_of(asked)

    assert asked.purpose in descriptors.custom(contract, "purposes")
    assert asked.duration_days <= descriptors.custom(contract, "maxDurationDays")
    assert descriptors.custom(port_of(asked), "platform") == "warehouse"
    assert asked.consumer in teams_of(asked.requested_by)
    assert PRODUCTS[asked.product]["team"]["name"] != asked.consumer


@pytest.mark.parametrize("agreement", story.AGREEMENTS, ids=name_of)
def test_a_reviewed_agreement_names_an_approver_who_is_not_the_consumer(agreement):
    strict = {"confidential", "restricted"}
    columns = contract_of(agreement)["schema"][0]["properties"]
    reviewed = any(column["classification"] in strict for column in columns)

    assert (agreement.approved_by is not None) is reviewed
    if agreement.approved_by:
        assert agreement.consumer not in teams_of(agreement.approved_by)
        owners = PRODUCTS[agreement.product]["team"]["name"]
        assert owners in teams_of(agreement.approved_by)


def test_growth_has_yet_to_ask_for_delays_and_bookings():
    held = {agreement.product for agreement in story.AGREEMENTS if agreement.consumer == "growth"}

    assert not held & {"flight-operations.flight-delays", "customer.bookings"}


def test_each_consumer_holds_a_port_once():
    names = [name_of(asked) for asked in ASKED]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("follow", story.FOLLOWS, ids=lambda f: f"{f.username}:{f.product}")
def test_people_follow_products_that_they_may_see(follow):
    assert person(follow.username)
    assert descriptors.custom(PRODUCTS[follow.product], "publicationScope") == "organization"


@pytest.mark.parametrize("change", [story.CHANGE_IN_PROGRESS, story.CHANGE_STORY])
def test_a_change_belongs_to_its_port_and_only_consumers_answer(change):
    document = descriptors.read(change.file)
    port = port_of(story.OpenRequest("", change.product, change.port, "", "", "", 0))
    holders = {
        agreement.consumer
        for agreement in story.AGREEMENTS
        if (agreement.product, agreement.port) == (change.product, change.port)
    }

    assert (document["id"], document["version"]) == (change.contract_id, change.version)
    assert port["contractId"] == change.contract_id
    assert PRODUCTS[change.product]["team"]["name"] in teams_of(change.proposed_by)
    assert {team for team, _user, _answer in change.answers} < holders
    for team, username, _answer in change.answers:
        assert team in teams_of(username)
