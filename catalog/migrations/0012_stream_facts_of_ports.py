"""What a platform tells of a stream stands beside the profile of its port."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0011_column_edges"),
    ]

    operations = [
        migrations.AddField(
            model_name="portprofile",
            name="stream",
            field=models.JSONField(default=dict),
        ),
    ]
