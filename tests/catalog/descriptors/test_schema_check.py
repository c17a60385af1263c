import pytest

from catalog.descriptors.safe_yaml import load
from catalog.descriptors.schema_check import SchemaCheck, pointer_of


@pytest.mark.parametrize(
    ("schema", "text", "code", "detail"),
    [
        ({"const": 1}, "v: 2", "not-allowed", "'2' must be '1'."),
        ({"pattern": "^a$"}, "v: b", "bad-form", "'b' does not have the form ^a$."),
        ({"pattern": "^a$", "x-form": "an a"}, "v: b", "bad-form", "'b' is not an a."),
        ({"maxLength": 2}, "v: abc", "too-long", "The text is longer than 2 characters."),
        ({"minLength": 1}, 'v: ""', "empty", "This may not be empty."),
        ({"minItems": 1}, "v: []", "empty", "This may not be empty."),
        ({"maxItems": 1}, "v: [1, 2]", "too-many", "At most 1 entries."),
        ({"uniqueItems": True}, "v: [1, 1]", "duplicate", "An entry stands here twice."),
        ({"maximum": 1}, "v: 2", "out-of-range",
         "'2' is out of range: 2 is greater than the maximum of 1."),
        ({"type": ["string", "array"]}, "v: {}", "wrong-type",
         "This must be text or a list, not a mapping."),
        ({"type": "string"}, "v: true", "wrong-type",
         'This must be text; put it in quotes: "true".'),
        ({"type": "string"}, "v:", "wrong-type", "This must be text, not empty."),
        ({"oneOf": [{"type": "string"}, {"type": "array"}]}, "v: 1", "bad-form",
         "'1' has none of the forms allowed here."),
        ({"oneOf": [{"type": "string"}, {"type": "array", "maxItems": 1}]}, "v: [1, 2]", "too-many",
         "At most 1 entries."),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, "v: {}", "missing",
         "One of a, b is needed here."),
        ({"not": {"required": ["a"]}}, "v: {a: 1}", "bad-form", "This is not allowed here (not)."),
        (False, "v: 1", "unknown-key", "Nothing may stand here."),
    ],
)  # fmt: skip
def test_each_fault_is_told_in_a_sentence(schema, text, code, detail):
    document = load(text)[0]
    check = SchemaCheck({"properties": {"v": schema}})

    assert [(p.pointer, p.code, p.detail) for p in check.problems(document, document.data)] == [
        ("/v", code, detail)
    ]


def test_what_only_follows_from_another_fault_is_not_told():
    schema = {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$defs": {
            "base": {"properties": {"name": {"type": "string"}, "size": {"type": "integer"}}}
        },
        "$ref": "#/$defs/base",
        "unevaluatedProperties": False,
    }
    document = load("name: a\nsize: big\nsise: 1\n")[0]

    problems = SchemaCheck(schema).problems(document, document.data)

    assert [(p.pointer, p.line, p.code) for p in problems] == [
        ("/size", 2, "wrong-type"),
        ("/sise", 3, "unknown-key"),
    ]
    assert problems[1].detail == "The key `sise` is not known here; did you mean `size`?"


def test_a_value_is_checked_at_its_place():
    document = load("a:\n  b: 1\n")[0]

    problems = SchemaCheck({"type": "string"}).problems(document, 1, "/a/b")

    assert [(p.pointer, p.line) for p in problems] == [("/a/b", 2)]


def test_a_pointer_escapes_its_parts():
    assert pointer_of(["a/b", 0, "c~d"]) == "/a~1b/0/c~0d"
