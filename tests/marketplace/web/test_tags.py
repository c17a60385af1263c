from datetime import UTC, date, datetime

import pytest
from django.template import Context, Engine

from marketplace.kernel.web import states
from marketplace.kernel.web.templatetags import emporion

ENGINE = Engine(
    builtins=["marketplace.kernel.web.templatetags.emporion", "django.templatetags.i18n"]
)
AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def said(template: str, **values: object) -> str:
    return ENGINE.from_string(template).render(Context(values))


def test_the_words_of_a_search_are_marked_wherever_they_stand():
    assert emporion.highlight("Delays of flights, delayed", "delay fl") == (
        "<mark>Delay</mark>s of <mark>fl</mark>ights, <mark>delay</mark>ed"
    )


def test_marking_escapes_the_text_and_the_word():
    assert emporion.highlight("<b>&", "<b>") == "<mark>&lt;b&gt;</mark>&amp;"
    assert emporion.highlight("a < b", None) == "a &lt; b"


def test_a_word_of_a_search_is_no_pattern():
    assert emporion.highlight("a.*b", ".*") == "a<mark>.*</mark>b"


def test_a_time_says_utc_and_carries_the_machine_form():
    assert said("{% when at %}", at=AT) == (
        '<time datetime="2026-11-18T09:30:00Z" data-time="datetime" '
        'title="18 Nov 2026, 09:30 UTC">18 Nov 2026, 09:30 UTC</time>'
    )


def test_a_day_and_no_time_at_all():
    assert said("{% when at %}", at=date(2026, 3, 1)) == (
        '<time datetime="2026-03-01">1 Mar 2026</time>'
    )
    assert said("{% when at %}", at=None) == '<span class="mut">\N{EN DASH}</span>'


def test_a_state_has_word_tone_and_icon():
    pill = said('{% state "agreement" "active" %}')

    assert 'class="pill t-ok"' in pill
    assert "#check" in pill
    assert pill.endswith("Active</span>")


def test_a_state_nobody_knows_is_shown_by_its_name():
    assert said('{% state "agreement" "half_way" %}').endswith("Half way</span>")


@pytest.mark.parametrize("kind", states.KINDS)
def test_each_tone_has_a_style(kind):
    assert {look.tone for look in states.KINDS[kind].values()} <= {
        *("ok", "now", "warn", "bad", "calm")
    }


def test_every_state_of_an_agreement_and_a_grant_is_worded():
    assert set(states.AGREEMENT) == {
        *("pending", "active", "suspended", "ending", "expired", "revoked"),
        *("terminated", "superseded", "failed"),
    }
    assert set(states.GRANT) >= {
        *("pending", "provisioning", "provisioned", "verified", "drifted", "failed"),
        *("deprovisioning", "removed", "verified_removed", "orphaned", "foreign"),
        *("needs_human", "revoke_unverified"),
    }


def test_names_of_people_are_escaped_everywhere():
    wicked = "<img src=x>"

    assert "<img" not in said("{% avatar name %}", name=wicked)
    assert "<img" not in said("{% interface kind name %}", kind="sql", name=wicked)
    assert "<img" not in said("{% classification name %}", name=wicked)
    assert "<img" not in said('{% state "request" name %}', name=wicked)


def test_scores_come_with_their_names():
    assert emporion.named_scores([1, None])[:3] == [
        ("Discoverable", 1),
        ("Addressable", None),
        ("Trustworthy", None),
    ]


def test_a_column_without_buckets_has_no_drawing():
    assert said("{% minihist none %}", none=None) == ""
    assert 'class="mh"' in said("{% minihist some %}", some=[1, 2])


def test_filters_speak_for_absent_values():
    template = "{{ x|duration }}{{ x|number }}{{ x|compact }}{{ x|size }}{{ x|percent }}{{ x|ago }}"

    assert said(template, x=None) == ""


def test_outside_a_request_there_is_no_reference():
    assert said("{% request_id as r %}[{{ r }}]") == "[]"
