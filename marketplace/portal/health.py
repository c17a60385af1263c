"""Whether this instance lives, can work, and how far behind its workers are."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from rest_framework import serializers
from rest_framework.fields import BooleanField, CharField, FloatField, IntegerField

from marketplace.kernel.errors import DomainError
from marketplace.kernel.relay import LEADER_LOCK
from marketplace.kernel.rest.endpoints import Endpoint, plain
from marketplace.kernel.rest.failures import refused, translated
from marketplace.kernel.rest.operations import operation
from subscriptions.queries import work_waiting

REQUESTS = Counter("emporion_http_requests", "Answers given.", ["method", "family", "status"])
SECONDS = Histogram(
    "emporion_http_seconds",
    "Seconds until the answer.",
    ["family"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# How long the thing that is overdue longest has waited for a worker; 0 when nothing is overdue.
_LAG = """
    SELECT COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - MIN(due)), 0) FROM (
        SELECT MIN(next_at) AS due FROM events_delivery WHERE next_at <= now()
        UNION ALL SELECT MIN(next_at) FROM subscriptions_handle WHERE next_at <= now()
        UNION ALL SELECT MIN(next_at) FROM subscriptions_mail WHERE next_at <= now()
        UNION ALL SELECT MIN(next_at) FROM subscriptions_webhookdelivery WHERE next_at <= now()
        UNION ALL SELECT MIN(end_at) FROM subscriptions_accessagreement
            WHERE end_at <= now() AND state IN ('active', 'pending', 'suspended')
    ) waiting
"""
_ALIVE = "SELECT count(*) FROM events_workerbeat WHERE beat_at > now() - interval '30 seconds'"
_LEADER = """
    SELECT EXISTS (SELECT 1 FROM pg_locks
                   WHERE locktype = 'advisory' AND granted AND objid = %s::bigint::oid)
"""
_GAUGES: tuple[tuple[str, str, str, str], ...] = (
    (
        "emporion_outbox_age_seconds",
        "Age of the oldest event that a handler has not received.",
        "",
        (
            "SELECT COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - MIN(e.at)), 0) "
            "FROM events_delivery d JOIN events_event e ON e.seq = d.event_id "
            "WHERE d.next_at IS NOT NULL"
        ),
    ),
    (
        "emporion_deliveries_waiting",
        "Receipts of events that handlers have not given.",
        "",
        "SELECT COUNT(*) FROM events_delivery WHERE next_at IS NOT NULL",
    ),
    (
        "emporion_deliveries_dead",
        "Receipts that were given up; a person has to look.",
        "",
        "SELECT COUNT(*) FROM events_delivery WHERE dead",
    ),
    (
        "emporion_grants_need_human",
        "Grants that wait for a person.",
        "",
        "SELECT COUNT(*) FROM subscriptions_grant WHERE needs_human",
    ),
    (
        "emporion_access_requests",
        "Access requests by state.",
        "state",
        "SELECT state, COUNT(*) FROM subscriptions_accessrequest GROUP BY state",
    ),
    (
        "emporion_access_agreements",
        "Access agreements by state.",
        "state",
        "SELECT state, COUNT(*) FROM subscriptions_accessagreement GROUP BY state",
    ),
    (
        "emporion_grants",
        "Grants by state.",
        "state",
        "SELECT state, COUNT(*) FROM subscriptions_grant GROUP BY state",
    ),
    (
        "emporion_webhook_deliveries",
        "Webhook deliveries by state.",
        "state",
        "SELECT state, COUNT(*) FROM subscriptions_webhookdelivery GROUP BY state",
    ),
    (
        "emporion_mails",
        "Mails by state.",
        "state",
        "SELECT state, COUNT(*) FROM subscriptions_mail GROUP BY state",
    ),
    (
        "emporion_sweep_lag_seconds",
        "How long the thing overdue longest has waited for a worker.",
        "",
        _LAG,
    ),
)


class NotServing(DomainError):
    """The database is away, or its tables are not those that this program needs."""

    code = "not-serving"
    title = "This instance cannot answer requests now."
    status = 503


class LiveShown(serializers.Serializer[Any]):
    """A process that answers."""

    status = CharField()


class ReadyShown(serializers.Serializer[Any]):
    """What this instance needs to work, and how far behind the workers are."""

    status = CharField()
    database = CharField()
    migrations = CharField()
    worker_leads = BooleanField(allow_null=True)
    sweep_lag_seconds = FloatField(allow_null=True)
    workers = IntegerField(allow_null=True)


class Live(Endpoint):
    """Liveness."""

    @operation(scope="", gives=LiveShown, hot=True, open=True)
    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        """Say that this process answers; asks nobody else."""
        return plain({"status": "live"})


class Ready(Endpoint):
    """Readiness."""

    @operation(scope="", gives=ReadyShown, hot=True, open=True)
    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        """Say whether requests can be answered: database there, migrations applied.

        Workers do not decide it: `workers` (how many beat within half a minute), `worker_leads`
        and `sweep_lag_seconds` (how long the thing overdue longest has waited) are for an alarm.
        """
        found = readiness()
        if found["status"] == "ready":
            return plain(found)
        return refused(NotServing(reason=found.pop("status"), **found))


class Metrics(Endpoint):
    """Figures for Prometheus."""

    @operation(scope="", media="text/plain", hot=True, open=True)
    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        """Read the figures of this process and of the instance's queues (Prometheus text)."""
        _registered()
        return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


live, ready, metrics = Live.as_view(), Ready.as_view(), Metrics.as_view()


def readiness() -> dict[str, Any]:
    """Look at what is needed. Never raises for a database that is away."""
    found: dict[str, Any] = {
        "status": "database-away",
        "database": "away",
        "migrations": "unknown",
        "worker_leads": None,
        "sweep_lag_seconds": None,
        "workers": None,
    }
    try:
        missing = _missing_migrations()
        found |= {
            "status": "not-migrated" if missing else "ready",
            "database": "ok",
            "migrations": "missing" if missing else "ok",
        }
        if not missing:
            found["worker_leads"] = bool(_value(_LEADER, [LEADER_LOCK]))
            found["workers"] = _value(_ALIVE)
            found["sweep_lag_seconds"] = round(max(float(_value(_LAG)), 0.0), 3)
    except Exception as exc:
        if translated(exc) is exc:
            raise
        found["status"] = "database-away"
    return found


_complete = False


def _missing_migrations() -> bool:
    """Tell whether a migration is not applied; once complete, only ask whether anybody answers."""
    global _complete  # noqa: PLW0603 - migrations are never taken back under a running process
    if _complete:
        _value("SELECT 1")
        return False
    executor = MigrationExecutor(connection)
    _complete = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not _complete


def _value(sql: str, values: list[Any] | None = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return row[0] if row else None


class _Queues(Collector):
    """Figures that stand in the database; read when they are asked for."""

    def collect(self) -> Any:
        """Give every gauge; none when the database is away."""
        try:
            found = [self._gauge(*gauge) for gauge in _GAUGES]
            found += [
                GaugeMetricFamily(name, about, value=value)
                for name, (about, value) in work_waiting().items()
            ]
        except Exception as exc:
            if translated(exc) is exc:
                raise
            return [GaugeMetricFamily("emporion_up", "1 when the database answers.", value=0)]
        return [GaugeMetricFamily("emporion_up", "1 when the database answers.", value=1), *found]

    def describe(self) -> Any:
        """Name nothing beforehand, so that registering asks nobody."""
        return []

    def _gauge(self, name: str, about: str, label: str, sql: str) -> GaugeMetricFamily:
        if not label:
            return GaugeMetricFamily(name, about, value=max(float(_value(sql)), 0.0))
        family = GaugeMetricFamily(name, about, labels=[label])
        with connection.cursor() as cursor:
            cursor.execute(sql)
            for value, number in cursor.fetchall():
                family.add_metric([value], number)
        return family


@cache
def _registered() -> Collector:
    queues = _Queues()
    REGISTRY.register(queues)
    return queues


class Counted:
    """Count every answer by method, family of addresses and status (a middleware)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Time it, and count it."""
        began = time.perf_counter()
        answer = self.get_response(request)
        seconds = time.perf_counter() - began
        count(request.method or "", request.path, answer.status_code, seconds)
        return answer


def count(method: str, path: str, status: int, seconds: float) -> None:
    """Count one answer and its time."""
    family = _family(path)
    _count_of(method if method in _METHODS else "other", family, status).inc()
    _seconds_of(family).observe(seconds)


@cache
def _count_of(method: str, family: str, status: int) -> Counter:
    return REQUESTS.labels(method, family, str(status))


@cache
def _seconds_of(family: str) -> Histogram:
    return SECONDS.labels(family)


_FAMILIES = (
    *("products", "domains", "teams", "queries", "changes", "lineage", "apply", "plan"),
    *("access-requests", "access-agreements", "grants", "lab", "follows", "notices", "webhooks"),
    *("platforms", "drift", "suspensions", "events", "audit", "me", "tokens", "health", "metrics"),
    "openapi.json",
)


def _family(path: str) -> str:
    """Name the group of an address: few values, whatever strangers ask for."""
    if not path.startswith("/api/v1/"):
        return "static" if path.startswith("/static/") else "page"
    first = path[8:].partition("/")[0]
    return f"api {first}" if first in _FAMILIES else "api other"
