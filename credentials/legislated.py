"""What a law that makes another kind of entries would do to each of them, before it is done (E10)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from credentials import schedule
from credentials.gone import is_gone
from credentials.models import Credential, KindByLaw, Revision
from registry.framework import current
from registry.journal import BATCH


@dataclass(frozen=True)
class Row:
    """One entry that the case names: what it is, and why the law cannot be carried out on it, if anything stands against."""

    number: str
    title: str
    kind: str
    problem: str


def rows(change: KindByLaw) -> Iterator[Row]:
    """Each entry that is named, once, in the order of the form: the dry list."""
    known = {c.number: c for c in Credential.objects.filter(number__in=change.numbers)}
    titles = _titles(known.values())
    for number in change.numbers:
        credential = known.get(number)
        if credential is None:
            yield Row(number, "", "", _("There is no such entry on the public register."))
            continue
        title, kind = titles.get(credential.pk, ""), credential.get_kind_display()
        yield Row(number, title, kind, _problem(change, credential, listed=credential.pk in titles))


def _titles(credentials) -> dict[int, str]:
    """The present title of each, by key; none for what is not public."""
    public = Revision.objects.public().filter(credential__in=[c.pk for c in credentials])
    return dict(public.values_list("credential", "title"))


def _problem(change: KindByLaw, credential: Credential, *, listed: bool) -> str:
    if not listed or is_gone(credential.number):
        return _("It is not on the register.")
    if change.from_kind and credential.kind != change.from_kind:
        return _("It is of another kind.")
    return ""


def why_not(change: KindByLaw) -> str | None:
    """Why the change cannot be carried out as it is written: the first entry that stands against it."""
    if len(change.numbers) > BATCH:
        return _("At most %(most)d entries are changed at once. Open another case for the others.") % {"most": BATCH}
    wrong = next((row for row in rows(change) if row.problem), None)
    return f"{wrong.number}: {wrong.problem}" if wrong else None


def set_review(credential: Credential, today: date) -> None:
    """Give an entry that is reviewed the period that the law of today has for its kind.

    It runs from the last review, or from the listing; one that would be over already runs from today.
    """
    if credential.review_due is None:
        return
    period = current.version_on(today).review_months(credential.kind)
    since = schedule.last_counted(credential) or credential.listed_on or today
    begun = since if schedule.due_after(since, period) >= today else today
    schedule.begin(credential, begun, period)
