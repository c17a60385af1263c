"""What is typed into the search box: words, filters, minus, quotes, and what is no filter."""

from datetime import timedelta

import pytest

from catalog.queries.language import KEYS, parse


def terms(text):
    return [(one.field, one.value) for one in parse(text).terms]


def without(text):
    return [(one.field, one.value) for one in parse(text).without]


def problems(text):
    return [(one.pointer, one.code, one.detail) for one in parse(text).problems]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("domain:customer", [("domain", "customer")]),
        ('domain:"Flight operations"', [("domain", "flight-operations")]),
        ("port:sql", [("interface", "sql")]),
        ("has:dep_delay", [("column", "dep_delay")]),
        ("tag:Raw owner:growth", [("tag", "raw"), ("owner", "growth")]),
        ("pii:no", [("personal_data", False)]),
        ("access:instant", [("access", "instant")]),
        ("instant:yes", [("access", "instant")]),
        ("instant:no", [("access", "review")]),
        ("fresh:<1h", [("fresh", timedelta(hours=1))]),
        ("fresh:2w", [("fresh", timedelta(weeks=2))]),
        ("score:>80", [("min_score", 81)]),
        ("score:80", [("min_score", 80)]),
        ("score:<50", [("max_score", 49)]),
        ("score:<=50", [("max_score", 50)]),
        (
            "certified:yes",
            [("certification", "bronze"), ("certification", "silver"), ("certification", "gold")],
        ),
        ("certified:no", [("certification", "none")]),
    ],
)
def test_a_filter_is_read(text, found):
    assert terms(text) == found
    assert parse(text).words == ()
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("-domain:customer", [("domain", "customer")]),
        ("-has:email", [("column", "email")]),
        ("-pii:yes", [("personal_data", True)]),
        ("fresh:>7d", [("fresh", timedelta(days=7))]),
        ("-score:>80", [("min_score", 81)]),
    ],
)
def test_a_minus_takes_away(text, found):
    assert without(text) == found
    assert terms(text) == []


def test_not_older_is_fresh():
    assert terms("-fresh:>7d") == [("fresh", timedelta(days=7))]


@pytest.mark.parametrize(
    "text",
    [
        "late flights",
        '"late flights" -"old ones"',
        "delays -punctuality",
        "10:30",
        "- a",
        "http://x",
    ],
)
def test_words_stay_words(text):
    read = parse(text)

    assert (" ".join(read.words), read.terms, read.problems) == (text, (), ())


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("domian:customer", "unknown-filter", "Did you mean domain:customer?"),
        ("colour:red", "unknown-filter", "There is no filter colour:. There are domain:,"),
        ("fresh:yesterday", "unknown-value", "a number and m, h, d or w, such as fresh:<1d."),
        ("access:now", "unknown-value", "access: is one of instant, review."),
        ("port:<sql", "unknown-value", "port: is one of sql,"),
        ("pii:maybe", "unknown-value", "yes or no."),
        ("score:101", "unknown-value", "a number from 0 to 100"),
        ("domain:", "no-value", "domain: needs a value: domain:customer."),
        ("late fresh:<", "no-value", "fresh:< needs a value: fresh:<1d."),
    ],
)
def test_a_wrong_filter_is_left_out_and_says_what_would_be_right(text, code, words):
    found = problems(text)

    assert [(pointer, kind) for pointer, kind, _ in found] == [("/q", code)]
    assert words in found[0][2]
    assert parse(text).terms == ()


def test_every_example_is_right():
    for key, (_, example) in KEYS.items():
        assert parse(example).problems == (), key
        assert len(parse(example).terms) == 1


def test_characters_that_are_no_text_and_what_is_too_long_are_not_read():
    assert parse("a\x00b\u202ec").words == ("a", "b", "c")
    assert len(" ".join(parse("x" * 500).words)) == 300
