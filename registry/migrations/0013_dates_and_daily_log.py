"""What the dates of an entry do is told once for each day; and what each daily step did is written down (design 4.5, 4.3)."""

import orjson
from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

APPEND_ONLY = """
create trigger append_only before update or delete or truncate on registry_steprun
    for each statement execute function registry_append_only();
"""
ROWS = 2_000


def fill(apps, schema_editor):
    """Of each entry the first day on which its dates alter it after it was published as it is now.

    What has come of these days since then is told by the next daily run; what was past by then, never.
    """
    from registry.status import next_turn

    entries = apps.get_model("registry", "Entry").objects.using(schema_editor.connection.alias)
    dated = (
        Q(last_new_enrolment__isnull=False) | Q(expiring_from__isnull=False) | Q(expiry_end__isnull=False)
        | Q(suspensions__len__gt=0) | Q(listed_on__gte=F("recorded_at__date"))
    )
    rows = entries.filter(dated, withdrawn_on=None).values_list("number", "document", "recorded_at")
    found = []

    def write():
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany("update registry_entry set turns_on = %s where number = %s", found)
        found.clear()

    for number, document, recorded_at in rows.order_by("number").iterator(chunk_size=ROWS):
        turns_on = next_turn(orjson.loads(bytes(document)), timezone.localdate(recorded_at))
        if turns_on:
            found.append((turns_on, number))
        if len(found) >= ROWS:
            write()
    write()



class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0012_told_late'),
    ]

    operations = [
        migrations.CreateModel(
            name='StepRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('step', models.CharField(max_length=60, verbose_name='step')),
                ('began_at', models.DateTimeField(verbose_name='began')),
                ('ended_at', models.DateTimeField(verbose_name='ended')),
                ('done', models.IntegerField(null=True, verbose_name='done')),
                ('failed', models.TextField(blank=True, verbose_name='what went wrong')),
                ('rehearsal', models.BooleanField(default=False, verbose_name='rehearsal')),
            ],
            options={
                'verbose_name': 'daily step',
                'verbose_name_plural': 'daily run',
                'ordering': ['-began_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='entry',
            name='turns_on',
            field=models.DateField(null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('turns_on__isnull', False)), fields=['turns_on', 'number'], name='entry_turns_on'),
        ),
        migrations.AddConstraint(
            model_name='change',
            constraint=models.UniqueConstraint(condition=models.Q(('action', 'status'), ('decision_number__isnull', True)), fields=('number', 'effective_from'), name='change_turn_once'),
        ),
        migrations.AddIndex(
            model_name='steprun',
            index=models.Index(fields=['-began_at', '-id'], name='step_run_newest'),
        ),
        migrations.AddIndex(
            model_name='steprun',
            index=models.Index(fields=['step', '-began_at'], name='step_run_of_step'),
        ),
        migrations.AddIndex(
            model_name='steprun',
            index=models.Index(fields=['day'], name='step_run_day'),
        ),
        migrations.AddIndex(
            model_name='steprun',
            index=models.Index(condition=models.Q(('failed', ''), _negated=True), fields=['-began_at'], name='step_run_failed'),
        ),
        migrations.RunSQL(APPEND_ONLY, "drop trigger append_only on registry_steprun;"),
    ]
