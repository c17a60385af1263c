"""An account as it stands, kept, so that it is built once and not for every test."""

import pickle
from dataclasses import dataclass
from typing import Any

from moto.athena.models import athena_backends
from moto.glue.models import glue_backends
from moto.iam.models import iam_backends
from moto.kinesis.models import kinesis_backends
from moto.lakeformation.models import lakeformation_backends
from moto.s3.models import s3_backends
from moto.s3control.models import s3control_backends
from moto.sts.models import sts_backends

from tests.connectors.aws.asking import ACCOUNT, REGION
from tests.connectors.aws.lake import Lake

KEPT = [
    (iam_backends, "aws"),
    (sts_backends, "aws"),
    (s3_backends, "aws"),
    (s3control_backends, "aws"),
    (kinesis_backends, REGION),
    (glue_backends, REGION),
    (lakeformation_backends, REGION),
    (athena_backends, REGION),
]
"""What moto keeps by itself, and the region under which it does."""


@dataclass(frozen=True)
class World:
    state: bytes
    keys: Any
    rows: dict[str, Any]


def save(keys: Any, sessions: Any, lake: Lake) -> World:
    backends = [of[ACCOUNT][region] for of, region in KEPT]
    return World(pickle.dumps((backends, dict(sessions))), keys, dict(lake.rows))


def load(world: World, lake: Lake) -> tuple[Any, Any]:
    """Put an account in the place of the one that stands; gives its keys and sessions."""
    backends, sessions = pickle.loads(world.state)
    for (of, region), one in zip(KEPT, backends, strict=True):
        of[ACCOUNT][region] = one
    for bucket in s3_backends[ACCOUNT]["aws"].buckets.values():
        s3_backends.bucket_accounts[bucket.name] = ("aws", ACCOUNT)
    lake.rows = dict(world.rows)
    return world.keys, sessions
