"""Who may know of which product: the two forms of the rule, and nothing for strangers."""

import pytest
from django.db import connection

from catalog.actions.products import deprecate, retire
from catalog.models import DataProduct
from catalog.queries import product_or_404, visible_products
from catalog.queries.products import VISIBLE_TO_ACCOUNT, visible_sql
from marketplace.kernel.actors import NOBODY, SYSTEM
from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.models import Team
from tests.factories import descriptors as make

SCOPES = ("none", "team", "domain", "organization", "external")
OUTSIDE = {"customer.s-organization", "customer.s-external", "customer.old"}


@pytest.fixture
def scopes(apply, mesh):
    """One product per scope in domain customer, and a draft, a deprecated and a retired one."""
    wanted = {f"s-{scope}": {"scope": scope} for scope in SCOPES}
    wanted |= {"draft": {"status": "draft"}, "old": {}, "gone": {}}
    for slug, how in wanted.items():
        apply(
            make.product(
                f"customer.{slug}", ports=[make.port("p", resource=f"customer.{slug}")], **how
            )
        )
    deprecate(SYSTEM, key="customer.old")
    deprecate(SYSTEM, key="customer.gone")
    retire(SYSTEM, key="customer.gone")
    return {f"customer.{slug}" for slug in wanted}


def seen(actor, **more):
    return set(visible_products(actor, **more).values_list("key", flat=True))


def of_customer(keys):
    return {key for key in keys if key.startswith("customer.")} - {
        "customer.bookings",
        "customer.secret-plans",
    }


def test_a_stranger_sees_what_is_for_everybody_who_signs_in(scopes, sid):
    assert of_customer(seen(sid)) == OUTSIDE


def test_nobody_sees_only_what_is_for_the_whole_world(scopes):
    assert seen(NOBODY) == {"customer.s-external"}


def test_the_owner_team_sees_all_of_its_own(scopes, petra):
    assert of_customer(seen(petra)) == scopes


@pytest.mark.parametrize("who", ["gus", "dana", "pia"])
def test_oversight_sees_everything(scopes, people, who):
    assert of_customer(seen(people[who])) == scopes


def test_a_team_of_the_domain_sees_what_is_for_the_domain(scopes, ana):
    assert "customer.s-domain" not in seen(ana)

    Team.objects.filter(slug="growth").update(domain="customer")

    assert of_customer(seen(ana)) == OUTSIDE | {"customer.s-domain"}


def test_who_holds_an_agreement_still_knows_an_ended_product(scopes, ana):
    assert "customer.gone" not in seen(ana)
    assert "customer.gone" in seen(ana, also=["customer.gone"])
    assert product_or_404(ana, "customer.gone", also=["customer.gone"]).status == "retired"


def test_hidden_and_absent_are_not_told_apart(scopes, sid):
    answers = []
    for key in ("customer.s-team", "customer.draft", "customer.gone", "customer.no-such"):
        with pytest.raises(NotFound) as refused:
            product_or_404(sid, key)
        answers.append((str(refused.value), refused.value.facts))

    assert answers == [(NotFound.title, {})] * 4


def test_a_product_comes_with_domain_and_teams_in_one_statement(
    mesh, ana, django_assert_num_queries
):
    with django_assert_num_queries(1):
        product = product_or_404(ana, "flight-operations.flight-delays")
        names = (product.domain.owner_team.slug, product.owner_team.slug)

    assert names == ("flight-operations", "flight-operations")


@pytest.mark.parametrize("home", ["", "customer"])
def test_the_rule_is_the_same_in_both_forms(scopes, people, home):
    Team.objects.filter(slug="growth").update(domain=home)
    for actor in (*people.values(), NOBODY, SYSTEM):
        for also in ((), ("customer.gone", "customer.secret-plans")):
            condition, values = visible_sql(actor, also)
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT p.key FROM catalog_dataproduct p WHERE {condition}", values)
                found = {row[0] for row in cursor.fetchall()}

            assert found == seen(actor, also=also), (actor.subject, also)


@pytest.mark.parametrize("home", ["", "customer"])
def test_the_rule_is_the_same_for_an_account_that_the_statement_finds(scopes, people, home):
    Team.objects.filter(slug="growth").update(domain=home)
    for actor in people.values():
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH a AS (SELECT %s::varchar[] AS roles, %s::varchar[] AS teams) SELECT p.key"
                f" FROM a JOIN catalog_dataproduct p ON {VISIBLE_TO_ACCOUNT}",
                [sorted(actor.roles), sorted(actor.teams)],
            )
            found = {row[0] for row in cursor.fetchall()}

        assert found == seen(actor), actor.subject


def test_every_product_of_the_mesh_is_known_to_the_system(mesh):
    assert seen(SYSTEM) == set(DataProduct.objects.values_list("key", flat=True))
