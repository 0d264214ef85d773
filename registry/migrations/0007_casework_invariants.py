"""What the database itself refuses of casework, whatever the Python says: see 0002 for its first part."""

from django.conf import settings
from django.db import migrations

NEW_EVIDENCE = (
    "submission", "fee", "requestitem", "answer", "message", "decisiondraft", "condition", "conditionmet", "letter",
)

APPEND_ONLY = "".join(
    f"create trigger append_only before update or delete or truncate on registry_{name}\n"
    "    for each statement execute function registry_append_only();\n"
    for name in NEW_EVIDENCE
)
UNDO_APPEND_ONLY = "".join(f"drop trigger append_only on registry_{name};\n" for name in NEW_EVIDENCE)

# Decisions of before were decided on the day on which they were recorded, and public from the day of their effect.
FILL = f"""
alter table registry_decision disable trigger append_only;
update registry_decision set decided_on = (recorded_at at time zone '{settings.TIME_ZONE}')::date,
    publish_on = greatest(effective_on, (recorded_at at time zone '{settings.TIME_ZONE}')::date);
alter table registry_decision enable trigger append_only;
"""

# The second approver took that part in the case, and so no other; the draft of a decision is a decider's.
SECOND_APPROVER = """
alter table registry_decision add constraint confirmed_by_a_decider
    foreign key (confirming_part_id, case_id, confirmed_by_id, side)
    references registry_part (id, case_id, person_id, side);
"""
UNDO_SECOND_APPROVER = "alter table registry_decision drop constraint confirmed_by_a_decider;"

# Whoever has declared an interest neither judges nor recommends after that. What they did before stays.
NO_INTEREST = """
create function registry_no_interest() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from registry_part
        where case_id = new.case_id and part = 'conflicted'
            and person_id = (to_jsonb(new) ->> tg_argv[0])::bigint
    ) then
        raise exception '% of a person with an interest in the case is refused', tg_table_name
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger no_interest before insert on registry_judgement
    for each row execute function registry_no_interest('judged_by_id');
create trigger no_interest before insert on registry_recommendation
    for each row execute function registry_no_interest('recommended_by_id');
"""
UNDO_NO_INTEREST = """
drop trigger no_interest on registry_recommendation;
drop trigger no_interest on registry_judgement;
drop function registry_no_interest();
"""

# Each event continues the chain of its case, or that of what happens outside cases. The row of the case, or an advisory
# lock, lets one in at a time.
EVENTS_CHAINED = """
create function registry_event_chained() returns trigger language plpgsql as $$
declare before bytea;
begin
    select hash into before from registry_event
        where case_id is not distinct from new.case_id and position = new.position - 1;
    if (not found and new.position <> 1)
        or new.previous_hash <> coalesce(before, decode(repeat('00', 32), 'hex'))
        or new.hash <> sha256(new.previous_hash || new.record)
    then
        raise exception 'event % does not continue its chain', new.position using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger chained before insert on registry_event
    for each row execute function registry_event_chained();
"""
UNDO_EVENTS_CHAINED = "drop trigger chained on registry_event; drop function registry_event_chained();"


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_casework")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, UNDO_APPEND_ONLY),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(SECOND_APPROVER, UNDO_SECOND_APPROVER),
        migrations.RunSQL(NO_INTEREST, UNDO_NO_INTEREST),
        migrations.RunSQL(EVENTS_CHAINED, UNDO_EVENTS_CHAINED),
    ]
