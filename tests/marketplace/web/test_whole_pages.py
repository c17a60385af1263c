"""No page keeps an English word: in a made-up language every text of it comes from a catalogue.

What the mesh of the tests brings (names, descriptions, columns, SQL) is data and stays as it is.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import override_settings
from django.utils.translation import trans_real

from marketplace.kernel.web import kept, said
from tests.marketplace.portal.conftest import (  # noqa: F401 - fixtures
    FLIGHTS,
    ask_curated,
    ask_full,
    browser,
    granted,
    platform,
    work,
)
from tests.marketplace.web.test_language import GERMAN, _mo

HOLE = re.compile(r"(<[^>]*>|%\(\w+\)s|%%|%s|%d|%i)")
WIDE = {ord(one): ord(one) + 0xFEE0 for one in map(chr, range(33, 127)) if one.isalpha()}
"""Letters of the made-up language: fullwidth, so that no English pattern finds them again."""
WORDS = re.compile(r"[A-Za-z]{3,}")
READ_ALOUD = {"title", "aria-label", "placeholder", "alt", "data-confirm", "data-label"}
UNREAD = {"script", "style", "pre", "code", "textarea", "time", "kbd"}
NAMES = re.compile(
    r"\b(Emporion|DATSIS|dbt source|Discoverable|Addressable|Trustworthy|Self-describing"
    r"|Interoperable|Secure|SQL|API|SVG|GraphQL|MCP|YAML|ODCS|ODPS|JSON|CSV|DDL|OpenAPI|HTTP|UTC"
    r"|URL|PII|Parquet|Jupyter|Python|Spark|JDBC|ODBC|dbt|psql|pandas|curl|PostgreSQL|English"
    r"|Deutsch|OpenLineage|OORS|SQLSTATE|psycopg|zzzz|sourceAligned|aggregate|consumerAligned|min"
    r"|pii|Ctrl|Esc|Enter|DBeaver|Power BI|Tableau|Excel|Metabase|Superset)\b"
)
"""Names of things, which no language translates."""
CODES = re.compile(r"\b(availability|latency|frequency|retention|timeToDetect|percent)\b")
"""Names of promises, as contracts write them."""
MONTHS = re.compile(
    r"\b(januaro|februaro|marto|aprilo|majo|junio|julio|aŭgusto|aug|septembro|oktobro|novembro"
    r"|decembro)\b"
)
"""Django's own words in Esperanto."""
SIGN_IN = ["Username or email", "Remember Me", "Forgot your password?", "Password", "Username"]
"""Words of the sign-in form that its library brings in every language it knows."""
TOLD = {"notice", "event", "accessrequest.note"}
"""Rows that hold what Python said: no data, so they have to be translated on the page."""

PAGES = {
    "ana": [
        "/",
        "/?q=zzzz",
        "/?q=growth+fresh:yesterday",
        "/home",
        "/asks",
        "/asks/new?q=weather",
        "/domains",
        "/domains/flight-operations",
        "/settings",
        "/settings/notifications",
        "/settings/searches",
        "/settings/tokens",
        "/settings/logins",
        "/settings/webhooks",
        f"/products/{FLIGHTS}",
        f"/products/{FLIGHTS}/peek",
        f"/products/{FLIGHTS}/schema",
        f"/products/{FLIGHTS}/lineage",
        f"/products/{FLIGHTS}/quality",
        f"/products/{FLIGHTS}/connect",
        f"/products/{FLIGHTS}/access",
        f"/products/{FLIGHTS}/changes",
        f"/products/{FLIGHTS}/request",
        "/access",
        "/lab",
        "/queries",
        "/inbox",
        "/owner",
        "/nothing-here",
        "/docs/errors",
        f"/products/{FLIGHTS}/why",
        f"/lineage?node=product/{FLIGHTS}",
        "/searches/new?q=late",
    ],
    "olaf": [
        "/owner",
        "/owner/reviews",
        f"/owner/products/{FLIGHTS}/consumers",
        "/owner/apply",
        f"/owner/products/{FLIGHTS}/edit",
        f"/owner/products/{FLIGHTS}/edit?mode=form",
        f"/owner/products/{FLIGHTS}/insights",
        f"/owner/products/{FLIGHTS}/levels",
        "/owner/new",
        f"/owner/products/{FLIGHTS}/changes/new",
        "/inbox",
        "/orders",
        "/drift",
        "/suspensions",
    ],
    "petra": ["/owner", "/owner/reviews"],
    "gus": [
        "/governance",
        "/governance/policies",
        "/governance/policies/new",
        "/governance/verdicts",
        "/governance/audit",
        "/suspensions?scope=domain&key=flight-operations",
    ],
    "pia": [
        "/operator",
        "/operator/people",
        "/operator/platforms/new?kind=postgres",
        "/orders",
        "/status",
        "/dev/outbox",
        "/operator/logins",
    ],
}


class _Read(HTMLParser):
    """Collect what a page says: its text, and what is read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNREAD:
            self.inside.append(tag)
        self.texts += [value for name, value in attrs if name in READ_ALOUD and value]

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside and data.strip():
            self.texts.append(" ".join(data.split()))


def made_up() -> dict[str, str]:
    """Give every text of the German catalogue in a made-up language: wide, but for its facts."""
    found: dict[str, str] = {}
    for block in (GERMAN / "django.po").read_text(encoding="utf-8").split("\n\n"):
        facts: dict[str, str] = {}
        at = ""
        for line in block.splitlines():
            key, _, text = line.partition(" ")
            if key.startswith("msg"):
                at, facts[key] = key, ast.literal_eval(text)
            elif line.startswith('"'):
                facts[at] += ast.literal_eval(line)
        if not facts.get("msgid"):
            continue
        context = f"{facts['msgctxt']}\x04" if "msgctxt" in facts else ""
        forms = [facts["msgid"], *([facts["msgid_plural"]] if "msgid_plural" in facts else [])]
        found[context + "\0".join(forms)] = "\0".join(map(_wrapped, forms))
    return found


def _wrapped(text: str) -> str:
    pieces = HOLE.split(text)
    return "".join(
        piece if place % 2 else piece.translate(WIDE) for place, piece in enumerate(pieces)
    )


@contextmanager
def in_a_made_up_language(folder: Path) -> Iterator[None]:
    """Answer pages in Esperanto, whose catalogue is the made-up one."""
    below = folder / "eo/LC_MESSAGES"
    below.mkdir(parents=True)
    below.joinpath("django.mo").write_bytes(_mo(made_up()))
    _forget()
    with override_settings(LOCALE_PATHS=[folder], LANGUAGES=[*settings.LANGUAGES, ("eo", "eo")]):
        try:
            yield
        finally:
            _forget()


def _forget() -> None:
    trans_real._translations.clear()
    for one in (said._told, said._texts, said._patterns, kept._drawn):
        one.cache_clear()


def data() -> list[str]:
    """Give what the rows hold that people or platforms wrote, the longest first."""
    found: set[str] = set()
    for model in apps.get_models():
        if model._meta.model_name in TOLD:
            continue
        fields = [
            field.name
            for field in model._meta.concrete_fields
            if not field.choices
            and not field.is_relation
            and f"{model._meta.model_name}.{field.name}" not in TOLD
        ]
        for row in model._base_manager.values_list(*fields):
            found |= set(_leaves(row))
    return sorted((one for one in found if len(one) > 2), key=len, reverse=True)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield " ".join(value.split())
    elif isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)


def left_over(page: str, known: list[str]) -> list[str]:
    """Give the texts of a page with words that neither a catalogue nor the data brought."""
    reader = _Read()
    reader.feed(page)
    found = []
    for text in dict.fromkeys(reader.texts):
        rest = MONTHS.sub(" ", CODES.sub(" ", NAMES.sub(" ", text)))
        if WORDS.search(rest):
            for value in known:
                if value in rest:
                    rest = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", " ", rest)
                    if not WORDS.search(rest):
                        break
        rest = re.sub(r"\S*[@/_.:=]\S*|\b\d\w*\b|\b[0-9a-f]{12,}\b", " ", rest)  # keys, digests
        if WORDS.search(rest):
            found.append(f"{text}   <<{' '.join(rest.split())}>>")
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("who", list(PAGES))
def test_no_page_keeps_an_english_word(who, granted, ask_full, browser, tmp_path):  # noqa: F811
    waiting = ask_full()
    pages = PAGES[who] + {
        "ana": [
            f"/requests/{granted.request_id}",
            f"/requests/{waiting.pk}",
            f"/agreements/{granted.pk}",
            *(f"/access/{granted.pk}/{drawer}" for drawer in ("end", "renew", "login")),
        ],
        "petra": [f"/owner/reviews/{waiting.pk}"],
        "gus": [f"/governance/verdicts/{waiting.decision_id}"],
    }.get(who, [])
    client = browser(who)
    client.cookies["language"] = "eo"
    known = ["Team Growth", "Team growth", "nothing here", *data()]
    english = {}
    with in_a_made_up_language(tmp_path):
        for path in pages:
            answer = client.get(path, follow=True)
            found = left_over(answer.text, known)
            if found:
                english[path] = found

    assert english == {}


@pytest.mark.django_db
def test_sign_in_keeps_no_english_word(people, client, tmp_path):
    client.cookies["language"] = "eo"
    with in_a_made_up_language(tmp_path):
        page = client.get("/accounts/login/").text

    assert left_over(page, SIGN_IN) == []
    assert left_over(client.get("/accounts/login/?x").text, SIGN_IN) != []
