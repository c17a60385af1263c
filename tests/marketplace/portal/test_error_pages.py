"""Every refusal has a page behind its type."""

import pytest

from marketplace.kernel.errors import refusals

pytestmark = pytest.mark.django_db


def test_the_type_of_a_problem_leads_to_its_page(client):
    problem = client.get("/api/v1/products/nowhere.nothing").json()

    page = client.get(problem["type"])

    assert page.status_code == 200
    assert f"<code>{problem['code']}</code>" in page.content.decode()


def test_all_refusals_are_listed_and_an_unknown_one_is_not_there(client):
    listed = client.get("/docs/errors").content.decode()

    assert all(f'id="{kind.code}"' in listed for kind in refusals())
    assert client.get("/docs/errors/no-such-code").status_code == 404
