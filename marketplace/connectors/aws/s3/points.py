"""Access points of the bucket: doors that others made, each with a policy of its own. Read only."""

import json
from collections.abc import Iterator
from typing import Final

from marketplace.connectors.aws import foreign
from marketplace.connectors.aws.calls import REFUSALS, Aws
from marketplace.connectors.aws.s3.config import S3Config

_NONE: Final = REFUSALS | {"NoSuchAccessPointPolicy", "NoSuchAccessPoint"}


def arn(config: S3Config, name: str) -> str:
    """Name an access point of our account."""
    return f"arn:{config.partition}:s3:{config.region}:{config.account}:accesspoint/{name}"


def others(aws: Aws, config: S3Config, prefix: str) -> Iterator[str]:
    """Say whom the access points of the bucket let read below a prefix.

    What a point allows counts only where the bucket or the identity allows it too; neither is
    judged here: better one too many in the report. A provisioner that may not look sees none, which
    `check` tells as an error: what others made is no reason to stop our own work.
    """
    account = {"AccountId": config.account}
    asked = account | {"Bucket": config.bucket}
    key = "AccessPointList"
    for one in aws.all("s3control", "list_access_points", key, asked, expected=REFUSALS):
        where = account | {"Name": one["Name"]}
        told = aws.ask("s3control", "get_access_point_policy", where, expected=_NONE)
        document = json.loads(told.value.get("Policy") or "{}")
        inside = f"{arn(config, one['Name'])}/object/{prefix}"
        for who in foreign.let_in(document, "s3:getobject", inside):
            yield f"{who} may read {prefix} by the access point {one['Name']}"
