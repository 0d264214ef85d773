"""Duplicate checks: what was like a case's draft on one day. Evidence, so the row is never altered (design 4.3)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = """
create trigger append_only before update or delete or truncate on registry_duplicatecheck
    for each statement execute function registry_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_waiver")]

    operations = [
        migrations.CreateModel(
            name="DuplicateCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("matches", models.JSONField(default=list)),
                ("serial", models.BigIntegerField()),
                ("shown_from", models.DecimalField(decimal_places=2, max_digits=3)),
                ("role", models.CharField(blank=True, max_length=30)),
                ("recorded_at", models.DateTimeField(verbose_name="searched")),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="duplicate_checks", to="registry.case")),
                ("checked_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "duplicate check",
                "verbose_name_plural": "duplicate checks",
                "ordering": ["recorded_at", "id"],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, "drop trigger append_only on registry_duplicatecheck;"),
    ]
