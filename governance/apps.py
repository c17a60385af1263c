"""The governance app."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate  # noqa: TID251 - the one hook after migrations


class GovernanceConfig(AppConfig):
    """Register governance and its event handlers."""

    name = "governance"

    def ready(self) -> None:
        """Import events and handlers, so that they are registered."""
        from governance import events, handlers  # noqa: F401

        post_migrate.connect(_install_packs, sender=self)


def _install_packs(**_: Any) -> None:
    """Keep the shipped packs once their tables are there; nothing to do when they are kept."""
    from django.db import connection

    from governance.actions.packs import install_packs
    from marketplace.kernel.actors import SYSTEM

    tables = set(connection.introspection.table_names())
    if {"governance_policy", "events_event"} <= tables:
        install_packs(SYSTEM)
