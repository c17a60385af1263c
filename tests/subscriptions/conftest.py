"""A real data platform behind the mesh, and shorthands for asking and working."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.conf import settings

from catalog.actions.platforms import prepare_platform
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.events.delivering import deliver_due
from subscriptions.actions import grants
from subscriptions.actions.requests import Ask, request_access
from subscriptions.models import AccessRequest
from tests.connectors.installed import missing

collect_ignore = [
    f"test_{name.removesuffix('_server')}_logins.py"
    for name in ("mariadb_server", "rabbitmq_server")
    if name in missing()
]
"""Where a server is not installed, what is asked of it is not collected."""
_TABLES = """
    DROP SCHEMA IF EXISTS flight_operations CASCADE;
    DROP SCHEMA IF EXISTS customer CASCADE;
    CREATE SCHEMA flight_operations;
    CREATE TABLE flight_operations.flights
        (flight_id bigint PRIMARY KEY, carrier text NOT NULL, origin text, dep_delay integer);
    INSERT INTO flight_operations.flights
        VALUES (1, 'UA', 'EWR', 2), (2, 'AA', 'JFK', 33), (3, 'B6', 'LGA', NULL);
    CREATE SCHEMA customer;
    CREATE TABLE customer.bookings (booking_id bigint PRIMARY KEY, email text, fare numeric);
    INSERT INTO customer.bookings VALUES (10, 'one@example.org', 99.5);
    CREATE TABLE customer.plans (zeppelin text);
    GRANT USAGE ON SCHEMA flight_operations, customer TO emporion_publisher;
    GRANT SELECT ON ALL TABLES IN SCHEMA flight_operations, customer TO emporion_publisher;
"""
_CLEAN = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_products'
                    OR nspname IN ('emporion_entitlements', 'emporion_control') LOOP
            EXECUTE format('DROP SCHEMA %I CASCADE', name);
        END LOOP;
        FOR name IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'mp\\_%' LOOP
            EXECUTE format('DROP OWNED BY %I', name);
            EXECUTE format('DROP ROLE %I', name);
        END LOOP;
    END $$;
"""


@pytest.fixture
def platform(mesh) -> Iterator[psycopg.Connection]:
    """The warehouse with three flights and one booking; gives its owner's connection."""
    with psycopg.connect(settings.WAREHOUSE_ADMIN_DSN, autocommit=True) as owner:
        owner.execute(_CLEAN)
        owner.execute(_TABLES)
        prepare_platform(SYSTEM, key="warehouse")
        yield owner
        owner.execute(_CLEAN)


@pytest.fixture
def ask_curated(ana) -> Callable[..., AccessRequest]:
    """Ana asks for Flight delays, curated, for team growth."""

    def run(actor: Actor = ana, **wanted: object) -> AccessRequest:
        facts: dict[str, object] = {
            "product": "flight-operations.flight-delays",
            "port": "curated",
            "consumer_kind": "team",
            "consumer_key": "growth",
            "purpose": "analytics",
            "purpose_text": "Weekly delay report",
            "duration_days": 90,
        }
        return request_access(actor, ask=Ask(**{**facts, **wanted}))

    return run


@pytest.fixture
def ask_full(ask_curated) -> Callable[..., AccessRequest]:
    """Ana asks for Bookings, full, which holds personal data."""

    def run(**wanted: object) -> AccessRequest:
        return ask_curated(**{"product": "customer.bookings", "port": "full", **wanted})

    return run


@pytest.fixture
def work() -> Callable[[], None]:
    """Do what workers would do, in this process, until nothing is due."""

    def run() -> None:
        while deliver_due() + grants.reconcile_due():
            pass

    return run
