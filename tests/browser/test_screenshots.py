"""The pictures of the README and the docs are taken by the tests, so that they never age.

``make screenshots`` keeps them in docs/screenshots; an ordinary run does not collect them.
"""

from pathlib import Path

import pytest

from tests.browser.visit import SETTLED

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DELAYS = "flight-operations.flight-delays"
FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
SHOTS = [
    ("market-light", "ana", "light", 1400, "/"),
    ("market-dark", "ana", "dark", 1400, "/?q=delay"),
    ("product", "ana", "light", 1400, f"/products/{DELAYS}"),
    ("request", "ana", "light", 1400, f"/products/{DELAYS}/request"),
    ("lineage", "ana", "light", 1400, f"/lineage?node=product/{DELAYS}"),
    ("owner", "olaf", "light", 1400, "/owner"),
    ("review", "petra", "light", 1400, "/owner/reviews"),
    ("operator", "pia", "light", 1400, "/operator"),
    ("german", "petra", "light", 1400, "/owner"),
    ("phone", "ana", "light", 390, f"/products/{DELAYS}"),
]
GERMAN = ("german",)


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot[0])
def test_a_picture_is_taken(sign_in, shot):
    name, who, scheme, width, path = shot
    language = "de-DE" if name in GERMAN else "en-GB"
    page = sign_in(who, scheme=scheme, width=width, language=language)
    page.goto(path)
    page.wait_for_function(SETTLED)

    picture = page.screenshot(path=FOLDER / f"{name}.png")

    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000
