"""No row of a request, an agreement or a grant is ever deleted: they are evidence."""

from django.db import migrations

TABLES = (
    "subscriptions_accessrequest",
    "subscriptions_accessagreement",
    "subscriptions_grant",
)
FUNCTION = """
    CREATE FUNCTION subscriptions_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are evidence: % is refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'restrict_violation';
    END $$;
"""
FORWARDS = FUNCTION + "".join(
    f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
    f"FOR EACH ROW EXECUTE FUNCTION subscriptions_refuse();"
    for table in TABLES
)
BACKWARDS = (
    "".join(f"DROP TRIGGER {table}_kept ON {table};" for table in TABLES)
    + "DROP FUNCTION subscriptions_refuse();"
)


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial")]
    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        # The numbers people say to each other; a sequence never waits for another transaction.
        migrations.RunSQL(
            "CREATE SEQUENCE subscriptions_request_number AS integer",
            "DROP SEQUENCE subscriptions_request_number",
        ),
    ]
