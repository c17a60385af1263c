"""Keep the words of a column's name beside it, whoever writes the row."""

from django.db import migrations

FORWARDS = """
    CREATE TRIGGER catalog_schemacolumn_search
        BEFORE INSERT OR UPDATE OF name ON catalog_schemacolumn FOR EACH ROW
        EXECUTE FUNCTION tsvector_update_trigger(search, 'public.emporion', name);
"""
BACKWARDS = "DROP TRIGGER catalog_schemacolumn_search ON catalog_schemacolumn"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
