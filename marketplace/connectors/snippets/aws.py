# ruff: noqa: S608 - no statement is run here: these are words to copy
"""Ways to read S3, Athena and Kinesis with the profile that "Make a login" saves."""

import shlex
from collections.abc import Mapping
from typing import Any, Final

from marketplace.connectors.identifiers import role_name
from marketplace.connectors.snippets.reader import Reader, Snippet, literal

_FILE: Final = "emporion-credentials"
_SHELL: Final = f"export AWS_SHARED_CREDENTIALS_FILE={_FILE}\n"


def s3(config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:
    """Give ways to read the objects below a port's prefix."""
    prefix = f"{config.get('prefix') or ''}{reader.base_schema}/{reader.base_name}/"
    bucket = str(config.get("bucket") or "<bucket>")
    place = f"s3://{bucket}/{prefix}"
    cli = f"aws --profile emporion{_endpoint(config)} s3"
    listed = (
        f"objects = client.list_objects_v2(Bucket={literal(bucket)}, Prefix={literal(prefix)})\n"
        'for one in objects.get("Contents", []):\n'
        '    print(one["Key"], one["Size"])\n'
    )
    everything = f"{place}**/*.parquet".replace("'", "''")
    duckdb = (
        "INSTALL httpfs;\nLOAD httpfs;\n"
        "CREATE SECRET emporion (\n    TYPE s3,\n"
        "    KEY_ID '<access key ID>',\n    SECRET '<secret access key>',\n"
        f"    SESSION_TOKEN '<session token>',\n    REGION '{_region(config)}'\n);\n"
        f"SELECT * FROM read_parquet('{everything}') LIMIT 100;\n"
    )
    where = shlex.quote(place)
    return (
        Snippet(
            "aws",
            "AWS CLI",
            f"{_SHELL}{cli} ls --recursive {where}\n{cli} cp --recursive {where} {reader.name}",
        ),
        Snippet("boto3", "Python (boto3)", _client(config, "s3") + listed),
        Snippet("duckdb", "DuckDB (Parquet objects)", duckdb),
    )


def kinesis(config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:
    """Give ways to read a data stream from its beginning."""
    stream = f"{reader.base_schema}.{reader.base_name}"
    account = str(config.get("provisioner") or "").split(":")
    arn = (
        f"arn:{account[1]}:kinesis:{_region(config)}:{account[4]}:stream/{stream}"
        if len(account) > 4  # noqa: PLR2004 - the account stands fifth in an ARN
        else "<stream ARN>"
    )
    cli = f"aws --profile emporion{_endpoint(config)} kinesis"
    read = (
        f"arn = {literal(arn)}\n"
        'for shard in client.list_shards(StreamARN=arn)["Shards"]:\n'
        "    start = client.get_shard_iterator(\n"
        '        StreamARN=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"\n'
        "    )\n"
        '    found = client.get_records(StreamARN=arn, ShardIterator=start["ShardIterator"])\n'
        '    for record in found["Records"]:\n'
        '        print(record["Data"])\n'
    )
    return (
        Snippet("aws", "AWS CLI", f"{_SHELL}{cli} list-shards --stream-arn {shlex.quote(arn)}"),
        Snippet("boto3", "Python (boto3)", _client(config, "kinesis") + read),
    )


def lakeformation(config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:
    """Give ways to read a table with Athena, in the consumer's own work group."""
    database, table = (one.replace('"', '""') for one in (reader.base_schema, reader.base_name))
    query = f'SELECT * FROM "{database}"."{table}" LIMIT 100'
    kind, key = reader.consumer
    group = role_name(reader.env, "w", kind, key) if key else "<work group>"
    cli = f"aws --profile emporion{_endpoint(config)} athena"
    run = (
        f"{_SHELL}id=$({cli} start-query-execution --work-group {shlex.quote(group)} \\\n"
        f"  --query-string {shlex.quote(query)} --query QueryExecutionId --output text)\n"
        f'{cli} get-query-execution --query-execution-id "$id" --query QueryExecution.Status\n'
        f'{cli} get-query-results --query-execution-id "$id"'
    )
    read = (
        "query = client.start_query_execution(\n"
        f"    QueryString={literal(query)}, WorkGroup={literal(group)}\n"
        ')["QueryExecutionId"]\n'
        "while True:\n"
        "    told = client.get_query_execution(QueryExecutionId=query)\n"
        '    status = told["QueryExecution"]["Status"]\n'
        '    if status["State"] not in ("QUEUED", "RUNNING"):\n'
        "        break\n"
        "    time.sleep(0.5)\n"
        'if status["State"] != "SUCCEEDED":\n'
        '    raise SystemExit(status["StateChangeReason"])\n'
        'pages = client.get_paginator("get_query_results").paginate(QueryExecutionId=query)\n'
        "for page in pages:\n"
        '    for row in page["ResultSet"]["Rows"]:\n'
        '        print([one.get("VarCharValue") for one in row["Data"]])\n'
    )
    return (
        Snippet("sql", "SQL (Athena)", f"{query};"),
        Snippet("aws", "AWS CLI", run),
        Snippet("boto3", "Python (boto3)", f"import time\n{_client(config, 'athena')}{read}"),
    )


def _client(config: Mapping[str, Any], service: str) -> str:
    endpoint = f', endpoint_url="{config["endpoint"]}"' if config.get("endpoint") else ""
    return (
        "import os\n\nimport boto3\n\n"
        f'os.environ["AWS_SHARED_CREDENTIALS_FILE"] = "{_FILE}"\n'
        f'session = boto3.Session(profile_name="emporion", region_name="{_region(config)}")\n'
        f'client = session.client("{service}"{endpoint})\n'
    )


def _region(config: Mapping[str, Any]) -> str:
    return str(config.get("region") or "<region>")


def _endpoint(config: Mapping[str, Any]) -> str:
    return f" --endpoint-url {config['endpoint']}" if config.get("endpoint") else ""
