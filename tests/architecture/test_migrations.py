"""The database keeps its promises itself: rows that are evidence stay, models and tables agree."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from catalog.models import SchemaColumn
from marketplace.kernel.events.models import Event
from tests.factories import descriptors as make

EVIDENCE = ("subscriptions_accessrequest", "subscriptions_accessagreement", "subscriptions_grant")


def test_models_and_migrations_agree(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0, skip_checks=True)


@pytest.mark.parametrize("table", EVIDENCE)
def test_a_table_of_evidence_has_the_trigger_that_refuses_to_delete(db, table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled::text, pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [table],
        )
        rows = cursor.fetchall()

    assert [(name, enabled) for name, enabled, _ in rows] == [(f"{table}_kept", "O")]
    assert "BEFORE DELETE" in rows[0][2]


@pytest.mark.parametrize(
    "statement", ["UPDATE events_event SET name = 'x'", "DELETE FROM events_event"]
)
def test_the_event_log_is_append_only(mesh, statement):
    count = Event.objects.count()

    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert Event.objects.count() == count > 0


def test_the_function_of_that_trigger_refuses(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE evidence AS SELECT 1 AS id; CREATE TRIGGER kept BEFORE DELETE "
            "ON evidence FOR EACH ROW EXECUTE FUNCTION subscriptions_refuse()"
        )
        with pytest.raises(IntegrityError, match="evidence"), transaction.atomic():
            cursor.execute("DELETE FROM evidence")


def test_a_columns_words_follow_its_name(mesh):
    with connection.cursor() as cursor:
        cursor.execute("SELECT search::text FROM catalog_schemacolumn WHERE name = 'dep_delay'")
        assert cursor.fetchone() == ("'delay':2 'dep':1",)
        SchemaColumn.objects.filter(name="dep_delay").update(name="arrival")
        cursor.execute("SELECT search::text FROM catalog_schemacolumn WHERE name = 'arrival'")
        assert cursor.fetchone() == ("'arriv':1",)


@pytest.mark.django_db(transaction=True)
def test_actions_of_the_catalog_are_durable(apply, people):
    """Inside another transaction an action refuses to run: nothing it promised could be lost."""
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        apply(make.domain("customer"))

    assert not Event.objects.filter(name="domain.changed").exists()
