"""The field dictionary, stacking in rows, amendments; what is public or decided of a revision never alters."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


# What was [{language: text}] becomes rows, which may also say what sort of outcome it is. Links become content.
CONTENT = """
update credentials_revision r set learning_outcomes = (
    select coalesce(jsonb_agg(jsonb_build_object('text', outcome) order by place), '[]')
    from jsonb_array_elements(r.learning_outcomes) with ordinality as each(outcome, place)
) where r.learning_outcomes <> '[]';
insert into credentials_stackinglink (credential_id, target_id, relation)
    select from_credential_id, to_credential_id, 'part_of' from credentials_credential_part_of
    union all select from_credential_id, to_credential_id, 'counts_towards' from credentials_credential_counts_towards;
update credentials_revision r set details = jsonb_build_object('stacking', links.rows) from (
    select link.credential_id, jsonb_agg(
        jsonb_build_object('relation', link.relation, 'number', target.number)
        order by link.relation desc, target.number
    ) as rows
    from credentials_stackinglink link join credentials_credential target on target.id = link.target_id
    where target.number is not null group by link.credential_id
) links where links.credential_id = r.credential_id;
set constraints all immediate;
"""

# From its decision on, a revision only ever gets the number under which it is published.
IMMUTABLE = """
create function credentials_revision_immutable() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and to_jsonb(new) = to_jsonb(old) then
        return new;
    end if;
    if tg_op = 'UPDATE' and old.number is null and to_jsonb(new) - 'number' = to_jsonb(old) - 'number' then
        return new;
    end if;
    raise exception 'revision % of credential % is decided: % refused', old.number, old.credential_id, lower(tg_op)
        using errcode = 'restrict_violation';
end $$;
create trigger immutable before update or delete on credentials_revision
    for each row when (old.number is not null or old.effective_from is not null)
    execute function credentials_revision_immutable();
"""

UNDO_IMMUTABLE = "drop trigger immutable on credentials_revision; drop function credentials_revision_immutable();"

# No entry leads back to itself, whatever the Python says. The journal's lock is taken, which every publication holds
# already: of two links that would close a circle together, the second sees the first.
NO_CIRCLE = """
create function credentials_stacking_no_circle() returns trigger language plpgsql as $$
declare back text;
begin
    perform pg_advisory_xact_lock(7301001);
    with recursive reached (origin, credential_id) as (
        select distinct link.credential_id, link.target_id from new_rows link
        union
        select reached.origin, link.target_id
        from reached join credentials_stackinglink link on link.credential_id = reached.credential_id
    )
    select credential.number into back
    from reached join credentials_credential credential on credential.id = reached.origin
    where reached.origin = reached.credential_id limit 1;
    if found then
        raise exception 'stacking comes back to %', back using errcode = 'restrict_violation';
    end if;
    return null;
end $$;
create trigger no_circle after insert on credentials_stackinglink
    referencing new table as new_rows for each statement execute function credentials_stacking_no_circle();
"""

UNDO_NO_CIRCLE = "drop trigger no_circle on credentials_stackinglink; drop function credentials_stacking_no_circle();"


class Migration(migrations.Migration):

    dependencies = [
        ('credentials', '0002_imports'),
        ('registry', '0003_waiver'),
    ]

    operations = [
        migrations.CreateModel(
            name='Amendment',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='amendment', serialize=False, to='registry.case')),
                ('based_on', models.IntegerField(verbose_name='based on revision')),
                ('category', models.CharField(blank=True, max_length=10, verbose_name='category')),
                ('category_reason', models.TextField(blank=True, verbose_name='why another category than the proposed one')),
                ('entry', models.JSONField(blank=True, default=dict, help_text='What is proposed of the entry itself: its dates, joint awarding bodies.')),
                ('equivalence', models.CharField(blank=True, max_length=20, verbose_name='equivalence')),
                ('transition_note', models.JSONField(blank=True, default=dict, verbose_name='note for the transition')),
            ],
            options={
                'verbose_name': 'amendment',
                'verbose_name_plural': 'amendments',
            },
        ),
        migrations.CreateModel(
            name='StackingLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('relation', models.CharField(max_length=20)),
            ],
            options={
                'verbose_name': 'stacking link',
                'verbose_name_plural': 'stacking links',
            },
        ),
        migrations.RemoveConstraint(
            model_name='revision',
            name='revision_number',
        ),
        migrations.RemoveConstraint(
            model_name='revision',
            name='one_draft_revision',
        ),
        migrations.AddField(
            model_name='credential',
            name='joint_awarding_bodies',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, help_text='Numbers of the providers that award it together with the lead.', size=None, verbose_name='joint awarding bodies'),
        ),
        migrations.AddField(
            model_name='credential',
            name='last_award',
            field=models.DateField(blank=True, null=True, verbose_name='last day for awards'),
        ),
        migrations.AddField(
            model_name='credential',
            name='replaced_by',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='credential',
            name='replaces',
            field=models.JSONField(blank=True, default=list, help_text='Each entry that it replaces: its number, whether it is equivalent, and a note for the transition.'),
        ),
        migrations.AddField(
            model_name='credential',
            name='transition',
            field=models.JSONField(blank=True, default=dict, help_text='What holders and learners keep, and by when they must finish, by language.'),
        ),
        migrations.AddField(
            model_name='revision',
            name='correction',
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name='revision',
            name='details',
            field=models.JSONField(blank=True, default=dict, help_text='The fields of `registry.content.dictionary` without a column, by name.'),
        ),
        migrations.AddField(
            model_name='revision',
            name='effective_from',
            field=models.DateField(blank=True, null=True, verbose_name='effective from'),
        ),
        migrations.AlterField(
            model_name='credential',
            name='closed_undated',
            field=models.BooleanField(default=False, verbose_name='closed, on a day that nobody knows'),
        ),
        migrations.AlterField(
            model_name='credential',
            name='expiring_from',
            field=models.DateField(blank=True, null=True, verbose_name='expiring from'),
        ),
        migrations.AlterField(
            model_name='credential',
            name='expiry_end',
            field=models.DateField(blank=True, null=True, verbose_name='last day'),
        ),
        migrations.AlterField(
            model_name='credential',
            name='last_new_enrolment',
            field=models.DateField(blank=True, null=True, verbose_name='last day to start'),
        ),
        migrations.AlterField(
            model_name='credential',
            name='listed_on',
            field=models.DateField(blank=True, null=True, verbose_name='listed on'),
        ),
        migrations.AlterField(
            model_name='credential',
            name='review_due',
            field=models.DateField(blank=True, null=True, verbose_name='next review'),
        ),
        migrations.AlterField(
            model_name='credential',
            name='review_period_months',
            field=models.IntegerField(blank=True, null=True, verbose_name='months between reviews'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.UniqueConstraint(fields=('credential', 'number', 'correction'), name='revision_number'),
        ),
        migrations.AddField(
            model_name='amendment',
            name='credential',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='credentials.credential', verbose_name='credential'),
        ),
        migrations.AddField(
            model_name='amendment',
            name='revision',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='amendment', to='credentials.revision'),
        ),
        migrations.AddField(
            model_name='stackinglink',
            name='credential',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='leads_to', to='credentials.credential'),
        ),
        migrations.AddField(
            model_name='stackinglink',
            name='target',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reached_from', to='credentials.credential'),
        ),
        migrations.AddConstraint(
            model_name='stackinglink',
            constraint=models.UniqueConstraint(fields=('credential', 'target', 'relation'), name='stacking_link_once'),
        ),
        migrations.AddConstraint(
            model_name='stackinglink',
            constraint=models.CheckConstraint(condition=models.Q(('credential', models.F('target')), _negated=True), name='never_part_of_itself'),
        ),
        migrations.RunSQL(CONTENT, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name='credential',
            name='counts_towards',
        ),
        migrations.RemoveField(
            model_name='credential',
            name='part_of',
        ),
        migrations.RunSQL(IMMUTABLE, UNDO_IMMUTABLE),
        migrations.RunSQL(NO_CIRCLE, UNDO_NO_CIRCLE),
    ]
