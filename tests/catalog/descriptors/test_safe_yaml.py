import hashlib
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.descriptors.safe_yaml import (
    MAX_BYTES,
    MAX_PROBLEMS,
    Problem,
    Refused,
    bad_character,
    load,
)
from catalog.descriptors.writing import dump

BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(24)
)
HOSTILE = {
    "alias bomb": (BOMB, "anchor"),
    "alias": ("a: *b\n", "alias"),
    "recursive alias": ("&a [*a]", "anchor"),
    "anchor on text": ("a: &x 1", "anchor"),
    "20,000 lists deep": ("a: " + "[" * 20_000, "too-deep"),
    "20,000 mappings deep": ("{a: " * 20_000, "too-deep"),
    "20,000 entries deep": ("- " * 20_000, "too-deep"),
    "merge key": ("a: {x: 1}\nb:\n  <<: {y: 2}\n", "merge-key"),
    "tag that builds an object": ('a: !!python/object/apply:os.system ["x"]', "tag"),
    "tag of text": ("a: !!str 1", "tag"),
    "own tag": ("a: !mine 1", "tag"),
    "tag directive": ("%TAG ! tag:x,2000:\n---\na: 1", "tag"),
    "duplicate key": ("a: 1\na: 2", "duplicate-key"),
    "key twice in another form": ("e\u0301: 1\n\u00e9: 2", "duplicate-key"),
    "200,000 digits": ("a: " + "1" * 200_000, "integer-too-long"),
    "31 digits": ("a: " + "1" * 31, "integer-too-long"),
    "200,000 digits and a fraction": ("a: " + "1" * 200_000 + ".0", "not-finite"),
    "endless exponent": ("a: 1e999", "not-finite"),
    "infinity": ("a: .inf", "not-finite"),
    "no number": ("a: .nan", "not-finite"),
    "too many values": ("a: [" + "1," * 20_001 + "]", "too-many-nodes"),
    "too large": ("a: " + "x" * MAX_BYTES, "too-large"),
    "many keys": ("? a\n" * 40_000, "duplicate-key"),
    "list as key": ("? [a]\n: b", "key-not-text"),
    "number as key": ("1: b", "key-not-text"),
    "escaped NUL": ('a: "\\0"', "bad-character"),
    "raw NUL": ("a: \0", "bad-character"),
    "escaped right-to-left override": ('a: "x\\u202ey"', "bad-character"),
    "right-to-left override in a comment": ("# \u202e\na: 1", "bad-character"),
    "escape character": ('a: "\\e[31m"', "bad-character"),
    "lone surrogate": ("a: \ud800", "bad-character"),
    "line separator": ("a: x\u2028y", "bad-character"),
    "byte-order mark inside": ("a: 1\n---\n\ufeffb: 1", "bad-character"),
    "not UTF-8": (b"a: \xff", "not-utf8"),
    "not YAML": ("a: [1, 2\nb: 3", "bad-yaml"),
    "list on top": ("- 1", "not-a-mapping"),
    "text on top": ("hello", "not-a-mapping"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_refused_with_its_code(name):
    text, code = HOSTILE[name]

    with pytest.raises(Refused) as refusal:
        load(text)

    assert code in {problem.code for problem in refusal.value.problems}
    assert len(refusal.value.problems) <= MAX_PROBLEMS


@pytest.mark.parametrize("name", HOSTILE)
def test_a_refusal_costs_little_time_and_memory(name):
    text, _ = HOSTILE[name]
    spent = []
    for _ in range(3):
        started = time.process_time()
        with pytest.raises(Refused):
            load(text)
        spent.append(time.process_time() - started)
    tracemalloc.start()
    with pytest.raises(Refused):
        load(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert min(spent) < 0.25  # 50 ms on a quiet machine; coverage takes three times as long
    assert peak < 20_000_000


def test_scalars_follow_yaml_1_2():
    text = """
country: NO
answer: yes
switch: on
time: 12:30
zip: 010
day: 2013-01-01
yes_really: true
no_really: FALSE
whole: -7
hex: 0x1F
octal: 0o17
plain: 1.5
exponent: 1e3
dot: .5
nothing:
tilde: ~
quoted: "1"
version: 1.0.0
underscore: 1_000
"""

    assert load(text)[0].data == {
        "country": "NO",
        "answer": "yes",
        "switch": "on",
        "time": "12:30",
        "zip": "010",
        "day": "2013-01-01",
        "yes_really": True,
        "no_really": False,
        "whole": -7,
        "hex": 31,
        "octal": 15,
        "plain": 1.5,
        "exponent": 1000.0,
        "dot": 0.5,
        "nothing": None,
        "tilde": None,
        "quoted": "1",
        "version": "1.0.0",
        "underscore": "1_000",
    }


def test_an_integer_of_thirty_digits_is_read():
    assert load("a: " + "9" * 30)[0].data == {"a": int("9" * 30)}


def test_text_is_brought_to_nfc_but_kept_verbatim():
    document = load("name: Cafe\u0301\n")[0]

    assert document.data == {"name": "Caf\u00e9"}
    assert document.text == "name: Cafe\u0301\n"


def test_each_document_keeps_its_own_text_and_hash():
    text = "# first\na: 1\n---\nb: 2\n---\n---\n# last\nc: 3\n"
    first, second, third = load(text)

    assert (first.text, second.text, third.text) == (
        "# first\na: 1\n",
        "---\nb: 2\n",
        "---\n# last\nc: 3\n",
    )
    assert first.sha256 == hashlib.sha256(b"# first\na: 1\n").hexdigest()


def test_the_hash_of_a_single_document_is_the_hash_of_the_file():
    raw = "name: Verspätung\r\nlist:\r\n- a\r\n".encode()

    assert load(raw)[0].sha256 == hashlib.sha256(raw).hexdigest()


def test_lines_are_known_for_every_pointer():
    document = load("a:\n  b:\n    - x\n    - c/d: 1\n      e~f: [y,\n        z]\n")[0]

    assert dict(document.lines) == {
        "": 1,
        "/a": 1,
        "/a/b": 2,
        "/a/b/0": 3,
        "/a/b/1": 4,
        "/a/b/1/c~1d": 4,
        "/a/b/1/e~0f": 5,
        "/a/b/1/e~0f/0": 5,
        "/a/b/1/e~0f/1": 6,
    }
    assert len(document.lines) == 9
    assert document.lines.nearest("/a/b/1/nowhere/at/all") == 4
    with pytest.raises(KeyError):
        document.lines["/a/b/7"]


def test_lines_count_through_the_whole_stream():
    assert load("a: 1\n---\n\nb: 2\n")[1].lines["/b"] == 4


def test_every_duplicate_is_told_with_its_line():
    with pytest.raises(Refused) as refusal:
        load("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n")

    assert refusal.value.problems == (
        Problem("/b", 4, "duplicate-key", "The key 'c' stands here twice."),
        Problem("", 5, "duplicate-key", "The key 'a' stands here twice."),
    )


def test_a_refusal_names_the_file():
    with pytest.raises(Refused) as refusal:
        load("a: [", path="mesh/x.yaml")

    assert refusal.value.problems[0].path == "mesh/x.yaml"
    assert str(refusal.value).startswith("mesh/x.yaml:")


@pytest.mark.parametrize("text", ["", "\n", "# only words\n", "---\n---\n", "null"])
def test_a_text_without_a_document_gives_none(text):
    assert load(text) == []


def test_twenty_levels_are_read_and_the_twenty_first_is_not():
    assert load("a: " + "[" * 19 + "]" * 19)
    with pytest.raises(Refused):
        load("a: " + "[" * 20 + "]" * 20)


def test_a_bad_character_is_found_in_any_text():
    assert bad_character("ana\u202e") == "\u202e"
    assert bad_character("two\nlines\tand a tab") is None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**30) + 1, max_value=10**30 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cn", "Zl", "Zp")))
    | st.sampled_from(["NO", "yes", "010", "0o17", "1e3", "0x1F", ".inf", "~", "", "12:30", "<<"])
    | st.sampled_from(
        ["2013-01-01", "a\nb", "a\n\nb\n", " x\ny ", "# no", "- a", "'", '"', "{", ":"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abc10<~N", min_size=1, max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.slow
@given(value=JSON)
@settings(max_examples=300, deadline=None)
def test_what_is_written_reads_back_the_same(value):
    import unicodedata

    def nfc(one):
        if isinstance(one, str):
            return unicodedata.normalize("NFC", one)
        if isinstance(one, list):
            return [nfc(part) for part in one]
        if isinstance(one, dict):
            return {key: nfc(part) for key, part in one.items()}
        return one

    assert load(dump({"value": value}))[0].data == {"value": nfc(value)}


@given(words=st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused_and_nothing_else(words):
    try:
        documents = load(words)
    except Refused:
        documents = []
    assert all(isinstance(document.data, dict) for document in documents)
