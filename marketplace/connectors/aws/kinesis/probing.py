"""Proof, and reading, as the consumer: its own role's session, what is promised and what is not."""

import time
from datetime import timedelta
from typing import Any, Final, Literal

from marketplace.connectors.aws import assuming, proving, withdrawing
from marketplace.connectors.aws.calls import REFUSALS, Aws
from marketplace.connectors.aws.kinesis import reading
from marketplace.connectors.aws.kinesis.config import ACTIONS, CONTROL, KinesisConfig
from marketplace.connectors.aws.statements import Names
from marketplace.connectors.base import (
    ConnInfo,
    Grant,
    Limits,
    Permanent,
    Probe,
    ProbeDetail,
    QueryRefused,
    Rows,
)
from marketplace.connectors.brokers import messages

_PROMISED: Final = "published stream"
_NO_SUCH_HASH: Final = str(2**128)
_UNFIT: Final = frozenset({"InvalidArgumentException"})


def probe(
    aws: Aws,
    config: KinesisConfig,
    grant: Grant,
    expected: Literal["access", "no_access"],
    version: str,
) -> Probe:
    """Try both directions as the consumer and judge against what is expected."""
    names = Names.for_grant(config, grant)
    session = assuming.assume(aws, names, "probe")
    words = f"sts:AssumeRole {names.login}"
    details = [ProbeDetail("login", words, session.code, "refused" if session.code else "allowed")]
    if session.aws is not None:
        stream = config.stream_of(grant.variant.base_schema, grant.variant.base_table)
        details += _attempts(session.aws, config, stream)
    return proving.judged(
        config.level,
        details,
        promised=_PROMISED,
        expected=expected,
        at=session.at,
        connector=("kinesis", version),
    )


def _attempts(aws: Aws, config: KinesisConfig, stream: str) -> list[ProbeDetail]:
    """Read what is promised; then another stream, the list of streams, and write.

    The record that is written asks for a shard that no stream can have: Kinesis refuses it as
    unfit where writing is wrongly allowed, and nothing is written.
    """
    control, own = {"StreamARN": config.arn(CONTROL)}, {"StreamARN": config.arn(stream)}
    record = {"Data": b"", "PartitionKey": "probe", "ExplicitHashKey": _NO_SUCH_HASH}
    return [
        _promised(aws, config, stream),
        _try("control object", aws, "list_shards", control),
        _try("list of streams", aws, "list_streams", {}),
        _try("writing", aws, "put_record", own | record),
    ]


def _promised(aws: Aws, config: KinesisConfig, stream: str) -> ProbeDetail:
    """Read from the tip of the first shard: being let in is the proof, not a record."""
    words, where = f"kinesis:GetRecords {stream}", {"StreamARN": config.arn(stream)}
    known = REFUSALS | reading.MISSING
    shards = aws.ask("kinesis", "list_shards", where, expected=known)
    code = shards.code
    if not code:
        asked = where | {"ShardId": shards.value["Shards"][0]["ShardId"]}
        asked |= {"ShardIteratorType": "LATEST"}
        place = aws.ask("kinesis", "get_shard_iterator", asked, expected=known)
        code = place.code
    if not code:
        asked = where | {"ShardIterator": place.value["ShardIterator"]}
        code = aws.ask("kinesis", "get_records", asked, expected=known).code
    return ProbeDetail(_PROMISED, words, code or "200", _outcome(code))


def _try(name: str, aws: Aws, operation: str, asked: dict[str, Any]) -> ProbeDetail:
    known = REFUSALS | reading.MISSING | _UNFIT
    code = aws.ask("kinesis", operation, asked, expected=known).code
    words = f"kinesis {operation} {asked.get('StreamARN', '')}".strip()
    said = "AccessDenied" if code in REFUSALS else code
    return ProbeDetail(name, words, said or "200", _outcome(code))


def _outcome(code: str) -> str:
    if code in REFUSALS:
        return "refused"
    return "missing" if code in reading.MISSING else "allowed"


def query(aws: Aws, config: KinesisConfig, grant: Grant, sql: str, limits: Limits) -> Rows:
    """Read the last records as the consumer."""
    limit = messages.rows_asked(grant.variant, sql, limits)
    began = time.perf_counter()
    session = assuming.assume(aws, Names.for_grant(config, grant), "lab")
    if session.aws is None:
        raise QueryRefused("access-ended", assuming.ENDED)
    stream = config.stream_of(grant.variant.base_schema, grant.variant.base_table)
    try:
        found = reading.last(session.aws, config, stream, limit)
    except (reading.Refused, Permanent):
        raise QueryRefused("access-ended", assuming.ENDED) from None
    elapsed = (time.perf_counter() - began) * 1000
    payloads = [one.value for one in found]
    return messages.to_rows(payloads, grant.variant.columns, limits, elapsed_ms=elapsed)


def credentials(aws: Aws, config: KinesisConfig, grant: Grant, ttl: timedelta) -> ConnInfo:
    """Give keys of the consumer's own role; they end after `ttl` (an hour at most) or before."""
    keys, end = assuming.hand_out(aws, Names.for_grant(config, grant), ttl, ACTIONS)
    arn = config.arn(config.stream_of(grant.variant.base_schema, grant.variant.base_table))
    command = f"aws kinesis list-shards --stream-arn {arn}"
    return ConnInfo(
        host=f"kinesis.{config.region}.amazonaws.com",
        port=443,
        database=config.account,
        user=keys.access_key_id,
        password=keys.secret_access_key,
        expires_at=end,
        relation=arn,
        url=assuming.url(keys, command, config.region),
        login=withdrawing.name_of(Names.for_grant(config, grant), keys.access_key_id),
        parts=assuming.parts(keys, config.region),
    )
