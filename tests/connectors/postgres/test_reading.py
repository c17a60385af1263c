"""Facts on relations for the owner's pages."""

import pytest

from marketplace.connectors.base import ColumnInfo, ColumnProfile, NeedsHuman, Permanent
from tests.connectors.postgres.conftest import Corner


def test_a_table_is_described(corner: Corner) -> None:
    schema, table = corner.levers.base
    corner.levers.run("COMMENT ON TABLE {} IS 'One row per flight.'", corner.levers.base)
    corner.levers.run("COMMENT ON COLUMN {}.minutes IS 'Late by.'", corner.levers.base)

    described = corner.connector.describe(schema, table)

    assert (described.schema, described.name, described.kind) == (schema, table, "table")
    assert described.comment == "One row per flight."
    assert described.rows_estimate is None
    assert described.columns == (
        ColumnInfo("id", "integer", nullable=False, primary_key=True, comment=""),
        ColumnInfo("carrier", "text", nullable=True, primary_key=False, comment=""),
        ColumnInfo("minutes", "integer", nullable=True, primary_key=False, comment="Late by."),
        ColumnInfo("note", "text", nullable=True, primary_key=False, comment=""),
    )


def test_an_analysed_table_has_an_estimate(corner: Corner) -> None:
    corner.levers.run("ANALYZE {}", corner.levers.base)

    assert corner.connector.describe(*corner.levers.base).rows_estimate == 3


def test_a_view_is_described_and_a_missing_relation_is_not(corner: Corner) -> None:
    described = corner.connector.describe(*corner.levers.relation)

    assert described.kind == "view"
    assert [column.name for column in described.columns] == ["id", "carrier", "minutes"]
    with pytest.raises(Permanent, match="no relation"):
        corner.connector.describe(corner.levers.base[0], "nothing")


_TENS = tuple((str(at), str(at + 1), int(at in (10, 20))) for at in range(10, 21))


def test_a_variant_is_profiled_within_its_restriction(corner: Corner) -> None:
    profiles = corner.connector.profile(corner.variant, 100)

    assert profiles == (
        ColumnProfile(
            "id", 2, 0, 2, "1", "2", (("1", 1), ("2", 1)), (("1", "2", 1), ("2", "3", 1))
        ),
        ColumnProfile("carrier", 2, 0, 2, "AF", "LH", (("AF", 1), ("LH", 1))),
        ColumnProfile("minutes", 2, 0, 2, "10", "20", (("10", 1), ("20", 1)), _TENS),
    )


def test_extremes_follow_the_type_and_nulls_are_counted(corner: Corner) -> None:
    corner.levers.run(
        "INSERT INTO {} SELECT g, 'LH', g, NULL FROM generate_series(4, 12) AS g",
        corner.levers.base,
    )
    corner.levers.run("ALTER TABLE {} ADD COLUMN extra json", corner.levers.base)

    profiles = {one.name: one for one in corner.connector.profile(corner.levers.base, 1000)}

    assert (profiles["id"].minimum, profiles["id"].maximum) == ("1", "12")
    assert (profiles["note"].sampled, profiles["note"].nulls, profiles["note"].distinct) == (
        12,
        10,
        2,
    )
    assert profiles["carrier"].top[0] == ("LH", 10)
    assert (profiles["extra"].minimum, profiles["extra"].top) == (None, ())


def test_numbers_and_moments_are_counted_by_bins_and_the_endless_left_out(corner: Corner) -> None:
    columns = {
        "day": ("date", "'2026-01-' || lpad(g::text, 2, '0')", "infinity"),
        "at": ("timestamptz", "'2026-01-01 00:' || lpad(g::text, 2, '0') || ':30+00'", "-infinity"),
        "share": ("float8", "g / 10.0", "NaN"),
        "price": ("numeric(8,2)", "g * 100", "1200"),
    }
    for name, (type_, value, endless) in columns.items():
        corner.levers.run(f"ALTER TABLE {{}} ADD COLUMN {name} {type_}", corner.levers.base)
        corner.levers.run(
            f"INSERT INTO {{}} (id, carrier, {name}) SELECT 100 + g + {ord(name[0])} * 100, 'LH',"
            f" ({value})::{type_} FROM generate_series(1, 24) AS g",
            corner.levers.base,
        )
        corner.levers.run(
            f"UPDATE {{}} SET {name} = '{endless}' WHERE id = (SELECT max(id) FROM {{}}"
            f" WHERE {name} IS NOT NULL)",
            corner.levers.base,
            corner.levers.base,
        )

    found = {one.name: one.bins for one in corner.connector.profile(corner.levers.base, 1000)}

    assert found["day"][0] == ("2026-01-01", "2026-01-03", 2)
    assert found["day"][-1] == ("2026-01-23", "2026-01-25", 1)
    assert found["at"][0] == ("2026-01-01 00:01", "2026-01-01 00:03", 2)
    assert (len(found["share"]), sum(count for *_, count in found["share"])) == (12, 23)
    assert sum(count for *_, count in found["price"]) == 24
    assert found["carrier"] == ()


def test_a_profile_reads_no_more_rows_than_asked(corner: Corner) -> None:
    assert {one.sampled for one in corner.connector.profile(corner.levers.base, 2)} == {2}


def test_a_sample_shows_the_first_rows(corner: Corner) -> None:
    base = corner.connector.sample(corner.levers.base, 2)
    variant = corner.connector.sample(corner.variant, 2)

    assert (len(base.rows), base.truncated) == (2, True)
    assert [column.name for column in base.columns] == ["id", "carrier", "minutes", "note"]
    assert (set(variant.rows), variant.truncated) == ({(1, "LH", 10), (2, "AF", 20)}, False)


def test_a_relation_the_publisher_may_not_read_is_for_a_person(corner: Corner) -> None:
    corner.levers.run("REVOKE ALL ON {} FROM emporion_publisher", corner.levers.base)

    with pytest.raises(NeedsHuman, match="42501"):
        corner.connector.sample(corner.levers.base, 2)
