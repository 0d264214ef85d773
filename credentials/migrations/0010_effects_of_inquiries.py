"""What the final decision of an inquiry altered of its entry is kept, so that it can be taken back."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("credentials", "0009_reconsiderations")]

    operations = [
        migrations.AddField(
            model_name="inquiry", name="effects", field=models.JSONField(default=dict, editable=False)
        ),
    ]
