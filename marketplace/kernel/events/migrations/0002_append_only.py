"""Events are never changed and never deleted, whoever asks."""

from django.db import migrations

FORWARDS = """
    CREATE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the event log is append-only: % is refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER events_event_append_only
        BEFORE UPDATE OR DELETE ON events_event FOR EACH ROW EXECUTE FUNCTION events_refuse();
    CREATE TRIGGER events_event_no_truncate
        BEFORE TRUNCATE ON events_event FOR EACH STATEMENT EXECUTE FUNCTION events_refuse();
"""
BACKWARDS = """
    DROP TRIGGER events_event_no_truncate ON events_event;
    DROP TRIGGER events_event_append_only ON events_event;
    DROP FUNCTION events_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
