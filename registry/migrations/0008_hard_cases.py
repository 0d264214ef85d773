"""Reconsiderations have fresh eyes, and what one person completes leaves an exemption: the database sees to both."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# Whoever took part in a case takes none in its reconsideration, and the other way round; who wrote for the applicant may
# write for it again. An exclusion constraint sees both transactions of a race; a trigger would not.
FRESH_EYES = """
alter table registry_part disable trigger append_only;
update registry_part set about = case_id;
alter table registry_part enable trigger append_only;
create function registry_part_about() returns trigger language plpgsql as $$
begin
    select coalesce(reconsiders_id, id), case when reconsiders_id is null then 0 else 1 end
        into new.about, new.round from registry_case where id = new.case_id;
    return new;
end $$;
create trigger about before insert on registry_part for each row execute function registry_part_about();
alter table registry_part add constraint fresh_eyes
    exclude using gist (about with =, person_id with =, round with <>) where (not (round = 1 and part = 'drafted'));
create function registry_case_reconsiders() returns trigger language plpgsql as $$
begin
    raise exception 'what case % reconsiders is never altered', old.reference using errcode = 'restrict_violation';
end $$;
create trigger reconsiders before update on registry_case for each row
    when (old.reconsiders_id is distinct from new.reconsiders_id) execute function registry_case_reconsiders();
"""
UNDO_FRESH_EYES = """
drop trigger reconsiders on registry_case;
drop function registry_case_reconsiders();
alter table registry_part drop constraint fresh_eyes;
drop trigger about on registry_part;
drop function registry_part_about();
"""

APPEND_ONLY = """
create trigger append_only before update or delete or truncate on registry_exemption
    for each statement execute function registry_append_only();
"""
UNDO_APPEND_ONLY = "drop trigger append_only on registry_exemption;"


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0007_casework_invariants'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='reconsiders',
            field=models.ForeignKey(blank=True, editable=False, help_text='the case whose decision is looked at again in this one; it is never altered', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reconsidered_by', to='registry.case'),
        ),
        migrations.AddField(
            model_name='part',
            name='about',
            field=models.BigIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='part',
            name='round',
            field=models.SmallIntegerField(default=0, editable=False),
        ),
        migrations.CreateModel(
            name='Exemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ground', models.CharField(choices=[('import', 'import of another register'), ('correction', 'correction of a typo'), ('law', 'change by law')], max_length=20, verbose_name='ground')),
                ('instrument', models.TextField(verbose_name='instrument')),
                ('about', models.TextField(blank=True, verbose_name='about')),
                ('role', models.CharField(blank=True, max_length=30)),
                ('recorded_at', models.DateTimeField(verbose_name='recorded')),
                ('case', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='exemption', to='registry.case')),
                ('completed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'exemption from four eyes',
                'verbose_name_plural': 'exemptions from four eyes',
                'ordering': ['recorded_at', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ground__in', ['import', 'correction', 'law'])), name='exemption_ground_known'), models.CheckConstraint(condition=models.Q(('instrument', ''), _negated=True), name='exemption_names_what_allows_it')],
            },
        ),
        migrations.RunSQL(FRESH_EYES, UNDO_FRESH_EYES),
        migrations.RunSQL(APPEND_ONLY, UNDO_APPEND_ONLY),
    ]
