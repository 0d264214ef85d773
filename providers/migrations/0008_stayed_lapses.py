"""A lapse that is looked at again may have no effect for the time."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("providers", "0007_complaints")]

    operations = [
        migrations.AddField(model_name="lapse", name="stayed_from", field=models.DateField(editable=False, null=True)),
    ]
