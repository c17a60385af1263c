import pytest

from catalog.descriptors.bundle import parse_bundle
from catalog.descriptors.model import (
    EnumValue,
    QualityRule,
    Relationship,
    Role,
    Server,
    ServiceLevelObjective,
)
from catalog.descriptors.safe_yaml import Problem, Refused
from tests.catalog.descriptors.texts import CONTRACT


def refused(text):
    with pytest.raises(Refused) as refusal:
        parse_bundle(text)
    return refusal.value.problems


def test_a_contract_is_read_in_full():
    contract = parse_bundle(CONTRACT).contracts[0]

    assert (contract.id, contract.version, contract.status) == (
        "flight-delays-curated",
        "1.0.0",
        "active",
    )
    assert contract.data_product == "flight-operations.flight-delays"
    assert contract.purposes == ("analytics", "reporting")
    assert contract.max_duration_days == 365
    assert contract.service_levels == (
        ServiceLevelObjective(property="latency", value=4, unit="h", driver="operational"),
        ServiceLevelObjective(property="availability", value=99.5, unit="%"),
    )
    assert contract.roles == (
        Role(role="flight_reader", access="read", first_level_approvers="olaf"),
    )
    assert contract.servers == (
        Server(
            server="warehouse",
            type="postgres",
            extra={"host": "db", "port": 5432, "database": "warehouse", "schema": "mart"},
        ),
    )
    assert contract.source is not None
    assert contract.source.text == CONTRACT


def test_columns_are_read_with_position_and_meaning():
    columns = parse_bundle(CONTRACT).contracts[0].columns

    assert [(c.name, c.position, c.type) for c in columns] == [
        ("flight_id", 1, "bigint"),
        ("delay", 2, "integer"),
        ("captain", 3, "text"),
        ("status", 4, "text"),
    ]
    assert [column.nullable for column in columns] == [False, False, True, True]
    assert [column.primary_key for column in columns] == [True, False, False, False]
    assert [column.personal_data for column in columns] == [False, False, True, False]
    assert columns[1].examples == (5, 17)
    assert columns[1].quality == (
        QualityRule(
            name="not-null",
            metric="nullValues",
            dimension="completeness",
            extra={"mustBe": 0},
        ),
    )
    assert columns[2].relationships == (Relationship(to=("crew.name",)),)
    assert columns[3].enum == (
        EnumValue(value="landed", label="Landed"),
        EnumValue(value="diverted"),
    )


def test_a_contract_knows_its_strictest_class_and_its_personal_columns():
    contract = parse_bundle(CONTRACT).contracts[0]

    assert contract.classification == "confidential"
    assert contract.personal_columns == ("captain",)


def test_a_nested_column_makes_its_column_personal():
    text = CONTRACT.replace(
        "        enum: [{value: landed, label: Landed}, {value: diverted}]",
        "        properties: [{name: mail, logicalType: string, tags: [PII]}]",
    ).replace(
        "name: status\n        logicalType: string", "name: status\n        logicalType: object"
    )

    column = parse_bundle(text).contracts[0].columns[3]

    assert [child.name for child in column.children] == ["mail"]
    assert column.personal_data


@pytest.mark.parametrize("version", ["v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0"])
def test_every_3_x_version_is_read(version):
    assert parse_bundle(CONTRACT.replace("v3.2.0", version)).contracts[0].api_version == version


def test_sections_without_a_field_are_kept():
    text = CONTRACT + "price: {priceAmount: 1, priceCurrency: EUR, priceUnit: GB}\n"

    assert parse_bundle(text).contracts[0].extra == {
        "price": {"priceAmount": 1, "priceCurrency": "EUR", "priceUnit": "GB"}
    }


@pytest.mark.parametrize(
    ("old", "new", "pointer", "line", "code", "detail"),
    [
        ("apiVersion: v3.2.0", "apiVersion: v4.0.0", "/apiVersion", 1, "not-allowed",
         "'v4.0.0' is not one of v3.2.0, v3.1.0, v3.0.2, v3.0.1, v3.0.0, v2.2.2, v2.2.1, v2.2.0."),
        ("version: 1.0.0", "version: 1.0", "/version", 5, "wrong-type",
         'This must be text; put it in quotes: "1.0".'),
        ("version: 1.0.0\n", "", "", 1, "missing", "`version` is missing."),
        ("logicalType: integer\n        physicalType: bigint", "logicalType: int",
         "/schema/0/properties/0/logicalType", 15, "not-allowed",
         ("'int' is not one of string, date, timestamp, time, number, integer, object, array, "
         "boolean, map, vector.")),
        ("        classification: public", "        clasification: public",
         "/schema/0/properties/0/clasification", 18, "unknown-key",
         "The key `clasification` is not known here; did you mean `classification`?"),
        ("required: true", "required: yes", "/schema/0/properties/1/required", 23, "wrong-type",
         "This must be true or false, not text."),
        ("- name: delay\n", "- name: flight_id\n", "/schema/0/properties/1/name", 20,
         "duplicate-column", "The column 'flight_id' stands here twice."),
        ("dimension: completeness", "dimension: beauty",
         "/schema/0/properties/1/quality/0/dimension", 28, "not-allowed",
         ("'beauty' is not one of accuracy, completeness, conformity, consistency, coverage, "
         "timeliness, uniqueness.")),
        ("{property: latency, value: 4, ", "{property: latency, ", "/slaProperties/0", 41,
         "missing",
         "`value` is missing."),
        ("mustBe: 0, ", "", "/schema/0/properties/1/quality/0", 28, "missing",
         ("One of mustBe, mustNotBe, mustBeGreaterThan, mustBeGreaterOrEqualTo, mustBeLessThan, "
         "mustBeLessOrEqualTo, mustBeBetween, mustNotBeBetween is needed here.")),
        ("role: flight_reader, ", "", "/roles/0", 44, "missing", "`role` is missing."),
        ("type: postgres, host: db", "type: abacus, host: db", "/servers/0/type", 46, "not-allowed",
         None),
        ("value: [analytics, reporting]", "value: [analytics, spying]",
         "/customProperties/0/value/1",
         48, "not-allowed",
         ("'spying' is not one of analytics, reporting, operations, marketing, machine_learning, "
         "regulatory, research.")),
        ("value: 365", "value: 0", "/customProperties/1/value", 49, "out-of-range",
         "'0' is out of range: 0 is less than the minimum of 1."),
        ("id: flight-delays-curated", 'id: ""', "/id", 3, "empty", "`id` may not be empty."),
    ],
)  # fmt: skip
def test_a_wrong_contract_is_refused_with_place_and_sentence(
    *, old, new, pointer, line, code, detail
):
    assert CONTRACT.count(old) == 1

    problems = refused(CONTRACT.replace(old, new))

    assert [(p.pointer, p.line, p.code) for p in problems] == [(pointer, line, code)]
    if detail:
        assert problems[0].detail == detail


def test_one_wrong_value_is_one_problem():
    text = CONTRACT.replace("primaryKey: true", 'primaryKey: "true"')

    assert refused(text) == (
        Problem(
            "/schema/0/properties/0/primaryKey",
            17,
            "wrong-type",
            "This must be true or false, not text.",
        ),
    )


def test_names_that_the_catalogue_has_no_room_for_are_refused():
    text = CONTRACT.replace("name: delay\n", f"name: {'d' * 121}\n").replace(
        "[pii]", f"[{'t' * 61}]"
    )

    assert [(p.pointer, p.code) for p in refused(text)] == [
        ("/schema/0/properties/1/name", "too-long"),
        ("/schema/0/properties/2/tags/0", "too-long"),
    ]


def test_a_column_needs_no_logical_type():
    text = CONTRACT.replace(
        "        logicalType: string\n        physicalType: text\n        cl", "        cl"
    )

    column = parse_bundle(text).contracts[0].columns[2]

    assert (column.name, column.logical_type, column.type) == ("captain", "", "")


def test_a_map_still_needs_its_map():
    text = CONTRACT.replace(
        "logicalType: string\n        physicalType: text\n        cl",
        "logicalType: map\n        cl",
    )

    assert [problem.detail for problem in refused(text)] == ["`map` is missing."]


def test_an_unknown_status_is_a_warning():
    bundle = parse_bundle(CONTRACT.replace("status: active", "status: current"))

    assert bundle.contracts[0].status == "current"
    assert bundle.warnings == (
        Problem(
            "/status",
            6,
            "unknown-status",
            "The status 'current' is none of proposed, draft, active, deprecated, retired; "
            "it is kept as text.",
        ),
    )


def test_a_feature_newer_than_the_declared_version_is_a_warning():
    text = CONTRACT.replace("v3.2.0", "v3.0.2") + "team: {name: flight-operations}\n"

    bundle = parse_bundle(text)

    assert bundle.contracts[0].team == "flight-operations"
    assert [warning.code for warning in bundle.warnings] == ["newer-than-declared"]


def test_the_pydantic_model_is_not_imported():
    import subprocess
    import sys

    code = (
        "import sys; from catalog.descriptors import bundle, odcs; odcs._check();"
        "print('pydantic' in sys.modules, 'django' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "False"]
