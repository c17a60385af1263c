"""No refusal of the catalogue is without a test that brings it about."""

import pytest

from marketplace.kernel.errors import refusals
from subscriptions.management.commands.generate_docs import _import_all
from tests.refusals import test_domain, test_http, test_leaving
from tests.refusals.provoked import PROVOKED

_import_all()
CODES = [kind.code for kind in refusals()]


def test_each_code_is_one_refusal_and_provoked_by_one_test():
    assert len(CODES) == len(set(CODES))
    assert sorted(PROVOKED) == sorted(CODES), "write its test here, marked @provokes(code)"
    written = {*vars(test_domain), *vars(test_http), *vars(test_leaving)}
    assert set(PROVOKED.values()) <= written


@pytest.mark.django_db
@pytest.mark.parametrize("code", CODES)
def test_each_code_has_its_page(client, code):
    page = client.get(f"/docs/errors/{code}")

    assert page.status_code == 200
    assert code in page.text
