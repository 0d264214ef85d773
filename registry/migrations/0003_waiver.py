"""Waivers: a rule that was waived for one case. Evidence like a decision, so the row is never altered (design 4.3)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = """
create trigger append_only before update or delete or truncate on registry_waiver
    for each statement execute function registry_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_invariants")]

    operations = [
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=60, verbose_name="rule")),
                ("reason", models.TextField(verbose_name="reason")),
                ("instrument", models.TextField(help_text="The law, rule or delegation that allows it.", verbose_name="instrument")),
                ("role", models.CharField(max_length=30)),
                ("recorded_at", models.DateTimeField(verbose_name="waived")),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="waivers", to="registry.case")),
                ("waived_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="waivers", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "waiver",
                "verbose_name_plural": "waivers",
                "ordering": ["recorded_at", "id"],
                "constraints": [models.UniqueConstraint(fields=("case", "rule"), name="one_waiver")],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, "drop trigger append_only on registry_waiver;"),
    ]
