"""Accounts say in which language they read pages and mails."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0003_caretakers_and_session_epochs"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Of pages and mails, such as de; empty is the instance's own.",
                max_length=10,
            ),
        ),
    ]
