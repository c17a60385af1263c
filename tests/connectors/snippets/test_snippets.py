"""Each platform's words are its own: no PostgreSQL for a stream, no secret, no broken Python."""

import ast
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from marketplace.connectors.identifiers import role_name
from marketplace.connectors.registry import BUILT_IN
from marketplace.connectors.snippets import Reader, snippets_of

READER = Reader(
    schema="published",
    name="delays",
    base_schema="flights",
    base_name="delays",
    product="Flight delays",
    env="demo",
    login="mp_demo_abc_t",
    handle="mp_demo_port_r",
    consumer=("team", "growth"),
)
CONFIGS: Mapping[str, Mapping[str, Any]] = {
    "databricks": {"host": "https://dbc.example", "catalog": "main", "warehouse": "ours"},
    "files": {"root": "/data", "public_url": "https://files.example"},
    "kafka": {"bootstrap": "broker:9092"},
    "kinesis": {"region": "eu-central-1", "provisioner": "arn:aws:iam::123456789012:user/e"},
    "lakeformation": {
        "region": "eu-central-1",
        "provisioner": "arn:aws:iam::123456789012:user/e",
        "databases": ["flights"],
    },
    "mariadb": {"host": "maria.example", "port": 3306},
    "nats": {"host": "nats.example", "port": 4222},
    "postgres": {"host": "pg.example", "port": 5432, "database": "warehouse"},
    "rabbitmq": {"host": "rabbit.example", "port": 5672, "vhost": "/"},
    "s3": {"region": "eu-central-1", "bucket": "lake", "prefix": "gold/"},
    "snowflake": {
        "account": "org-one",
        "database": "PRODUCTS",
        "warehouse": "OURS",
        "consumer_warehouse": "EVERYBODY",
        "warehouses": ["team:growth=GROWTH_WH"],
    },
}
WITHOUT = {"ticket", "generator", "memory"}


def texts(kind: str, reader: Reader = READER) -> dict[str, str]:
    return {one.kind: one.text for one in snippets_of(kind, CONFIGS[kind], reader)}


@pytest.mark.parametrize("kind", sorted(CONFIGS))
def test_python_is_python(kind: str) -> None:
    for name, text in texts(kind).items():
        if name in ("python", "boto3", "pandas"):
            assert ast.parse(text).body


@pytest.mark.parametrize("kind", sorted(set(CONFIGS) - {"postgres"}))
def test_no_other_platform_is_given_postgresql(kind: str) -> None:
    assert "postgres" not in str(texts(kind)).lower()
    assert "psycopg" not in str(texts(kind))


@pytest.mark.parametrize("kind", sorted(CONFIGS))
def test_who_has_no_access_sees_places_to_fill_in(kind: str) -> None:
    nobody = Reader("published", "delays", "flights", "delays", env="demo")

    found = str(texts(kind, nobody))

    assert "mp_demo" not in found


def test_every_platform_that_is_read_has_words() -> None:
    assert set(CONFIGS) == set(BUILT_IN) - WITHOUT


def test_the_readers_own_things_are_filled_in() -> None:
    role = READER.port_role

    assert f"consumer next --count 10 flights {role}" in texts("nats")["nats"]
    assert f'inbox_prefix=b"_INBOX_{role}."' in texts("nats")["python"]
    assert "--user=mp_demo_abc_t" in texts("mariadb")["mariadb"]
    assert "kcat -F emporion.properties -C -t flights.delays" in texts("kafka")["kcat"]
    assert "amqp://mp_demo_abc_t:{password}@rabbit.example:5672/%2F" in texts("rabbitmq")["python"]
    assert READER.consumer_role.upper() in texts("snowflake")["python"]
    assert "s3://lake/gold/flights/delays/" in texts("s3")["aws"]
    assert '"flights"."delays"' in texts("lakeformation")["sql"]
    assert role_name("demo", "w", "team", "growth") in texts("lakeformation")["aws"]
    assert "arn:aws:kinesis:eu-central-1:123456789012:stream/flights.delays" in str(
        texts("kinesis")
    )


def test_a_query_runs_on_the_consumers_own_warehouse() -> None:
    petra = replace(READER, consumer=("team", "customer"))

    assert 'warehouse="GROWTH_WH"' in texts("snowflake")["python"]
    assert 'warehouse="EVERYBODY"' in texts("snowflake", petra)["python"]
    assert "/sql/1.0/warehouses/ours" in texts("databricks")["python"]


HOSTILE = """x'); import os; os._exit(7)#$(touch owned)`touch owned`";touch owned;\\"""


@pytest.mark.parametrize("kind", ["kafka", "nats", "rabbitmq", "s3", "kinesis", "lakeformation"])
def test_a_name_that_an_owner_chose_runs_nothing(kind: str, tmp_path: Path) -> None:
    reader = replace(READER, base_schema=HOSTILE, base_name=HOSTILE)

    for name, text in texts(kind, reader).items():
        if name in ("python", "boto3"):
            held = [one.value for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Constant)]
            names = [one.replace('""', '"') for one in held if isinstance(one, str)]
            assert any(HOSTILE in one for one in names)
        elif name in ("kcat", "nats", "aws"):
            tools = "kcat() { :; }; nats() { :; }; aws() { :; }\n"
            subprocess.run(["bash", "-euc", tools + text], cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_products_name_stays_within_its_quotes() -> None:
    reader = replace(READER, product='Delays"\n    evil: yes\\')

    (source,) = yaml.safe_load(texts("postgres", reader)["dbt"])["sources"]

    assert source["tables"] == [{"name": "delays", "description": 'Delays"\n    evil: yes\\'}]


def test_a_kind_that_nobody_knows_has_none() -> None:
    assert snippets_of("nothing-like-it", {}, READER) == ()
