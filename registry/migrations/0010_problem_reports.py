"""What readers report about a public record is a case; only what is needed to answer them is kept of them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0009_reconsideration'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProblemReport',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='problem_report', serialize=False, to='registry.case')),
                ('number', models.CharField(max_length=20, verbose_name='record')),
                ('what', models.CharField(choices=[('wrong', 'something is wrong'), ('outdated', 'something is out of date'), ('missing', 'something is missing'), ('link', 'a link does not work'), ('other', 'something else')], max_length=20, verbose_name='what is wrong')),
                ('text', models.TextField(verbose_name='description')),
                ('where', models.TextField(blank=True, verbose_name='where it can be checked')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail address')),
                ('language', models.CharField(default='en', max_length=20, verbose_name='language')),
                ('fixed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.case', verbose_name='put right by')),
            ],
            options={
                'verbose_name': 'report of a problem',
                'verbose_name_plural': 'reports of problems',
                'indexes': [models.Index(fields=['number'], name='problem_number')],
            },
        ),
    ]
