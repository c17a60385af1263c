"""Ways to read S3 and Kinesis with the profile that "Make a login" saves."""

import shlex
from collections.abc import Mapping
from typing import Any, Final

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
