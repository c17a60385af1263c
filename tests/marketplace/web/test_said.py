"""What Python said is read in the language of the page."""

from pathlib import Path

import pytest
from django.utils import translation

from marketplace.kernel.web.collected import spoken
from marketplace.kernel.web.said import told

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Sign in first.", "Melden Sie sich zuerst an."),
        ("Between 1 and 90 days.", "Zwischen 1 und 90 Tagen."),
        (
            "Port full of Flight delays is deprecated; plan to move to its successor.",
            "Port full von Flight delays ist abgekündigt; planen Sie den Wechsel zum Nachfolger.",
        ),
        (
            "The name is Flight delays. The purpose has 2 characters.",
            "Der Name ist Flight delays. Der Zweck hat 2 Zeichen.",
        ),
        ("Approved by a policy", "Genehmigt durch eine Richtlinie"),
        ("Owner of the product", "Eigentümer des Produkts"),
        ("This finding is Research.", "Dieser Befund ist Research."),
        ("Airports and weather", "Airports and weather"),
        ("Our own words, as they are.", "Our own words, as they are."),
        ("", ""),
    ],
)
def test_a_sentence_is_known_again_with_its_facts(english, german):
    with translation.override("de"):
        assert told(english) == german
    assert told(english) == english


def test_a_moment_is_written_as_the_page_writes_days():
    said = "It ends on 2027-05-20 19:18 UTC. Renew it when it is still needed."

    assert told(said) == "It ends on 20 May 2027, 19:18 UTC. Renew it when it is still needed."
    with translation.override("de"):
        assert "20. Mai 2027, 19:18 UTC" in told(said)
    assert (
        told("Late since 2027-05-20, on 2027-05-21.") == "Late since 20 May 2027, on 21 May 2027."
    )
    assert told("On 2027-13-40 19:18 UTC.") == "On 2027-13-40 19:18 UTC."
    assert told("version 2027-05-20") == "version 2027-05-20"


def test_sentences_are_found_in_the_source(tmp_path):
    below = tmp_path / "marketplace/portal"
    below.mkdir(parents=True)
    below.joinpath("page.py").write_text(
        '"""No docstring is said."""\n'
        "def page(asked, log):\n"
        '    log.info("Nobody reads this.")\n'
        '    if asked == "not this one":\n'
        '        return "SELECT 1 FROM x"\n'
        '    return [f"Between 1 and {asked.longest} days.", "Rows", "key",'
        ' {"no key": "Yes, please"}]\n',
        encoding="utf-8",
    )

    assert spoken(tmp_path) == {"Between 1 and %(longest)s days.", "Rows", "Yes, please"}


def test_what_is_said_names_no_statement():
    assert [text for text in spoken(ROOT) if "SELECT" in text or "import " in text] == []
