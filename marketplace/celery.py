"""The Celery application. A message is a hint; the row in PostgreSQL is the work."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun, worker_ready, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

app = Celery("marketplace")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["marketplace.kernel.events", "subscriptions"])
# Celery would open a connection for every task: 20 ms of cold catalogues before each grant.
app.conf["CELERY_DB_REUSE_MAX"] = 1_000_000_000

_relays: list[Any] = []


@task_prerun.connect
def _look_at_connections(**_kwargs: object) -> None:
    """Drop a connection that is broken or old, as Django does before a request."""
    from django.db import close_old_connections

    close_old_connections()


@worker_ready.connect
def _start_relay(**_kwargs: object) -> None:
    """Start this worker's relay, once it can take work."""
    from marketplace.kernel.relay import Relay

    relay = Relay(push=_push, sweep=_sweep)
    _relays.append(relay)
    relay.start()


@worker_shutting_down.connect
def _stop_relay(**_kwargs: object) -> None:
    """Stop handing out work before the pool drains."""
    for relay in _relays:
        relay.stop()


_TASKS = {
    "events": ("marketplace.kernel.events.tasks.deliver", "events"),
    "late": ("marketplace.kernel.events.tasks.deliver_all", "events"),
    "grants": ("subscriptions.tasks.reconcile_due", "grants"),
    "messages": ("subscriptions.tasks.send_due", "messages"),
}


def _push(kind: str) -> None:
    name, queue = _TASKS.get(kind, _TASKS["events"])
    app.send_task(name, queue=queue, expires=30)


def _sweep() -> None:
    app.send_task("subscriptions.tasks.sweep", queue="grants", expires=5)
