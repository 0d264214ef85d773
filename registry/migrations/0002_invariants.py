"""What the database itself refuses, whatever the Python says (design 4.2 to 4.4)."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

# Who drafted, evaluated, recommended or has an interest (side 0) and who decides or confirms (side 1) are never the
# same person in the same case. An exclusion constraint sees both transactions of a race; a trigger would not.
FOUR_EYES = """
alter table registry_part
    add constraint four_eyes exclude using gist (case_id with =, person_id with =, side with <>),
    add constraint part_whole unique (id, case_id, person_id, side);
alter table registry_judgement
    add constraint judged_by_an_evaluator foreign key (part_id, case_id, judged_by_id, side)
    references registry_part (id, case_id, person_id, side);
alter table registry_recommendation
    add constraint recommended_by_an_evaluator foreign key (part_id, case_id, recommended_by_id, side)
    references registry_part (id, case_id, person_id, side);
alter table registry_decision
    add constraint decided_by_a_decider foreign key (part_id, case_id, decided_by_id, side)
    references registry_part (id, case_id, person_id, side);
"""

UNDO_FOUR_EYES = """
alter table registry_decision drop constraint decided_by_a_decider;
alter table registry_recommendation drop constraint recommended_by_an_evaluator;
alter table registry_judgement drop constraint judged_by_an_evaluator;
alter table registry_part drop constraint part_whole, drop constraint four_eyes;
"""

# The application's role lacks these rights already; the triggers say no to the owner and to a mistaken grant too.
APPEND_ONLY = """
create function registry_append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;
create trigger append_only before update or delete or truncate on registry_change
    for each statement execute function registry_append_only();
create trigger append_only before update or delete or truncate on registry_event
    for each statement execute function registry_append_only();
create trigger append_only before update or delete or truncate on registry_judgement
    for each statement execute function registry_append_only();
create trigger append_only before update or delete or truncate on registry_recommendation
    for each statement execute function registry_append_only();
create trigger append_only before update or delete or truncate on registry_decision
    for each statement execute function registry_append_only();
create trigger append_only before update or delete or truncate on registry_part
    for each statement execute function registry_append_only();
"""

UNDO_APPEND_ONLY = """
drop trigger append_only on registry_part;
drop trigger append_only on registry_decision;
drop trigger append_only on registry_recommendation;
drop trigger append_only on registry_judgement;
drop trigger append_only on registry_event;
drop trigger append_only on registry_change;
drop function registry_append_only();
"""

# Each change continues the chain: no gap in the serials, and every hash is over its predecessor and its own bytes.
# One check for a whole batch, over the rows that it inserted.
CHAINED = r"""
create function registry_change_chained() returns trigger language plpgsql as $$
declare wrong bigint;
begin
    select new_rows.serial into wrong
    from new_rows left join registry_change before on before.serial = new_rows.serial - 1
    where (before.serial is null and new_rows.serial <> 1)
       or new_rows.previous_hash <> coalesce(before.hash, decode(repeat('00', 32), 'hex'))
       or new_rows.hash <> sha256(new_rows.previous_hash || new_rows.record)
    limit 1;
    if found then
        raise exception 'change % does not continue the journal', wrong using errcode = 'restrict_violation';
    end if;
    return null;
end $$;
create trigger chained after insert on registry_change
    referencing new table as new_rows for each statement execute function registry_change_chained();
"""

UNDO_CHAINED = "drop trigger chained on registry_change; drop function registry_change_chained();"


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [
        BtreeGistExtension(),
        migrations.RunSQL(FOUR_EYES, UNDO_FOUR_EYES),
        migrations.RunSQL(APPEND_ONLY, UNDO_APPEND_ONLY),
        migrations.RunSQL(CHAINED, UNDO_CHAINED),
    ]
