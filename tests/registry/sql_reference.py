"""What a search must count, asked of the register's own rows in plain SQL: slow, short, and without an index."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from registry.search import schema

# A credential of the register with each thing that a filter asks and a facet counts. Under New Zealand's law an entry
# without a decided last day to start is open until the day before it begins to end.
_ROWS = """
with document as (
    select number, kind, convert_from(document, 'UTF8')::jsonb as d from registry_entry
    where kind in ('qualification', 'part_qualification', 'micro_credential') and withdrawn_on is null
),
dated as (
    select *, (d->>'listed_on')::date as listed_on, (d->>'expiring_from')::date as expiring_from,
        (d->>'expiry_end')::date as expiry_end, (d->>'closed_undated')::boolean as closed,
        coalesce((d->>'last_new_enrolment')::date, (d->>'expiring_from')::date - 1) as last_start,
        (d->>'credits')::numeric as credits,
        case when d->>'level' is not null then array[d->>'level'] else coalesce((
            select array_agg(n::text order by n)
            from jsonb_array_elements(coalesce(d->'levels', '[]')) l,
                generate_series(coalesce(l->>'from', l->>'value')::int, coalesce(l->>'to', l->>'value')::int) n
            where l->>'framework' = 'nz'
        ), '{}') end as levels
    from document
),
entry as (
    select number, kind as kind_, d, levels, credits,
        array[kind]::text[] as kind, levels as level, array[STATUS] as status,
        array(select distinct coalesce(f->>'code', f->>'label') from jsonb_array_elements(d->'fields') f) as field,
        array(select distinct replace(lower(f->>'scheme'), '_', '-') || ':' || left(f->>'code', 2)
            from jsonb_array_elements(d->'fields') f
            where f->>'scheme' in ('ISCED_F_2013', 'isced-f') and left(f->>'code', 2) between '00' and '10'
                or f->>'scheme' = 'nzsced' and left(f->>'code', 2) between '01' and '12') as field_group,
        array(select distinct p->>'number' from jsonb_array_elements(d->'providers') p) as provider,
        array(select p->>'role' || ' ' || (p->>'number') from jsonb_array_elements(d->'providers') p) as party,
        array[d->>'language'] as language,
        array(select distinct m from jsonb_array_elements_text(d->'delivery_modes') m) as delivery_mode,
        case when credits is null then '{}' when credits <= 5 then '{5}' when credits <= 20 then '{20}'
            when credits <= 60 then '{60}' when credits <= 120 then '{120}' else '{more}' end::text[] as credits_band,
        case when d->>'award_basis' in ('recognition', 'both') or d->>'rpl_url' is not null
            or d->'assessment_methods' ? 'recognition' then '{true}' else '{}' end::text[] as recognition,
        MAY_START as may_start, MAY_THEN as may_start_on
    from dated
)
"""
_SUSPENDED = """exists (
    select from jsonb_array_elements(d->'suspensions') s
    where (s->>'from')::date <= DAY and coalesce((s->>'until')::date, 'infinity') >= DAY)"""
_STATUS = f"""case when {_SUSPENDED} then 'suspended' when closed or expiry_end < DAY then 'discontinued'
    when expiring_from <= DAY then 'expiring' else 'current' end"""
_MAY_START = f"""(coalesce(listed_on <= DAY, true) and ({_STATUS}) in ('current', 'expiring')
    and coalesce(last_start >= DAY, true))"""


def _rows(day: date, start_on: date) -> str:
    """The rows as they stand on a day; whether learners may start is told of another one too."""
    said = {"STATUS": (_STATUS, day), "MAY_START": (_MAY_START, day), "MAY_THEN": (_MAY_START, start_on)}
    rows = _ROWS
    for name, (sql, on) in said.items():
        rows = rows.replace(name, sql.replace("DAY", f"date '{on.isoformat()}'"))
    return rows


def _condition(name: str, values: Sequence[str], filters: Mapping[str, Sequence[str]]) -> tuple[str, list[Any]]:
    match name:
        case "level__gte":
            return "levels[1]::int >= %s", [int(values[-1])]
        case "level__lte":
            return "levels[1]::int <= %s", [int(values[-1])]
        case "credits__gte":
            return "credits >= %s::numeric", [values[-1]]
        case "credits__lte":
            return "credits <= %s::numeric", [values[-1]]
        case "provider" if filters.get("role"):
            return "party && %s", [[f"{role} {value}" for role in filters["role"] for value in values]]
        case "role":
            return "true", []
        case "new_learners_may_start":
            return "may_start::text = any(%s)", [list(values)]
        case "start_on":
            return "may_start_on", []
        case _:
            return f"{name} && %s", [list(values)]


def _where(
    filters: Mapping[str, Sequence[str]], without: str | None, among: Collection[str] | None
) -> tuple[str, list[Any]]:
    conditions = [_condition(name, values, filters) for name, values in filters.items() if values and name != without]
    if among is not None:
        conditions.append(("number = any(%s)", [sorted(among)]))
    return " and ".join(["true", *(sql for sql, _ in conditions)]), [p for _, values in conditions for p in values]


class Reference:
    """The register on a day. `among` narrows it to these numbers: those that have the words asked for."""

    def __init__(self, day: date, filters: Mapping[str, Sequence[str]], among: Collection[str] | None = None):
        self.filters, self.among = filters, among
        start_on = filters.get("start_on")
        self.rows = _rows(day, date.fromisoformat(start_on[-1]) if start_on else day)

    def numbers(self) -> set[str]:
        where, values = _where(self.filters, None, self.among)
        return {number for (number,) in self._all(f"select number from entry where {where}", values)}

    def facet(self, name: str) -> dict[str, int]:
        """How many entries each value has, the filter of that name left out."""
        assert name in schema.FACETS
        where, values = _where(self.filters, name, self.among)
        counted = f"select value, count(*) from entry, unnest({name}) value where {where} group by value"
        return dict(self._all(counted, values))

    def _all(self, sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(f"{self.rows} {sql}", values)
            return cursor.fetchall()
