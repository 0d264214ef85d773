"""A reconsideration has grounds, an admission and a result; its files say of which day they are."""

import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models

RESULTS = [
    ("upheld", "the decision is upheld"), ("varied", "the decision holds on other terms"),
    ("set_aside", "the decision is set aside"), ("remitted", "the decision is set aside, and the case decided again"),
]  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ("registry", "0008_hard_cases"),
    ]

    operations = [
        migrations.AddField(
            model_name="evidence",
            name="dated_on",
            field=models.DateField(blank=True, null=True, verbose_name="the day that it is of"),
        ),
        migrations.AddField(
            model_name="release",
            name="called_off",
            field=models.BooleanField(default=False, verbose_name="called off"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(condition=models.Q(("decision_number__isnull", False)), fields=["decision_number"], name="change_decision"),
        ),
        migrations.CreateModel(
            name="Reconsideration",
            fields=[
                ("case", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="reconsideration", serialize=False, to="registry.case")),
                ("stage", models.SmallIntegerField(default=1)),
                ("grounds", models.JSONField(blank=True, default=dict, verbose_name="grounds")),
                ("admitted_on", models.DateField(blank=True, null=True, verbose_name="admitted on")),
                ("stayed", models.BooleanField(blank=True, null=True, verbose_name="the decision is stayed")),
                ("stay_reason", models.TextField(blank=True, verbose_name="why it is stayed, or is not")),
                ("proposed", models.CharField(blank=True, choices=RESULTS, max_length=20, verbose_name="recommended")),
                ("proposed_terms", models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("result", models.CharField(blank=True, choices=RESULTS, max_length=20, verbose_name="decided")),
                ("terms", models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="ended on")),
            ],
            options={
                "verbose_name": "reconsideration",
                "verbose_name_plural": "reconsiderations",
            },
        ),
    ]
