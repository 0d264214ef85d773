"""What providers report after each period of their own financial year, and when that year ends."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("providers", "0008_stayed_lapses"), ("registry", "0011_review_outcome")]

    operations = [
        migrations.CreateModel(
            name="ProviderReturn",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="provider_return",
                        serialize=False, to="registry.case",
                    ),
                ),
                ("obligation", models.CharField(max_length=40, verbose_name="obligation")),
                ("period_from", models.DateField(verbose_name="period from")),
                ("period_until", models.DateField(verbose_name="period until")),
                ("due_on", models.DateField(verbose_name="due")),
                ("report_by", models.DateField(verbose_name="asked for by")),
                ("learners", models.PositiveIntegerField(blank=True, null=True, verbose_name="learners")),
                ("staff", models.PositiveIntegerField(blank=True, null=True, verbose_name="staff")),
                ("answers", models.JSONField(blank=True, default=dict, verbose_name="attestations")),
                ("declared", models.BooleanField(default=False, verbose_name="declared complete and true")),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="returns", to="providers.provider"
                    ),
                ),
            ],
            options={"verbose_name": "return of a provider", "verbose_name_plural": "returns of providers"},
        ),
        migrations.AddConstraint(
            model_name="providerreturn",
            constraint=models.UniqueConstraint(
                fields=("provider", "obligation", "period_until"), name="one_return_of_a_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="providerreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(period_from__lte=models.F("period_until")), name="return_of_a_period"
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="financial_year_end",
            field=models.CharField(
                blank=True, max_length=5, verbose_name="financial year ends on",
                help_text="Month and day, such as 06-30. Left empty: 31 December. It is not public.",
            ),
        ),
        migrations.AddField(
            model_name="provider", name="next_return_on", field=models.DateField(editable=False, null=True)
        ),
        migrations.AddField(
            model_name="provider", name="returns_law", field=models.CharField(default="", editable=False, max_length=16)
        ),
        migrations.AddIndex(
            model_name="provider", index=models.Index(fields=["next_return_on"], name="provider_next_return")
        ),
        migrations.AddIndex(
            model_name="provider", index=models.Index(fields=["returns_law"], name="provider_returns_law")
        ),
    ]  # fmt: skip
