"""Reads of the register in the domain's words. The public side reads through these and the search index alone."""

from collections.abc import Collection
from datetime import date

from django.db import models
from django.db.models.expressions import RawSQL

from registry.framework import current
from registry.framework.law import Profile
from registry.status import ENDED

STATUS_SQL = """
case kind
when 'provider' then case
    when registry_entry.unverified then 'unverified'
    when registry_entry.ended_as is not null
         and coalesce(registry_entry.expiry_end <= %(day)s, true) then registry_entry.ended_as
    when {suspended} then 'suspended'
    else 'registered' end
when 'accreditation' then case
    when registry_entry.expiring_from <= %(day)s then 'withdrawn'
    when registry_entry.expiry_end < %(day)s then 'expired'
    when {suspended} then 'suspended'
    else 'accredited' end
else case
    when {suspended} then 'suspended'
    when registry_entry.closed_undated or registry_entry.expiry_end < %(day)s then 'discontinued'
    when registry_entry.expiring_from <= %(day)s then 'expiring'
    else 'current' end
end
""".format(suspended="exists (select from unnest(registry_entry.suspensions) as s where s @> %(day)s::date)")

LAST_DAY_SQL = {
    "end_with_expiring": "registry_entry.expiring_from - 1",
    "months_after_expiring": "(registry_entry.expiring_from + make_interval(months => {months}))::date",
    "months_after_end": "(registry_entry.expiring_from - 1 + make_interval(months => {months}))::date",
}


def last_day_sql(profile: Profile) -> str:
    """The last day to start, as `registry.status.last_day_to_start` works it out: the law of the day it began to end."""
    cases = [
        f"when registry_entry.expiring_from >= date '{version.effective_from}' then "
        + LAST_DAY_SQL[version.enrolment.rule].format(months=version.enrolment.months)
        for version in reversed(profile.versions)
    ]
    first = profile.versions[0].enrolment
    before = LAST_DAY_SQL[first.rule].format(months=first.months)
    return f"coalesce(registry_entry.last_new_enrolment, case {' '.join(cases)} else {before} end)"


UNDER_ACTION = """position('"statutory_actions":'::bytea in registry_entry.document) > 0"""


class EntryQuerySet(models.QuerySet):
    """Entries of the register. `status` is worked out for a day, as `registry.status` does it in Python."""

    def credentials(self) -> "EntryQuerySet":
        return self.filter(kind__in=["qualification", "part_qualification", "micro_credential"])

    def providers(self) -> "EntryQuerySet":
        return self.filter(kind="provider")

    def under_action(self) -> "EntryQuerySet":
        """Providers whose document names statutory actions. A partial index holds their numbers (migration 0005)."""
        named = RawSQL(UNDER_ACTION, [], models.BooleanField())  # noqa: S611 constant SQL
        return self.providers().readable().filter(named)

    def with_a_body_that_left(self, day: date) -> "EntryQuerySet":
        """Credentials that may still be awarded and name a body that is no longer registered: each waits for a decision
        (edge cases 9 and 20)."""
        left = self.model.objects.providers().with_status(day).filter(status__in=ENDED).values_list("number", flat=True)
        named = self.credentials().readable().filter(provider_numbers__overlap=list(left))
        return named.with_status(day).exclude(status="discontinued")

    def accreditations(self) -> "EntryQuerySet":
        return self.filter(kind="accreditation")

    def readable(self) -> "EntryQuerySet":
        """All but tombstones."""
        return self.filter(withdrawn_on=None)

    def turning(self, day: date) -> "EntryQuerySet":
        """Entries whose own dates have altered them by this day, without a change that tells so: a partial index has them."""
        return self.filter(turns_on__lte=day)

    def with_status(self, day: date) -> "EntryQuerySet":
        sql = STATUS_SQL.replace("%(day)s", "%s")
        return self.annotate(
            status=RawSQL(sql, [day] * sql.count("%s"), output_field=models.CharField())  # noqa: S611 constant SQL
        )

    def with_enrolment(self, day: date) -> "EntryQuerySet":
        """Credentials with `may_start`: whether new learners may start on this day, as `registry.status` says it."""
        last = last_day_sql(current.profile())
        sql = (
            f"(registry_entry.listed_on is null or registry_entry.listed_on <= %s) "
            f"and ({STATUS_SQL.replace('%(day)s', '%s')}) in ('current', 'expiring') and coalesce({last} >= %s, true)"
        )
        return self.annotate(
            may_start=RawSQL(sql, [day] * sql.count("%s"), output_field=models.BooleanField())  # noqa: S611 constant SQL
        )

    def names(self, numbers) -> dict[str, str]:
        """The present title of each of these numbers: documents name other entries by number only."""
        return dict(self.filter(number__in=set(numbers)).values_list("number", "title"))


class ChangeQuerySet(models.QuerySet):
    """The journal, read."""

    def after(self, serial: int) -> "ChangeQuerySet":
        """Everything recorded after this serial, in order."""
        return self.filter(serial__gt=serial).order_by("serial")

    def of(self, number: str) -> "ChangeQuerySet":
        return self.filter(number=number).order_by("serial")

    def by_date(self) -> "ChangeQuerySet":
        """What the dates of entries did by themselves, on no decision."""
        return self.filter(action="status", decision_number=None)

    def turns(self, numbers: Collection[str]) -> set[tuple[str, date]]:
        """Of these entries, the days on which their dates altered them, as far as it has been told."""
        return set(self.by_date().filter(number__in=numbers).values_list("number", "effective_from"))

    def as_at(self, day: date) -> "ChangeQuerySet":
        """For each number the change in force on `day`, on present knowledge (design section 3).

        Of all that had taken effect by then, what was recorded last: a document that takes effect on an earlier day
        than one before it says what is known now of every day since.
        """
        return self.filter(effective_from__lte=day).order_by("number", "-serial").distinct("number")
