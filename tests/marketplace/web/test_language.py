"""Pages in the reader's language: nothing that is marked lacks its German, and nothing is cut."""

import ast
import gettext
import re
import struct
from functools import cache
from pathlib import Path

import allauth
import pytest
from django.template.loader import get_template
from django.test import Client, RequestFactory, override_settings
from django.utils import translation
from django.utils.translation import trans_real
from django.utils.translation.template import templatize

from marketplace.kernel.identity.models import User
from marketplace.kernel.web.collected import spoken
from marketplace.kernel.web.language import chosen
from tests.marketplace.portal.conftest import browser  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[3]
GERMAN = ROOT / "locale/de/LC_MESSAGES"
PACKAGES = ("marketplace", "catalog", "governance", "subscriptions")
CALLS = {
    "gettext": (None, 0),
    "gettext_lazy": (None, 0),
    "gettext_noop": (None, 0),
    "ngettext": (None, 0),
    "pgettext": (0, 1),
    "pgettext_lazy": (0, 1),
}
"""The functions that mark a text: where the context stands, and where the text."""
QUOTED = r"u?((?:'(?:[^'\\]|\\.)*')|(?:\"(?:[^\"\\]|\\.)*\"))"
WRITTEN = re.compile(rf"\b(u?n?gettext|_)\(\s*{QUOTED}")
IN_CONTEXT = re.compile(rf"\bn?pgettext\(\s*{QUOTED},\s*{QUOTED}")
CONTEXT = "\x04"  # between context and text, as in compiled catalogues


@cache
def of_templates() -> set[str]:
    """Every text that a template marks for translation."""
    found = set()
    for path in (ROOT / "templates").rglob("*.html"):
        code = templatize(path.read_text(encoding="utf-8"))
        found |= {ast.literal_eval(text) for _call, text in WRITTEN.findall(code)}
        for context, text in IN_CONTEXT.findall(code):
            found.add(f"{ast.literal_eval(context)}{CONTEXT}{ast.literal_eval(text)}")
    return {text for text in found if text}


@cache
def of_code() -> set[str]:
    """Every text that our Python marks for translation."""
    found: set[str] = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = getattr(getattr(node, "func", None), "id", "")
                if not isinstance(node, ast.Call) or name not in CALLS:
                    continue
                words = [getattr(argument, "value", None) for argument in node.args]
                context, text = CALLS[name]
                if isinstance(words[text], str):
                    before = "" if context is None else f"{words[context]}{CONTEXT}"
                    found.add(f"{before}{words[text]}")
    return found


@cache
def marked() -> set[str]:
    """Every text that is marked for translation, and what Python says without a mark."""
    return of_templates() | of_code() | spoken(ROOT)


@cache
def written() -> dict[str, str]:
    """What the German catalogue says in its source: the first form where there are several."""
    found = {}
    for block in (GERMAN / "django.po").read_text(encoding="utf-8").split("\n\n"):
        facts: dict[str, str] = {}
        at = ""
        for line in block.splitlines():
            key, _, text = line.partition(" ")
            if key.startswith("msg"):
                at, facts[key] = key, ast.literal_eval(text)
            elif line.startswith('"'):
                facts[at] += ast.literal_eval(line)
        context = f"{facts['msgctxt']}{CONTEXT}" if "msgctxt" in facts else ""
        if facts.get("msgid"):
            found[context + facts["msgid"]] = facts.get("msgstr") or facts.get("msgstr[0]") or ""
    return found


def compiled() -> dict[str, str]:
    """What the compiled catalogue says, the first form where there are several."""
    with (GERMAN / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    first = {key[0]: text for key, text in catalogue.items() if isinstance(key, tuple)}
    plain = {key: text for key, text in catalogue.items() if isinstance(key, str) and key}
    forms = {key[0] for key in catalogue if isinstance(key, tuple) and key[1] == 0}
    return plain | {key: catalogue[key, 0] for key in forms & first.keys()}


def test_every_marked_text_has_its_german():
    texts, german = marked(), written()

    assert len(texts) > 1000
    assert sorted(text for text in texts if not german.get(text)) == []


def test_no_german_is_only_a_guess():
    assert "fuzzy" not in (GERMAN / "django.po").read_text(encoding="utf-8")


def test_the_english_catalogue_rewords_allauth_only_and_in_sentence_case():
    folder = ROOT / "locale/en/LC_MESSAGES"
    theirs = gettext.translation(
        "django", Path(allauth.__file__).parent / "locale", ["de"]
    )._catalog
    with (folder / "django.mo").open("rb") as file:
        english = {key: text for key, text in gettext.GNUTranslations(file)._catalog.items() if key}
    source = (folder / "django.po").read_text(encoding="utf-8")

    assert set(english) - set(theirs) == set()
    assert set(english) & marked() == set()
    assert [text for text in english.values() if re.search(r"[a-z] [A-Z][a-z]", text)] == []
    assert all(f'msgid "{key}"\nmsgstr "{text}"\n' in source for key, text in english.items())


def test_the_catalogue_holds_no_text_that_nobody_shows_and_is_compiled():
    german = written()

    assert sorted(set(german) - marked()) == []
    assert compiled() == german


def test_placeholders_are_the_same_in_both_languages():
    rule = re.compile(r"%\(\w+\)s")

    assert [
        k
        for k, v in written().items()
        if sorted(set(rule.findall(k))) != sorted(set(rule.findall(v)))
    ] == []


@pytest.mark.parametrize(
    ("path", "cookie", "account", "preferred", "language"),
    [
        ("/", "", "", "", "en"),
        ("/", "", "", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("/", "", "", "fr,ja;q=0.5", "en"),
        ("/", "en", "", "de", "en"),
        ("/", "xx", "", "de", "de"),
        ("/", "", "de", "en", "de"),
        ("/", "en", "de", "de", "en"),
        ("/api/v1/me", "de", "de", "de", "en"),
    ],
)
def test_a_choice_goes_before_the_browser_and_the_api_keeps_its_language(
    path, cookie, account, preferred, language
):
    request = RequestFactory().get(path, headers={"accept-language": preferred})
    request.COOKIES["language"] = cookie
    request.user = User(language=account)

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
def test_what_ana_chose_is_kept_on_her_account_for_other_browsers(people, browser):  # noqa: F811
    browser("ana").post("/settings/language", {"language": "de", "next": "/settings"})

    assert User.objects.get(username="ana").language == "de"
    assert '<html lang="de"' in browser("ana").get("/settings").text
    assert '<html lang="en"' in browser("olaf").get("/settings").text


@pytest.mark.django_db
def test_a_language_that_nobody_offers_is_refused(people, browser):  # noqa: F811
    client = browser("ana")

    page = client.post("/settings/language", {"language": "xx", "next": "/settings"}, follow=True)

    assert "Choose one of: en, de." in page.text
    assert User.objects.get(username="ana").language == ""
    assert '<html lang="en"' in page.text


@pytest.mark.django_db
def test_a_language_that_is_not_offered_changes_nothing(people):
    client = Client()
    client.post("/settings/language", {"language": "xx", "next": "/status"})

    assert '<html lang="en"' in client.get("/status").text


def test_the_frame_speaks_a_made_up_language_throughout(tmp_path):
    """Every word of the frame comes from the catalogue: in a made-up one, none stays English."""
    folder = tmp_path / "eo/LC_MESSAGES"
    folder.mkdir(parents=True)
    made_up = {text: f"⟦{text}⟧" for text in of_templates()}
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
