import re
from pathlib import Path

import pytest
from django.conf import settings

from marketplace.kernel.web.hues import hue_class

SHEET = (Path(settings.BASE_DIR) / "frontend/src/css/tokens.css").read_text()


@pytest.mark.parametrize(("hue", "name"), [(0, "hue-0"), (214, "hue-210"), (359, "hue-0")])
def test_a_hue_is_rounded_to_a_class(hue, name):
    assert hue_class(hue, "finance") == name


def test_a_domain_without_a_hue_keeps_one_of_eight():
    assert hue_class(None, "finance") == hue_class(None, "finance")
    assert {hue_class(None, slug) for slug in "abcdefgh"} == {f"d{n}" for n in range(8)}


def test_every_hue_has_its_class_in_the_sheet():
    named = set(re.findall(r"\.(hue-\d+|d\d) \{ --h", SHEET))

    assert {hue_class(hue, "") for hue in range(361)} <= named
    assert len(named) == 44
