import pytest

from catalog.compatibility.types import TypeChange, compare, compare_types
from catalog.descriptors.model import Column

SAME, WIDER, KIN, OTHER = TypeChange.SAME, TypeChange.WIDER, TypeChange.KIN, TypeChange.OTHER


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("integer", "int4", SAME),
        ("INT", "integer", SAME),
        ("varchar", "text", SAME),
        ("double precision", "float8", SAME),
        ("timestamp without time zone", "timestamp", SAME),
        ("timestamptz", "timestamp with time zone", SAME),
        ("bool", "boolean", SAME),
        ("numeric( 10 , 2 )", "decimal(10,2)", SAME),
        ("smallint", "integer", WIDER),
        ("int", "bigint", WIDER),
        ("real", "float8", WIDER),
        ("varchar(10)", "varchar(20)", WIDER),
        ("varchar(10)", "text", WIDER),
        ("numeric(10,2)", "numeric(12,2)", WIDER),
        ("numeric(10,2)", "numeric", WIDER),
        ("integer", "numeric", KIN),
        ("integer", "numeric(10)", KIN),
        ("char(3)", "varchar(10)", KIN),
        ("bigint", "integer", OTHER),
        ("varchar(20)", "varchar(10)", OTHER),
        ("text", "varchar(100)", OTHER),
        ("numeric(10,2)", "numeric(10,4)", OTHER),
        ("bigint", "numeric(10)", OTHER),
        ("numeric", "float8", OTHER),
        ("integer", "float8", OTHER),
        ("date", "timestamp", OTHER),
        ("timestamp", "timestamptz", OTHER),
        ("char(3)", "char(4)", OTHER),
        ("text", "integer", OTHER),
        ("jsonb", "text", OTHER),
        ("jsonb", "JSONB", SAME),
        ("integer[]", "integer[]", SAME),
        ("integer[]", "bigint[]", OTHER),
        ("struct<a:int>", "struct<a:int,b:int>", OTHER),
    ],
)
def test_how_a_type_relates_to_another(old, new, change):
    assert compare_types(old, new) is change


def test_a_type_stated_by_one_version_only_is_no_change():
    old = Column(name="delay", position=1, physical_type="integer")
    new = Column(name="delay", position=1, logical_type="integer")

    assert compare(old, new) is SAME


def test_an_integer_becomes_a_number_that_holds_it():
    assert compare_types("bigint", "numeric(19)") is KIN
    assert compare_types("varchar(5)", "char(5)") is OTHER
