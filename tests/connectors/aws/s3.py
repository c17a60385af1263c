"""A bucket for a test, with flight delays in it, and its administrator."""

import io
import json
from typing import Any

import duckdb

from marketplace.connectors.aws.s3 import S3Config, S3Connector
from tests.connectors.aws.server import REGION, AwsLevers
from tests.connectors.contract import ROWS

BUCKET = "flights-lake"
ARN = f"arn:aws:s3:::{BUCKET}"


def parquet(rows: list[tuple[Any, ...]], folder: Any) -> bytes:
    place = folder / "made.parquet"
    with duckdb.connect(":memory:") as session:
        session.execute("CREATE TABLE t (id int, carrier varchar, minutes int, note varchar)")
        session.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        session.execute(f"COPY t TO '{place}' (FORMAT PARQUET)")
    return bytes(place.read_bytes())


class S3Levers(AwsLevers):
    kind = "s3"
    more = [{"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketPolicy"], "Resource": ARN}]
    boundary = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [ARN, f"{ARN}/lake/*"],
            }
        ],
    }

    def __init__(self, double: Any, folder: Any) -> None:
        self.folder = folder
        super().__init__(double)

    def furnish(self) -> None:
        where = {"LocationConstraint": REGION}
        self.dba("create_bucket", "s3", Bucket=BUCKET, CreateBucketConfiguration=where)
        self.put("lake/raw/delays/2013.parquet", parquet(ROWS, self.folder))
        self.put("lake/raw/delays-hr/2013.parquet", parquet(ROWS, self.folder))
        self.put("lake/raw/other/2013.parquet", parquet(ROWS, self.folder))

    def put(self, key: str, body: bytes) -> None:
        self.dba("put_object", "s3", Bucket=BUCKET, Key=key, Body=io.BytesIO(body))

    def configured(self, **changes: Any) -> S3Config:
        return S3Config(**self.facts() | {"bucket": BUCKET, "prefix": "lake/"} | changes)

    def connected(self, config: S3Config) -> S3Connector:
        return S3Connector(config)

    def opens_bucket_to(self, arn: str, resource: str) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": arn},
            "Action": "s3:Get*",
            "Resource": resource,
        }
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.dba("put_bucket_policy", "s3", Bucket=BUCKET, Policy=text)
