"""A bucket for a test, with flight delays in it, and its administrator."""

import io
import json
from typing import Any

import duckdb

from marketplace.connectors.aws.s3 import S3Config, S3Connector
from tests.connectors.aws.asking import ACCOUNT
from tests.connectors.aws.server import REGION, AwsLevers
from tests.connectors.contract import ROWS

BUCKET = "flights-lake"
ARN = f"arn:aws:s3:::{BUCKET}"
POINTS = f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint"


def parquet(rows: list[tuple[Any, ...]], folder: Any) -> bytes:
    place = folder / "made.parquet"
    with duckdb.connect(":memory:") as session:
        session.execute("CREATE TABLE t (id int, carrier varchar, minutes int, note varchar)")
        session.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        session.execute(f"COPY t TO '{place}' (FORMAT PARQUET)")
    return bytes(place.read_bytes())


class S3Levers(AwsLevers):
    kind = "s3"
    more = [
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketPolicy"], "Resource": ARN},
        {"Effect": "Allow", "Action": "s3:ListAccessPoints", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:GetAccessPointPolicy", "Resource": f"{POINTS}/*"},
    ]
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

    def opens_point_to(self, name: str, arn: str, below: str) -> None:
        """Make an access point of the bucket, and let somebody read through it."""
        where = {"AccountId": ACCOUNT, "Name": name}
        self.dba("create_access_point", "s3control", **where, Bucket=BUCKET)
        if arn:
            statement = {
                "Effect": "Allow",
                "Principal": {"AWS": arn},
                "Action": "s3:GetObject",
                "Resource": f"{POINTS}/{name}/object/{below}*",
            }
            text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            self.dba("put_access_point_policy", "s3control", **where, Policy=text)
