"""Proof, and reading, as the consumer: its own role's session, in its own work group.

Each query of a probe is one of Athena's, which are paid by what they scan, ten megabytes at least.
"""

import re
import threading
import time
from datetime import timedelta
from typing import Any, Final, Literal

from marketplace.connectors.aws import assuming, proving, withdrawing
from marketplace.connectors.aws.calls import REFUSALS, Aws
from marketplace.connectors.aws.lakeformation import athena, filters, state
from marketplace.connectors.aws.lakeformation.config import ACTIONS, CONTROL, LakeConfig
from marketplace.connectors.aws.statements import Names
from marketplace.connectors.base import (
    ConnInfo,
    Grant,
    Limits,
    Part,
    PortVariant,
    Probe,
    ProbeDetail,
    QueryRefused,
    Rows,
)

_PROMISED: Final = "published columns"
_MISSING: Final = frozenset({"EntityNotFoundException", "InvalidRequestException"})
_UNFIT: Final = frozenset({"InvalidInputException"})
_PROBE: Final = Limits(rows=1, timeout_ms=60_000)
_LONGEST_SQL: Final = 100_000
_START: Final = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/|\()*", re.DOTALL)
_READING: Final = re.compile(r"(?:select|with|values|table)\b", re.IGNORECASE)
_NAME: Final = r'"(?:[^"]|"")+"|[^\W\d]\w*'
_CHAIN: Final = re.compile(
    rf"""(?P<skipped>--[^\n]*|/\*.*?\*/|'(?:[^']|'')*')
      | (?P<chain>(?:{_NAME})(?:\s*\.\s*(?:{_NAME}))*)""",
    re.DOTALL | re.VERBOSE,
)
_ONE: Final = re.compile(_NAME)


def probe(
    aws: Aws,
    config: LakeConfig,
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
        details += _attempts(aws, session.aws, config, grant)
    return proving.judged(
        config.level,
        details,
        promised=_PROMISED,
        expected=expected,
        at=session.at,
        connector=("lakeformation", version),
    )


def _attempts(aws: Aws, consumer: Aws, config: LakeConfig, grant: Grant) -> list[ProbeDetail]:
    """Ask for what is promised; then hidden columns and rows, another table, another's work group.

    The write deletes no partition: Glue refuses it before it looks, or finds nothing to do.
    """
    variant, group = grant.variant, config.work_group_of(grant.principal)
    database, name = config.place(variant.base_schema, variant.base_table)
    table = state.table(aws, database, name)
    hidden = [one for one in (table.names if table else ()) if one not in variant.columns]
    queries = [(_PROMISED, select(variant, variant.columns))]
    queries += [("hidden column", select(variant, (one,))) for one in hidden[:1]]
    if variant.row_filters and {one.column for one in variant.row_filters} <= {*variant.columns}:
        kept = filters.expression(variant.row_filters)
        beyond = f"{select(variant, variant.columns)} WHERE NOT coalesce(({kept}), false)"
        queries.append(("hidden rows", beyond))
    details = [_ask(consumer, group, database, *one) for one in queries]
    control = {"DatabaseName": CONTROL, "Name": CONTROL}
    nothing = {"DatabaseName": database, "TableName": name, "PartitionsToDelete": []}
    return [
        *details,
        _try(consumer, "control object", "glue", "get_table", control),
        _try(consumer, "another work group", "athena", "get_work_group", {"WorkGroup": "primary"}),
        _try(consumer, "writing", "glue", "batch_delete_partition", nothing),
    ]


def select(variant: PortVariant, columns: tuple[str, ...]) -> str:
    """Write the query for some columns of a variant's table; the names have been checked."""
    return f"SELECT {', '.join(_quoted(one) for one in columns)} FROM {relation(variant)}"  # noqa: S608 - checked names


def relation(variant: PortVariant) -> str:
    """Write where a variant's table is."""
    return f"{_quoted(variant.base_schema)}.{_quoted(variant.base_table)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _ask(aws: Aws, group: str, database: str, name: str, sql: str) -> ProbeDetail:
    """Ask for one row. What must not be seen counts as refused when there is none."""
    sql += " LIMIT 1"
    try:
        found = athena.run(aws, group, database, sql, _PROBE)
    except athena.Failed as failed:
        outcome = "refused" if failed.code in athena.HIDDEN else "failed"
        return ProbeDetail(name, sql, failed.code, outcome)
    except QueryRefused as refused:
        return ProbeDetail(name, sql, refused.code, "failed")
    if name == "hidden rows" and not found.rows:
        return ProbeDetail(name, sql, "no rows", "refused")
    return ProbeDetail(name, sql, "200", "allowed")


def _try(aws: Aws, name: str, service: str, operation: str, asked: dict[str, Any]) -> ProbeDetail:
    code = aws.ask(service, operation, asked, expected=REFUSALS | _MISSING | _UNFIT).code
    words = f"{service}:{operation}"
    if code in REFUSALS:
        return ProbeDetail(name, words, "AccessDenied", "refused")
    return ProbeDetail(name, words, code or "200", "missing" if code in _MISSING else "allowed")


def query(
    aws: Aws,
    config: LakeConfig,
    grant: Grant,
    sql: str,
    limits: Limits,
    *,
    cancel: threading.Event | None,
) -> Rows:
    """Run one read query as the consumer, in its work group. Lake Formation narrows it."""
    _check(sql)
    if cancel is not None and cancel.is_set():
        raise QueryRefused("query-cancelled", "The query was cancelled.")
    session = assuming.assume(aws, Names.for_grant(config, grant), "lab")
    if session.aws is None:
        raise QueryRefused("access-ended", assuming.ENDED)
    group, began = config.work_group_of(grant.principal), time.perf_counter()
    text, database = _translated(grant.variant, sql), grant.variant.base_schema
    try:
        found = athena.run(session.aws, group, database, text, limits, cancel=cancel)
    except athena.Failed as failed:
        raise _refused(failed) from None
    elapsed = (time.perf_counter() - began) * 1000
    return Rows(found.columns, found.rows, found.truncated, elapsed)


def _check(sql: str) -> None:
    """Refuse what needs no platform to refuse. Not the boundary: the role's rights are."""
    if len(sql) > _LONGEST_SQL or "\x00" in sql:
        words = f"A query may have {_LONGEST_SQL:,} characters at most, and no NUL."
        raise QueryRefused("syntax-error", words)
    start = _START.match(sql)
    if not _READING.match(sql, start.end() if start else 0):
        raise QueryRefused("not-a-single-read-query", "A query starts with SELECT or WITH.")


def _translated(variant: PortVariant, sql: str) -> str:
    """Name the published relation by its place in the catalogue; texts and comments stay."""
    published = [variant.relation_schema.lower(), variant.relation_name.lower()]

    def written(found: re.Match[str]) -> str:
        if found["skipped"]:
            return found["skipped"]
        names = [one.strip('"').replace('""', '"') for one in _ONE.findall(found["chain"])]
        if [one.lower() for one in names[:2]] != published:
            return found["chain"]
        return ".".join((relation(variant), *(_quoted(one) for one in names[2:])))

    return _CHAIN.sub(written, sql)


def _refused(failed: athena.Failed) -> QueryRefused:
    if failed.code == athena.DENIED:
        return QueryRefused("permission-denied", failed.words)
    if failed.code in athena.HIDDEN or "SYNTAX" in failed.code or "MISMATCH" in failed.code:
        return QueryRefused("syntax-error", failed.words)
    return QueryRefused("query-failed", failed.words)


def credentials(aws: Aws, config: LakeConfig, grant: Grant, ttl: timedelta) -> ConnInfo:
    """Give keys of the consumer's own role; they end after `ttl` (an hour at most) or before."""
    keys, end = assuming.hand_out(aws, Names.for_grant(config, grant), ttl, ACTIONS)
    group = config.work_group_of(grant.principal)
    where = f"{grant.variant.base_schema}.{grant.variant.base_table}"
    first = f"SELECT * FROM {relation(grant.variant)} LIMIT 10"  # noqa: S608 - checked names
    command = f"aws athena start-query-execution --work-group {group} --query-string '{first}'"
    return ConnInfo(
        host=f"athena.{config.region}.amazonaws.com",
        port=443,
        database=grant.variant.base_schema,
        user=keys.access_key_id,
        password=keys.secret_access_key,
        expires_at=end,
        relation=where,
        url=assuming.url(keys, command, config.region),
        login=withdrawing.name_of(Names.for_grant(config, grant), keys.access_key_id),
        parts=(
            Part("work_group", group, secret=False),
            *assuming.parts(keys, config.region),
        ),
    )
