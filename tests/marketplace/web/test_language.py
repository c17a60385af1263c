"""Pages in the reader's language: nothing that is marked lacks its German, and nothing is cut."""

import gettext
import re
import struct
from pathlib import Path

import pytest
from django.template.loader import get_template
from django.test import Client, RequestFactory, override_settings
from django.utils import translation
from django.utils.translation import trans_real
from django.utils.translation.template import templatize

from marketplace.kernel.web.language import chosen
from tests.marketplace.portal.conftest import browser  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[3]
GERMAN = ROOT / "locale/de/LC_MESSAGES"
MARKED = re.compile(r"""\b_?gettext\(\s*u?(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""")
BLOCK = re.compile(r"\b_\(\s*u?(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")")


def marked() -> set[str]:
    """Every text that a template marks for translation."""
    found = set()
    for path in (ROOT / "templates").rglob("*.html"):
        code = templatize(path.read_text(encoding="utf-8"))
        for rule in (MARKED, BLOCK):
            found |= {one or two for one, two in rule.findall(code)}
    return {text.replace("\\'", "'").replace("\\n", "\n") for text in found if text}


def written() -> dict[str, str]:
    """What the German catalogue says in its source."""
    text = (GERMAN / "django.po").read_text(encoding="utf-8")
    pairs = re.findall(r'^msgid "(.*)"\nmsgstr "(.*)"$', text, flags=re.MULTILINE)
    return {key: value for key, value in pairs if key}


def compiled() -> dict[str, str]:
    """What the compiled catalogue says."""
    with (GERMAN / "django.mo").open("rb") as file:
        return {k: v for k, v in gettext.GNUTranslations(file)._catalog.items() if k}


def test_every_marked_text_has_its_german():
    assert len(marked()) > 80
    assert sorted(text for text in marked() if not written().get(text)) == []


def test_the_catalogue_holds_no_text_that_nobody_shows_and_is_compiled():
    assert sorted(set(written()) - marked()) == []
    assert compiled() == written()


def test_placeholders_are_the_same_in_both_languages():
    rule = re.compile(r"%\(\w+\)s")

    assert [
        k for k, v in written().items() if sorted(rule.findall(k)) != sorted(rule.findall(v))
    ] == []


@pytest.mark.parametrize(
    ("path", "cookie", "language"),
    [
        ("/", "", "en"),
        ("/", "de", "de"),
        ("/", "xx", "en"),
        ("/api/v1/me", "de", "en"),
    ],
)
def test_only_a_choice_changes_the_language_and_never_the_api(path, cookie, language):
    request = RequestFactory().get(path, headers={"accept-language": "de"})
    request.COOKIES["language"] = cookie

    assert chosen(request) == language


@pytest.mark.django_db
def test_ana_chooses_german_and_the_browser_remembers(people, browser):  # noqa: F811
    client = browser("ana")
    assert '<html lang="en"' in client.get("/settings").text

    answer = client.post("/settings/language", {"language": "de", "next": "/settings"})
    page = client.get("/settings")

    assert answer["Location"] == "/settings"
    assert '<html lang="de"' in page.text
    assert page["Content-Language"] == "de"
    assert "Wer Sie hier sind" in page.text
    assert "Marktplatz" in page.text
    assert '<option value="de" lang="de" selected>Deutsch</option>' in page.text
    assert translation.get_language() == "en"


@pytest.mark.django_db
def test_a_language_that_is_not_offered_changes_nothing(people):
    client = Client()
    client.post("/settings/language", {"language": "xx", "next": "/status"})

    assert '<html lang="en"' in client.get("/status").text


def test_the_frame_speaks_a_made_up_language_throughout(tmp_path):
    """Every word of the frame comes from the catalogue: in a made-up one, none stays English."""
    folder = tmp_path / "eo/LC_MESSAGES"
    folder.mkdir(parents=True)
    made_up = {text: f"⟦{text}⟧" for text in marked()}
    (folder / "django.mo").write_bytes(_mo(made_up))
    trans_real._translations.clear()
    try:
        with (
            override_settings(LOCALE_PATHS=[tmp_path], LANGUAGES=[("en", "e"), ("eo", "x")]),
            translation.override("eo"),
        ):
            keys = get_template("components/keys_dialog.html").render()
    finally:
        trans_real._translations.clear()

    words = [text.strip() for text in re.findall(r">([^<>]+)<", keys) if text.strip()]
    plain = [text for text in words if not text.startswith("⟦") and len(text) > 2]
    assert plain == []
    assert keys.count("⟦") > 20


def _mo(catalogue: dict[str, str]) -> bytes:
    """Write a compiled catalogue (GNU gettext manual, section 10.3, The Format of GNU MO Files)."""
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **catalogue}.items())
    blob, table = b"", []
    start = 28 + 16 * len(pairs)
    for side in (0, 1):
        for pair in pairs:
            raw = pair[side].encode()
            table.append((len(raw), start + len(blob)))
            blob += raw + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + b"".join(struct.pack("<2I", *one) for one in table) + blob
