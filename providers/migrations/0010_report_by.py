"""The last day of each return that was asked for before the register kept it once it had been handed in."""

from django.db import migrations

# While it is asked for, the case has the day; afterwards the last extension tells it, else the day it was asked for by.
FILL = """
update registry_case as c set report_by = coalesce(
    case when c.state = 'draft' then c.answer_by end,
    (select (e.details ->> 'until')::date from registry_event as e
     where e.case_id = c.id and e.name = 'case:extend' order by e.position desc limit 1),
    r.report_by
)
from providers_providerreturn as r where r.case_id = c.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('providers', '0009_returns'),
        ('registry', '0014_calendar'),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
