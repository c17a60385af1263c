"""Whether this process lives, is ready, and how much work waits."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from marketplace.kernel.events.queries import deliveries_dead, deliveries_waiting
from subscriptions.queries import work_waiting

_migrated = False


def live(_request: HttpRequest) -> HttpResponse:
    """Answer: the process lives."""
    return JsonResponse({"status": "live"})


def ready(_request: HttpRequest) -> HttpResponse:
    """Answer whether requests can be served: database reached, migrations applied."""
    global _migrated  # noqa: PLW0603 - once migrated, a running program stays migrated
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception:  # noqa: BLE001 - whatever is wrong with the database, the answer is no
        return JsonResponse({"status": "database-away"}, status=503)
    if not _migrated:
        return JsonResponse({"status": "not-migrated"}, status=503)
    return JsonResponse({"status": "ready", "at": timezone.now().isoformat()})


def metrics(_request: HttpRequest) -> HttpResponse:
    """Give what waits, as Prometheus reads it. Counted from rows, so every node says the same."""
    registry = CollectorRegistry()
    facts = {
        "emporion_deliveries_waiting": (
            "Event deliveries that are not done.",
            deliveries_waiting(),
        ),
        "emporion_deliveries_dead": (
            "Event deliveries that were given up.",
            deliveries_dead().count(),
        ),
        **work_waiting(),
    }
    for name, (about, value) in facts.items():
        Gauge(name, about, registry=registry).set(value)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
