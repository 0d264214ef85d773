"""An index of the providers that a statutory action is on record of: few of many, and asked for by a public page."""

from django.db import migrations

INDEX = """
create index entry_under_action on registry_entry (number)
    where kind = 'provider' and position('"statutory_actions":'::bytea in document) > 0;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_duplicatecheck")]

    operations = [migrations.RunSQL(INDEX, "drop index entry_under_action;")]
