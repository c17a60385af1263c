"""What every test may use: the people with accounts and teams, and a small mesh to ask about.

Servers come from `tests/servers.py`. A test that needs rows takes `people`, `mesh` or `apply`;
actors of people without rows are in `tests/people.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from xdist.remote import Producer

from catalog.actions.apply import Outcome, apply_bundle
from catalog.actions.platforms import register_platform
from catalog.models import DataProduct, OutputPort, PlatformConnection
from catalog.queries import remembered
from marketplace.connectors import registry
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.events.delivering import deliver_due
from subscriptions.actions import credentials
from subscriptions.funnel import marks
from tests import people as cast
from tests.connectors.installed import missing
from tests.factories import descriptors as make
from tests.remembered import once
from tests.together import Together

TEXT = {"logicalType": "string", "physicalType": "text"}
Apply = Callable[..., Outcome]


def pytest_report_header() -> list[str]:
    """Say which platforms are not asked, because their servers are not installed."""
    return [f"left out: tests of {package}, not installed" for package in missing().values()]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """Start each platform's server once, when several workers run."""
    return Together(config, log)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Let tests with real transactions empty the event log, which nobody else may."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS events_event_no_truncate ON events_event")


@pytest.fixture(scope="session", autouse=True)
def _close_connectors() -> Iterator[None]:
    """Close the idle connections that connectors keep for the process."""
    yield
    for connector in registry._made.values():
        getattr(connector, "close", lambda: None)()


@pytest.fixture(autouse=True)
def _clean_cache() -> Iterator[None]:
    """Leave nothing behind that this process keeps of rows: others with these keys come next."""
    yield
    cache.clear()
    marks.clear()
    credentials._last.clear()
    remembered.forget()


@pytest.fixture
def people(db) -> dict[str, Actor]:
    """Everybody with an account, their teams and roles: actors by name."""
    once("people", _accounts_and_teams)
    keys = dict(get_user_model().objects.values_list("username", "pk"))
    return {one.subject: replace(one, user_id=keys[one.subject]) for one in cast.EVERYBODY}


def _accounts_and_teams() -> None:
    for actor in cast.EVERYBODY:
        get_user_model().objects.create(
            username=actor.subject,
            display_name=actor.name,
            email=f"{actor.subject}@example.org",
            roles=sorted(actor.roles),
            password="!",
        )
    apply_bundle(
        SYSTEM,
        text=make.bundle(
            make.team("growth", {"ana": "member"}),
            make.team("flight-operations", {"olaf": "product_owner"}),
            make.team("customer", {"petra": "product_owner"}),
        ),
    )


@pytest.fixture
def ana(people) -> Actor:
    """Analyst, in team growth."""
    return people["ana"]


@pytest.fixture
def olaf(people) -> Actor:
    """Owner, in team flight-operations."""
    return people["olaf"]


@pytest.fixture
def petra(people) -> Actor:
    """Owner, in team customer."""
    return people["petra"]


@pytest.fixture
def gus(people) -> Actor:
    """Governance."""
    return people["gus"]


@pytest.fixture
def dana(people) -> Actor:
    """Data protection officer."""
    return people["dana"]


@pytest.fixture
def pia(people) -> Actor:
    """Operator."""
    return people["pia"]


@pytest.fixture
def sid(people) -> Actor:
    """Stranger without a team."""
    return people["sid"]


@pytest.fixture
def warehouse(people) -> PlatformConnection:
    """The platform `warehouse`: the test run's own PostgreSQL, with the provisioner's role."""
    given = settings.WAREHOUSE

    def register() -> None:
        register_platform(
            people["pia"],
            key="warehouse",
            name="Warehouse",
            kind="postgres",
            config={
                "host": given["host"],
                "port": int(given["port"]),
                "database": given["database"],
                "user": given["user"],
            },
            secret=given["password"],
        )

    once("warehouse", register, after="people")
    return PlatformConnection.objects.get(key="warehouse")


@pytest.fixture
def apply(warehouse) -> Apply:
    """Apply documents of `tests.factories.descriptors` as the system, or as `by`."""

    def run(*documents: str, by: Actor = SYSTEM) -> Outcome:
        return apply_bundle(by, text=make.bundle(*documents))

    return run


@pytest.fixture
def mesh(apply) -> dict[str, DataProduct]:
    """Two domains and three products, by key.

    `flight-operations.flight-delays` (everybody, port curated), `customer.bookings` (everybody,
    port full with personal data) and `customer.secret-plans` (team only).
    """
    once("mesh", lambda: apply(*_documents()), after="warehouse")
    return {product.key: product for product in DataProduct.objects.all()}


def _documents() -> list[str]:
    return [
        make.domain("flight-operations"),
        make.domain("customer"),
        make.product(tags=["delays"]),
        make.contract(),
        make.product(
            "customer.bookings",
            purpose="Who booked what.",
            ports=[make.port("full", contract="bookings-full", resource="customer.bookings")],
        ),
        make.contract("bookings-full", product="customer.bookings", columns=make.BOOKING_COLUMNS),
        make.product(
            "customer.secret-plans",
            purpose="Flight delays of next year.",
            scope="team",
            ports=[make.port("plans", contract="plans", resource="customer.plans")],
        ),
        make.contract("plans", product="customer.secret-plans", columns={"zeppelin": TEXT}),
    ]


@pytest.fixture
def curated(mesh) -> OutputPort:
    """The port that needs no review: flight-operations.flight-delays, curated."""
    return OutputPort.objects.select_related(
        "product__domain__owner_team", "product__owner_team", "platform", "contract__contract"
    ).get(product__key="flight-operations.flight-delays", name="curated")


@pytest.fixture
def full(mesh) -> OutputPort:
    """The port with personal data: customer.bookings, full."""
    return OutputPort.objects.select_related(
        "product__domain__owner_team", "product__owner_team", "platform", "contract__contract"
    ).get(product__key="customer.bookings", name="full")


@pytest.fixture
def deliver() -> Callable[[], int]:
    """Run handlers until nothing is due; give how many deliveries succeeded."""

    def run() -> int:
        done = 0
        while (round_ := deliver_due()) > 0:
            done += round_
        return done

    return run
