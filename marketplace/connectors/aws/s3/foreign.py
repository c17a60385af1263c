"""Who else may read a prefix: what the bucket's own policy says."""

import fnmatch
import json
from collections.abc import Iterator
from typing import Any, Final

from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.s3.config import S3Config

_NONE: Final = frozenset({"NoSuchBucketPolicy"})


def readers(aws: Aws, config: S3Config, prefix: str) -> list[str]:
    """Say whom the bucket policy lets read objects below a prefix.

    Only the bucket's policy is read: what other IAM policies of the account allow is not.
    """
    answer = aws.ask("s3", "get_bucket_policy", {"Bucket": config.bucket}, expected=_NONE)
    if not answer:
        return []
    statements = json.loads(answer.value["Policy"]).get("Statement", [])
    found = []
    for one in statements if isinstance(statements, list) else [statements]:
        if one.get("Effect") == "Allow" and _reads(one) and _reaches(config, one, prefix):
            found += [
                f"{who} may read {prefix} by the bucket policy"
                for who in _principals(one.get("Principal", "everybody but some"))
            ]
    return sorted(set(found))


def _reads(statement: dict[str, Any]) -> bool:
    if "NotAction" in statement:
        return True
    return any(
        fnmatch.fnmatchcase("s3:getobject", one.lower()) for one in _list(statement.get("Action"))
    )


def _reaches(config: S3Config, statement: dict[str, Any], prefix: str) -> bool:
    """Whether a resource of the statement covers the prefix, or lies inside it."""
    if "NotResource" in statement:
        return True
    ours = f"{config.bucket_arn}/{prefix}"
    return any(
        fnmatch.fnmatchcase(f"{ours}x", one) or one.startswith(ours)
        for one in _list(statement.get("Resource"))
    )


def _principals(given: Any) -> Iterator[str]:
    if given in ("*", {"AWS": "*"}):
        yield "everybody"
    elif isinstance(given, dict):
        for one in given.values():
            yield from _list(one)
    else:
        yield str(given)


def _list(given: Any) -> list[str]:
    return [str(one) for one in given] if isinstance(given, list) else [str(given)] if given else []
