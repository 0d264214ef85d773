"""What must be said in the cases about what goes wrong, before they are handed on: the register's own rules."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from credentials.delivering import document_of
from credentials.models import Inquiry, Removal
from credentials.rules import OWN
from registry.content.removals import LISTED_TWICE
from registry.errors import Violation
from registry.framework import current
from registry.models import Case

Missing = tuple[str, str]


def _violations(found: Iterable[Missing]) -> list[Violation]:
    return [Violation(f"REG-{field}", field, message, source=OWN) for field, message in found]


def removal(case: Case, stage: str) -> list[Violation]:
    """A mistake has a category and is described; of a listing made twice, the other one is on the register."""
    said, found = case.removal, []
    if not said.category:
        found.append(("category", _("Choose what is wrong with the listing.")))
    if not said.mistake.strip():
        found.append(("mistake", _("Describe the mistake, and how you know of it.")))
    if problem := _twin(said):
        found.append(("twin", problem))
    return _violations(found)


def _twin(said: Removal) -> str:
    if said.category != LISTED_TWICE:
        return _("Only a listing that was made twice names another one.") if said.twin else ""
    if not said.twin:
        return _("Name the entry that stands.")
    if said.twin == said.number:
        return _("Name the other entry: this one is to be removed.")
    return "" if document_of(said.twin) else _("The entry that stands is not on the public register.")


def correction(case: Case, stage: str) -> list[Violation]:
    """It says in public what was wrong, and names what allows one officer to do it."""
    said = case.correction
    asked = [
        ("reason", said.reason, _("Say in one sentence what was wrong.")),
        ("instrument", said.instrument, _("Name what allows you to correct it alone.")),
    ]
    return _violations((field, message) for field, value, message in asked if not value.strip())


def by_law(case: Case, stage: str) -> list[Violation]:
    """The law, its section, its day, both kinds, and at least one entry are named."""
    said = case.kind_by_law
    asked = [
        ("law", said.law.strip(), _("Name the law.")),
        ("section", said.section.strip(), _("Name its section.")),
        ("effective_on", said.effective_on, _("Say from which day it has effect.")),
        ("from_kind", said.from_kind, _("Choose the kind that the entries are of.")),
        ("to_kind", said.to_kind, _("Choose the kind that the law makes of them.")),
        ("numbers", said.numbers, _("Name at least one entry.")),
    ]
    found = [(field, message) for field, value, message in asked if not value]
    if said.to_kind and said.to_kind == said.from_kind:
        found.append(("to_kind", _("Choose another kind than they are of.")))
    return _violations(found)


def inquiry(case: Case, stage: str) -> list[Violation]:
    """There is a ground, and the end that is proposed has its days and says how those who have started can finish (E4)."""
    said, found = case.inquiry, []
    if not said.grounds:
        found.append(("grounds", _("Name at least one ground: the body replies to it.")))
    found += _end(said)
    if not said.transition_note:
        found.append(("transition_note", _("Say how learners who have started can finish. The note is public.")))
    return _violations(found)


def _end(said: Inquiry) -> Iterable[Missing]:
    first, last, start = said.expiring_from, said.expiry_end, said.last_new_enrolment
    if first is None:
        yield "expiring_from", _("Say from which day the entry would be expiring.")
    elif first < current.today():
        yield "expiring_from", _("It begins to expire today or on a later day.")
    if last is None:
        yield "expiry_end", _("Say which day would be its last.")
    elif first and last <= first:
        yield "expiry_end", _("Its last day comes after the day from which it is expiring.")
    if start and last and start > last:
        yield "last_new_enrolment", _("Nobody starts after its last day.")
