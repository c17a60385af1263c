"""Proof, and reading, as the consumer: its own role's session, what is promised and what is not."""

import shlex
import threading
from datetime import timedelta
from typing import Any, Final, Literal

from marketplace.connectors.aws import assuming, proving, withdrawing
from marketplace.connectors.aws.calls import REFUSALS, Answer, Aws
from marketplace.connectors.aws.s3 import objects
from marketplace.connectors.aws.s3.config import ACTIONS, S3Config
from marketplace.connectors.aws.statements import Names
from marketplace.connectors.base import (
    ConnInfo,
    Grant,
    Limits,
    Probe,
    ProbeDetail,
    QueryRefused,
    Rows,
)

CONTROL: Final = ".emporion-control"
"""An object that nobody is promised; it need not exist: S3 refuses before it looks."""
_MISSING: Final = frozenset({"NoSuchKey", "404", "NoSuchBucket"})
_UNMET: Final = frozenset({"PreconditionFailed", "412"})
_PROMISED: Final = "published objects"


def probe(
    aws: Aws, config: S3Config, grant: Grant, expected: Literal["access", "no_access"], version: str
) -> Probe:
    """Try both directions as the consumer and judge against what is expected."""
    names = Names.for_grant(config, grant)
    session = assuming.assume(aws, names, "probe")
    words = f"sts:AssumeRole {names.login}"
    details = [ProbeDetail("login", words, session.code, "refused" if session.code else "allowed")]
    if session.aws is not None:
        prefix = config.below(grant.variant.base_schema, grant.variant.base_table)
        details += _attempts(session.aws, config, prefix)
    return proving.judged(
        config.level,
        details,
        promised=_PROMISED,
        expected=expected,
        at=session.at,
        connector=("s3", version),
    )


def _attempts(aws: Aws, config: S3Config, prefix: str) -> list[ProbeDetail]:
    """Read what is promised; then another object, the whole bucket, and write.

    The write asks S3 for a tag that no object has, so it changes nothing even where it is allowed.
    """
    bucket, tag = {"Bucket": config.bucket}, '"00000000000000000000000000000000"'
    control = bucket | {"Key": f"{config.prefix}{CONTROL}"}
    writing = bucket | {"Key": f"{prefix}{CONTROL}", "Body": b"", "IfMatch": tag}
    return [
        _promised(aws, config, prefix),
        _try("control object", f"s3:GetObject {control['Key']}", aws, "get_object", control),
        _try("whole bucket", "s3:ListBucket", aws, "list_objects_v2", bucket | {"MaxKeys": 1}),
        _try("writing", f"s3:PutObject {writing['Key']}", aws, "put_object", writing),
    ]


def _promised(aws: Aws, config: S3Config, prefix: str) -> ProbeDetail:
    """List the prefix, and read the first byte of its first object that has one."""
    words = f"s3:ListBucket and s3:GetObject {prefix}"
    try:
        found = objects.listed(aws, config, prefix, most=10)
    except objects.Refused as refused:
        return ProbeDetail(_PROMISED, words, refused.code, "refused")
    filled = next((one["Key"] for one in found if one["Size"]), None)
    if filled is None:
        return ProbeDetail(_PROMISED, words, "200", "missing")
    asked = {"Bucket": config.bucket, "Key": filled, "Range": "bytes=0-0"}
    return _try(_PROMISED, words, aws, "get_object", asked)


def _try(name: str, words: str, aws: Aws, operation: str, asked: dict[str, Any]) -> ProbeDetail:
    answer = aws.ask("s3", operation, asked, expected=REFUSALS | _MISSING | _UNMET)
    if "Body" in answer.value:
        answer.value["Body"].close()
    return ProbeDetail(name, words, answer.code or "200", _outcome(answer))


def _outcome(answer: Answer) -> str:
    if answer.code in REFUSALS:
        return "refused"
    return "missing" if answer.code in _MISSING else "allowed"


def query(
    aws: Aws,
    config: S3Config,
    grant: Grant,
    sql: str,
    limits: Limits,
    *,
    cancel: threading.Event | None,
) -> Rows:
    """Run one read query as the consumer, on what the consumer's own session could read."""
    if cancel is not None and cancel.is_set():
        raise QueryRefused("query-cancelled", "The query was cancelled.")
    variant = grant.variant
    where = (variant.relation_schema, variant.relation_name)
    session = _session(aws, config, grant)
    try:
        with objects.folder(session, config, variant.base_schema, variant.base_table) as files:
            from marketplace.connectors.files import datasets, sandbox

            extract = datasets.extract(files, variant)
            return sandbox.query(files, extract, where, sql, limits, cancel=cancel)
    except objects.Refused:
        raise QueryRefused("access-ended", assuming.ENDED) from None


def _session(aws: Aws, config: S3Config, grant: Grant) -> Aws:
    session = assuming.assume(aws, Names.for_grant(config, grant), "lab")
    if session.aws is None:
        raise QueryRefused("access-ended", assuming.ENDED)
    return session.aws


def credentials(aws: Aws, config: S3Config, grant: Grant, ttl: timedelta) -> ConnInfo:
    """Give keys of the consumer's own role; they end after `ttl` (an hour at most) or before."""
    keys, end = assuming.hand_out(aws, Names.for_grant(config, grant), ttl, ACTIONS)
    prefix = config.below(grant.variant.base_schema, grant.variant.base_table)
    where = f"s3://{config.bucket}/{prefix}"
    return ConnInfo(
        host=f"s3.{config.region}.amazonaws.com",
        port=443,
        database=config.bucket,
        user=keys.access_key_id,
        password=keys.secret_access_key,
        expires_at=end,
        relation=where,
        url=assuming.url(keys, f"aws s3 ls {shlex.quote(where)}", config.region),
        login=withdrawing.name_of(Names.for_grant(config, grant), keys.access_key_id),
        parts=assuming.parts(keys, config.region),
    )
