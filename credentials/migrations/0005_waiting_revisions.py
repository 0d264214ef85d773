"""A revision that was approved for a later day waits as every other approval does: in a release of the desk."""

from django.db import migrations

WAITING = """
insert into registry_release (case_id, stage, publish_on)
    select amendment.case_id, 1, revision.effective_from
    from credentials_amendment amendment
    join credentials_revision revision on revision.id = amendment.revision_id
    where revision.number is null and revision.effective_from is not null
    on conflict do nothing;
"""


class Migration(migrations.Migration):
    dependencies = [("credentials", "0004_partners_and_conditions"), ("registry", "0007_casework_invariants")]

    operations = [migrations.RunSQL(WAITING, migrations.RunSQL.noop)]
