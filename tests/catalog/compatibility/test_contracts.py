from dataclasses import replace

import pytest

from catalog.compatibility.contracts import diff, impact, suggested_version, verdict_for
from catalog.compatibility.difference import Difference
from catalog.descriptors.bundle import parse_bundle
from catalog.descriptors.model import (
    Column,
    ContractDescriptor,
    CustomProperty,
    EnumValue,
    QualityRule,
    Role,
    SchemaObject,
    Server,
    ServiceLevelObjective,
)
from tests.catalog.descriptors.texts import CONTRACT

PATH = "/schema[name=flights]"


def column(name="delay", **facts):
    return Column(name=name, position=1, **{"physical_type": "integer", **facts})


def contract(*columns, **facts):
    return ContractDescriptor(
        id="flights-curated",
        version="1.0.0",
        objects=(SchemaObject(name="flights", columns=columns),),
        **facts,
    )


def told(old, new):
    """Differences as (kind, path below the object, impact, verdict, column)."""
    return [
        (d.kind, d.path.removeprefix(PATH), d.impact, d.verdict, d.column) for d in diff(old, new)
    ]


def of_column(was, now):
    """What changed on one column, as (field, impact, verdict)."""
    found = diff(contract(column(**was)), contract(column(**now)))
    assert {d.column for d in found} <= {"delay", ""}
    return [(d.path.rpartition("/")[2], d.impact, d.verdict) for d in found]


def test_the_same_contract_has_no_differences():
    flights = parse_bundle(CONTRACT).contracts[0]

    assert diff(flights, replace(flights, version="1.0.1")) == ()
    assert impact(()) == ""


def test_a_removed_column_breaks_those_who_read_it_and_nobody_else():
    found = diff(contract(column("delay"), column("captain")), contract(column("delay")))

    assert found == (
        Difference(
            kind="REMOVE",
            path="/schema[name=flights]/properties[name=captain]",
            impact="MAJOR",
            verdict="breaks",
            sentence="The column captain is removed.",
            column="captain",
            old="captain",
        ),
    )
    assert verdict_for(found, {"captain", "delay"}) == "breaks"
    assert verdict_for(found, {"delay"}) == "safe"
    assert verdict_for(found, set()) == "safe"
    assert verdict_for(found, None) == "breaks"


def test_a_removed_object_breaks_everybody():
    found = diff(contract(column()), ContractDescriptor(id="flights-curated", version="2"))

    assert [(d.kind, d.path, d.impact, d.verdict, d.column) for d in found] == [
        ("REMOVE", "/schema[name=flights]", "MAJOR", "breaks", "")
    ]
    assert verdict_for(found, {"delay"}) == "breaks"


def test_a_new_object_is_safe():
    old = contract(column())
    new = replace(old, objects=(*old.objects, SchemaObject(name="crews")))

    assert [(d.kind, d.path, d.impact, d.verdict) for d in diff(old, new)] == [
        ("ADD", "/schema[name=crews]", "MINOR", "safe")
    ]


@pytest.mark.parametrize("required", [True, False])
def test_a_new_column_is_safe_filled_or_not(required):
    old, new = contract(column()), contract(column(), column("gate", required=required))

    assert told(old, new) == [("ADD", "/properties[name=gate]", "MINOR", "safe", "gate")]


def test_a_rename_is_a_removal_and_an_addition():
    assert told(contract(column("delay")), contract(column("late"))) == [
        ("REMOVE", "/properties[name=delay]", "MAJOR", "breaks", "delay"),
        ("ADD", "/properties[name=late]", "MINOR", "safe", "late"),
    ]


@pytest.mark.parametrize(
    ("was", "now", "level", "verdict"),
    [
        ({"physical_type": "integer"}, {"physical_type": "bigint"}, "MINOR", "safe"),
        ({"physical_type": "bigint"}, {"physical_type": "integer"}, "MAJOR", "breaks"),
        ({"physical_type": "integer"}, {"physical_type": "numeric"}, "MINOR", "at_risk"),
        ({"physical_type": "integer"}, {"physical_type": "text"}, "MAJOR", "breaks"),
        ({"physical_type": "date"}, {"physical_type": "timestamp"}, "MAJOR", "breaks"),
    ],
)
def test_a_changed_type(was, now, level, verdict):
    assert of_column(was, now) == [("physicalType", level, verdict)]


def test_a_changed_logical_type():
    was = {"physical_type": "", "logical_type": "integer"}

    assert of_column(was, {**was, "logical_type": "number"}) == [
        ("logicalType", "MINOR", "at_risk")
    ]
    assert of_column(was, {**was, "logical_type": "string"}) == [("logicalType", "MAJOR", "breaks")]


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ({"required": True}, {}, [("required", "MAJOR", "at_risk")]),
        ({}, {"required": True}, [("required", "MINOR", "safe")]),
        ({"unique": True}, {}, [("unique", "MAJOR", "at_risk")]),
        ({}, {"unique": True}, [("unique", "MINOR", "safe")]),
        ({"classification": "public"}, {"classification": "internal"},
         [("classification", "MINOR", "at_risk")]),
        ({"classification": "internal"}, {"classification": "confidential"},
         [("classification", "MAJOR", "at_risk")]),
        ({"classification": "confidential"}, {"classification": "restricted"},
         [("classification", "MAJOR", "at_risk")]),
        ({"classification": "restricted"}, {"classification": "public"},
         [("classification", "MINOR", "safe")]),
        ({}, {"classification": "internal"}, []),
        ({}, {"tags": ("pii",)}, [("tags", "MAJOR", "at_risk")]),
        ({"tags": ("pii",)}, {}, [("tags", "MINOR", "safe")]),
        ({}, {"tags": ("late",)}, [("tags", "PATCH", "safe")]),
        ({"enum": (EnumValue(value="a"),)}, {"enum": (EnumValue(value="a"), EnumValue(value="b"))},
         [("enum", "MINOR", "at_risk")]),
        ({"enum": (EnumValue(value="a"), EnumValue(value="b"))}, {"enum": (EnumValue(value="a"),)},
         [("enum", "MINOR", "at_risk")]),
        ({}, {"enum": (EnumValue(value="a"),)}, [("enum", "MINOR", "safe")]),
        ({"enum": (EnumValue(value="a"),)}, {}, [("enum", "MINOR", "at_risk")]),
        ({}, {"options": {"maximum": 10}}, [("logicalTypeOptions", "MINOR", "at_risk")]),
        ({}, {"deprecated": True}, [("deprecated", "MINOR", "at_risk")]),
        ({"deprecated": True}, {}, []),
        ({"description": "Late."}, {"description": "Minutes late."},
         [("description", "PATCH", "safe")]),
        ({}, {"examples": (1,)}, [("examples", "PATCH", "safe")]),
        ({}, {"business_name": "Delay"}, [("businessName", "PATCH", "safe")]),
        ({}, {"extra": {"partitioned": True}}, [("partitioned", "PATCH", "safe")]),
        ({}, {"custom": (CustomProperty(property="masking", value="masked"),)},
         [("masking", "MAJOR", "breaks")]),
        ({"custom": (CustomProperty(property="masking", value="excluded"),)}, {},
         [("masking", "MINOR", "safe")]),
        ({}, {"custom": (CustomProperty(property="costCentre", value=1),)},
         [("customProperties", "PATCH", "safe")]),
        ({"quality": (QualityRule(name="filled"),)}, {},
         [("quality[name=filled]", "MINOR", "at_risk")]),
        ({}, {"quality": (QualityRule(name="filled"),)},
         [("quality[name=filled]", "MINOR", "safe")]),
        ({"quality": (QualityRule(name="filled", extra={"mustBe": 0}),)},
         {"quality": (QualityRule(name="filled", extra={"mustBe": 1}),)},
         [("quality[name=filled]", "MINOR", "at_risk")]),
    ],
)  # fmt: skip
def test_what_changes_on_a_column(was, now, expected):
    assert of_column(was, now) == expected


def test_another_key_concerns_every_reader():
    old = contract(column("flight_id", primary_key=True), column("day", required=True))
    new = contract(
        column("flight_id", primary_key=True), column("day", required=True, primary_key=True)
    )
    found = diff(old, new)

    assert [(d.path, d.impact, d.verdict, d.column, d.sentence) for d in found] == [
        (
            "/schema[name=flights]/primaryKey",
            "MAJOR",
            "breaks",
            "",
            "A row is now identified by day, flight_id; it was by flight_id.",
        )
    ]
    assert verdict_for(found, {"delay"}) == "breaks"


def test_a_key_stated_for_the_first_time_is_safe():
    found = diff(
        contract(column("flight_id", required=True)),
        contract(column("flight_id", required=True, primary_key=True)),
    )

    assert [(d.kind, d.impact, d.verdict) for d in found] == [("ADD", "MINOR", "safe")]


def test_a_nested_column_is_told_under_its_column():
    inner = (column("street"), column("zip"))
    found = diff(
        contract(column("address", children=inner)), contract(column("address", children=inner[:1]))
    )

    assert [(d.path, d.column, d.verdict) for d in found] == [
        ("/schema[name=flights]/properties[name=address]/properties[name=zip]", "address", "breaks")
    ]


def level(name, value, unit=""):
    return ServiceLevelObjective(property=name, value=value, unit=unit)


@pytest.mark.parametrize(
    ("old", "new", "kind", "verdict"),
    [
        (level("latency", 4, "h"), level("latency", 2, "h"), "CHANGE", "safe"),
        (level("latency", 4, "h"), level("latency", 1, "d"), "CHANGE", "at_risk"),
        (level("latency", 60, "minutes"), level("latency", 2, "h"), "CHANGE", "at_risk"),
        (level("availability", 99.9), level("availability", 99.0), "CHANGE", "at_risk"),
        (level("availability", 99.0), level("availability", 99.9), "CHANGE", "safe"),
        (level("retention", 1, "y"), level("retention", 30, "d"), "CHANGE", "at_risk"),
        (level("endOfSupport", "2027-01-01"), level("endOfSupport", "2026-01-01"), "CHANGE",
         "at_risk"),
        (level("endOfSupport", "2026-01-01"), level("endOfSupport", "2027-01-01"), "CHANGE",
         "safe"),
        (level("joy", 1), level("joy", 2), "CHANGE", "at_risk"),
        (level("latency", 4, "h"), None, "REMOVE", "at_risk"),
        (None, level("latency", 4, "h"), "ADD", "safe"),
    ],
)  # fmt: skip
def test_a_changed_service_level(old, new, kind, verdict):
    found = diff(
        contract(service_levels=(old,) if old else ()),
        contract(service_levels=(new,) if new else ()),
    )

    assert [(d.kind, d.impact, d.verdict) for d in found] == [(kind, "MINOR", verdict)]


def test_a_lowered_service_level_says_so():
    found = diff(
        contract(service_levels=(level("latency", 4, "h"),)),
        contract(service_levels=(level("latency", 1, "d"),)),
    )

    assert found[0].sentence == "The service level latency is lowered: 4 h to 1 d."
    assert (found[0].old, found[0].new) == ("4 h", "1 d")


@pytest.mark.parametrize(
    ("was", "now", "level", "verdict", "sentence"),
    [
        (("analytics", "marketing"), ("analytics",), "MAJOR", "at_risk",
         "Use for marketing is no longer allowed."),
        ((), ("analytics",), "MAJOR", "at_risk", "Use is now limited to analytics."),
        (("analytics",), ("analytics", "research"), "MINOR", "safe",
         "Use is now also allowed for research."),
        (("analytics",), (), "MINOR", "safe", "The allowed purposes are no longer listed."),
    ],
)  # fmt: skip
def test_changed_purposes(was, now, level, verdict, sentence):
    found = diff(contract(purposes=was), contract(purposes=now))

    assert [(d.impact, d.verdict, d.sentence) for d in found] == [(level, verdict, sentence)]


@pytest.mark.parametrize(
    ("was", "now", "verdict"),
    [(365, 90, "at_risk"), (None, 90, "at_risk"), (90, 365, "safe"), (90, None, "safe")],
)
def test_a_changed_longest_duration(was, now, verdict):
    found = diff(contract(max_duration_days=was), contract(max_duration_days=now))

    assert [(d.impact, d.verdict) for d in found] == [("MINOR", verdict)]


@pytest.mark.parametrize(
    ("status", "level", "verdict"),
    [
        ("deprecated", "MINOR", "at_risk"),
        ("retired", "MAJOR", "breaks"),
        ("draft", "PATCH", "safe"),
    ],
)
def test_a_changed_status(status, level, verdict):
    found = diff(contract(status="active"), contract(status=status))

    assert [(d.path, d.impact, d.verdict) for d in found] == [("/status", level, verdict)]


def test_a_changed_server():
    here = Server(server="warehouse", type="postgres")
    there = replace(here, extra={"host": "other"})

    assert told(contract(servers=(here,)), contract(servers=(there,))) == [
        ("CHANGE", "/servers[server=warehouse]", "MINOR", "at_risk", "")
    ]
    assert told(contract(), contract(servers=(here,))) == [
        ("ADD", "/servers[server=warehouse]", "MINOR", "safe", "")
    ]


def test_words_of_the_contract_are_a_patch():
    old = contract(column(), purpose="Punctuality.")
    new = contract(column(), purpose="Punctuality of flights.", roles=(Role(role="reader"),))

    assert [(d.path, d.impact) for d in diff(old, new)] == [
        ("/description", "PATCH"),
        ("/roles", "PATCH"),
    ]


def test_the_highest_impact_and_the_worst_verdict_count():
    found = diff(
        contract(column("delay"), column("gate")),
        contract(column("delay", description="Minutes."), column("gate", deprecated=True)),
    )

    assert impact(found) == "MINOR"
    assert verdict_for(found, {"delay"}) == "safe"
    assert verdict_for(found, {"gate"}) == "at_risk"


def test_a_difference_goes_to_json():
    found = diff(contract(column("delay")), contract())

    assert found[0].as_json() == {
        "kind": "REMOVE",
        "path": "/schema[name=flights]/properties[name=delay]",
        "impact": "MAJOR",
        "verdict": "breaks",
        "sentence": "The column delay is removed.",
        "column": "delay",
        "old": "delay",
        "new": None,
    }


def test_every_difference_of_a_whole_contract_is_json():
    import json

    old = parse_bundle(CONTRACT).contracts[0]
    bare = ContractDescriptor(
        id=old.id, version="2.0.0", objects=(SchemaObject(name="flight_delays"),)
    )

    for found in (diff(old, bare), diff(bare, old)):
        assert json.loads(json.dumps([d.as_json() for d in found]))


@pytest.mark.parametrize(
    ("old", "level", "new"),
    [
        ("1.2.3", "MAJOR", "2.0.0"),
        ("1.2.3", "MINOR", "1.3.0"),
        ("1.2.3", "PATCH", "1.2.4"),
        ("1.2.3", "", "1.2.3"),
        ("v1.2.3", "MAJOR", "v2.0.0"),
        ("1", "MAJOR", "2"),
        ("1", "MINOR", "1.1"),
        ("1", "PATCH", "1.0.1"),
        ("1.2", "MAJOR", "2.0"),
        ("1.2", "MINOR", "1.3"),
        ("spring", "MAJOR", ""),
    ],
)
def test_the_suggested_version(old, level, new):
    assert suggested_version(old, level) == new


def test_a_level_that_is_no_number_is_a_risk():
    old = contract(service_levels=(level("latency", "soon"),))

    for value in ("later", True, None):
        found = diff(old, contract(service_levels=(level("latency", value),)))
        assert [(d.verdict, d.sentence.split(":")[0]) for d in found] == [
            ("at_risk", "The service level latency changes")
        ]


def test_rules_without_a_name_are_told_apart_by_what_they_check():
    one, other = QualityRule(metric="rowCount"), QualityRule(metric="rowCount", unit="rows")

    found = diff(contract(column(quality=(one, other))), contract(column(quality=(one,))))

    assert [d.path.rpartition("/")[2] for d in found] == ["quality[name=rowCount 2]"]
