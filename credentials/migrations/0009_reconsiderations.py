"""What is offered says which of its decisions were looked at again."""

from django.db import migrations, models


def column() -> models.JSONField:
    return models.JSONField(
        blank=True, default=list, help_text="Which of its decisions were looked at again, and with what outcome."
    )


class Migration(migrations.Migration):

    dependencies = [
        ("credentials", "0008_sanctions"),
        ("registry", "0009_reconsideration"),
    ]

    operations = [
        migrations.AddField(model_name="accreditation", name="reconsiderations", field=column()),
        migrations.AddField(model_name="credential", name="reconsiderations", field=column()),
    ]
