"""The pictures of the README and the docs are taken by the tests, so that they never age.

``make screenshots`` keeps them in docs/screenshots; an ordinary run only checks that they can be
taken.
"""

import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DELAYS = "flight-operations.flight-delays"
SHOTS = [
    ("market-light", "ana", "light", 1400, "/"),
    ("market-dark", "ana", "dark", 1400, "/?q=delay"),
    ("product", "ana", "light", 1400, f"/products/{DELAYS}"),
    ("request", "ana", "light", 1400, f"/products/{DELAYS}/request"),
    ("lineage", "ana", "light", 1400, f"/lineage?node=product/{DELAYS}"),
    ("owner", "olaf", "light", 1400, "/owner"),
    ("phone", "ana", "light", 390, f"/products/{DELAYS}"),
]


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot[0])
def test_a_picture_is_taken(sign_in, tmp_path, shot):
    name, who, scheme, width, path = shot
    keep = os.environ.get("EMPORION_SCREENSHOTS") == "1"
    folder = Path(__file__).parents[2] / "docs" / "screenshots" if keep else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    page = sign_in(who, scheme=scheme, width=width)
    page.goto(path)
    page.wait_for_load_state("networkidle")

    picture = page.screenshot(path=folder / f"{name}.png")

    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000
