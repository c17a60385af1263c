"""Profiles of real relations; sample rows that never were rows."""

import psycopg
import pytest
from django.conf import settings

from catalog.actions.profiles import NothingToProfile, keep_profile, take_profile
from catalog.models import PortProfile
from catalog.queries import sample
from marketplace.connectors.base import ConnectorError
from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.events.models import Event

_TABLES = """
    DROP SCHEMA IF EXISTS customer CASCADE;
    CREATE SCHEMA customer;
    CREATE TABLE customer.bookings (booking_id bigint PRIMARY KEY, email text, fare numeric);
    INSERT INTO customer.bookings SELECT n, 'Zoe' || n || '@secret.example', n * 10
    FROM generate_series(1, 40) n;
    UPDATE customer.bookings SET email = NULL WHERE booking_id <= 10;
    GRANT USAGE ON SCHEMA customer TO emporion_publisher;
    GRANT SELECT ON customer.bookings TO emporion_publisher;
"""


@pytest.fixture
def bookings(full):
    """Forty real bookings behind the port customer.bookings, full."""
    with psycopg.connect(settings.WAREHOUSE_ADMIN_DSN, autocommit=True) as owner:
        owner.execute(_TABLES)
        yield full
        owner.execute("DROP SCHEMA customer CASCADE")


def test_what_a_port_holds_is_counted(bookings):
    take_profile(bookings)

    taken = sample(bookings)
    assert taken["row_count"] == 40
    assert set(taken["columns"]) == {"booking_id", "email", "fare"}
    key = taken["columns"]["booking_id"]
    assert (key["distinct"], key["null_share"], key["min"], key["max"]) == (40, 0, "1", "40")
    assert taken["columns"]["email"]["null_share"] == 0.25
    assert taken["basis"].startswith("Profile of 40 rows; sample values drawn per column")
    told = Event.objects.get(name="port.profiled")
    assert told.data == {"port": "full", "rows": 40}


def test_no_value_about_people_is_kept(bookings):
    take_profile(bookings)

    row = PortProfile.objects.get()
    assert row.sample_kind == "masked"
    assert len(row.sample) == 60
    forms = {None, "xxx9@xxxxxx.xxxxxxx", "xxx99@xxxxxx.xxxxxxx"}
    assert {one["email"] for one in row.sample} <= forms
    email = row.columns["email"]
    assert (email["min"], email["max"], email["top"]) == (None, None, [])
    assert "Zoe" not in str(row.sample) + str(row.columns)


def test_columns_that_are_confidential_show_only_their_form(bookings):
    take_profile(bookings)

    row = PortProfile.objects.get()
    assert {one["fare"] for one in row.sample} <= {"99", "999", "9999"}
    assert row.columns["fare"]["max"] is None


def test_taking_it_again_replaces_it(bookings):
    take_profile(bookings)
    take_profile(bookings)

    assert PortProfile.objects.count() == 1


def test_a_port_that_is_no_relation_has_no_profile(full):
    full.relation_name = ""

    with pytest.raises(NothingToProfile):
        take_profile(full)


def test_a_missing_table_is_the_platforms_refusal_and_writes_nothing(full):
    with pytest.raises(ConnectorError):
        take_profile(full)

    assert not PortProfile.objects.exists()


def test_only_the_system_writes_profiles(full, petra):
    with pytest.raises(NotAllowed):
        keep_profile(petra, port_id=full.pk, found=())

    assert not PortProfile.objects.exists()
