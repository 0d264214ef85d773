"""Complaints about providers, with who complains in a table of its own; what was found is added and never altered."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


APPEND_ONLY = """
create trigger append_only before update or delete or truncate on providers_finding
    for each statement execute function registry_append_only();
"""
UNDO_APPEND_ONLY = "drop trigger append_only on providers_finding;"


class Migration(migrations.Migration):

    dependencies = [
        ('providers', '0006_identity'),
        ('registry', '0008_hard_cases'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Complaint',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='complaint', serialize=False, to='registry.case')),
                ('channel', models.CharField(choices=[('form', 'form of the register'), ('letter', 'letter'), ('email', 'e-mail'), ('telephone', 'telephone'), ('person', 'in person')], max_length=20, verbose_name='how it came')),
                ('received_on', models.DateField(verbose_name='received on')),
                ('text', models.TextField(verbose_name='what happened')),
                ('happened_on', models.DateField(verbose_name='when it happened')),
                ('own_process', models.CharField(choices=[('ended', 'Yes, and the provider has answered'), ('waiting', 'Yes, and there is no answer yet'), ('no', 'No')], max_length=20, verbose_name="the provider's own process")),
                ('process_said', models.TextField(blank=True, verbose_name='what came of that, or why not')),
                ('pursued', models.TextField(blank=True, verbose_name='what was done about it since')),
                ('may_be_named', models.BooleanField(default=False, verbose_name='the provider may learn the name')),
                ('process_reason', models.TextField(blank=True, verbose_name="why it goes on without the provider's own process")),
                ('limit_reason', models.TextField(blank=True, verbose_name='why it goes on after so long')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='complaints', to='providers.provider')),
            ],
            options={
                'verbose_name': 'complaint',
                'verbose_name_plural': 'complaints',
            },
        ),
        migrations.CreateModel(
            name='Complainant',
            fields=[
                ('complaint', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='complainant', serialize=False, to='providers.complaint')),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail address')),
                ('address', models.TextField(blank=True, verbose_name='postal address')),
                ('telephone', models.CharField(blank=True, max_length=60, verbose_name='telephone')),
                ('language', models.CharField(default='en', max_length=20, verbose_name='language')),
                ('salt', models.CharField(editable=False, max_length=32)),
            ],
            options={
                'verbose_name': 'complainant',
                'verbose_name_plural': 'complainants',
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('final', models.BooleanField(default=False)),
                ('outcome', models.CharField(choices=[('no_action', 'no action'), ('advice', 'advice to the provider'), ('compliance_notice', 'a compliance notice is to be considered'), ('condition', 'a condition is to be considered'), ('referral', 'referred to another body')], max_length=30, verbose_name='outcome')),
                ('reason', models.TextField(verbose_name='reason, for officers')),
                ('to_complainant', models.TextField(blank=True, verbose_name='what the complainant is told')),
                ('to_provider', models.TextField(blank=True, verbose_name='what the provider is told')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded')),
                ('complaint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='providers.complaint')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'finding on a complaint',
                'verbose_name_plural': 'findings on complaints',
                'ordering': ['recorded_at', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('final', True)), fields=('complaint',), name='one_conclusion_of_a_complaint')],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, UNDO_APPEND_ONLY),
    ]
