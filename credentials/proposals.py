"""What a draft would make public: its content filled in, the document it makes, and how that differs from today's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from credentials import publishing
from credentials.models import Amendment, Credential, Revision
from providers.models import Provider
from registry.content import comparison
from registry.content.comparison import Difference
from registry.content.dictionary import BY_NAME
from registry.content.shapes import BadValue
from registry.documents import iso
from registry.errors import RegisterError
from registry.framework import current
from registry.framework.law import Category
from registry.framework.values import day as read_day

# What an amendment may say of the entry itself, as dates.
DATES = ("expiring_from", "last_new_enrolment", "last_award", "expiry_end")
# Who else than the lead is named: numbers, and rows with a role and days.
BODIES = ("joint_awarding_bodies", "partners")
# The lead and the developer, each by its number (rule 16: a developer that has left hands its entries over).
PARTIES = ("awarding_body", "developer")


class BadContent(RegisterError):
    """A field cannot hold what was given for it: `field` says which."""

    def __init__(self, field: str, reason: str):
        self.field = field
        super().__init__(f"{BY_NAME[field].label}: {reason}")


def fill(revision: Revision, content: Mapping[str, Any]) -> None:
    """Put values into a draft, field by field of the dictionary; a field that is not named stays as it is.

    Raises BadContent, naming the field, for a value that it cannot hold.
    """
    details = dict(revision.details)
    for name, value in _read(content).items():
        if not BY_NAME[name].column:
            details.pop(name, None)
            if value is not None:
                details[name] = value
        else:
            setattr(revision, name, _kept(revision, name, value))
    revision.details = details
    revision.title = revision.titles.get(revision.language) or next(iter(revision.titles.values()), "")
    if "credits" in content and "notional_hours" not in content and revision.credits is not None:
        revision.notional_hours = current.profile().hours_of(revision.credits)


def _read(content: Mapping[str, Any]) -> dict[str, Any]:
    read = {}
    for name, value in content.items():
        try:
            read[name] = BY_NAME[name].shape.read(value)
        except BadValue as bad:
            raise BadContent(name, str(bad)) from None
    return read


def _kept(revision: Revision, name: str, value: Any) -> Any:
    """As the column of a field holds it."""
    column = Revision._meta.get_field(name)
    if value is None:
        return getattr(revision, name) if name == "language" else column.get_default()
    if name in ("credits", "notional_hours"):
        return Decimal(value)
    if name == "fields":
        return [{"scheme": "", "code": None, "label": None} | row for row in value]
    return value


def carry_over(draft: Revision, *, before: Revision, after: Revision) -> None:
    """Put into a draft what `after` says of every field in which the draft says what `before` said."""
    for name in Revision.CONTENT:
        if name != "details" and getattr(draft, name) == getattr(before, name):
            setattr(draft, name, getattr(after, name))
    names = draft.details.keys() | before.details.keys() | after.details.keys()
    kept = {n: after if draft.details.get(n) == before.details.get(n) else draft for n in names}
    draft.details = {n: source.details[n] for n, source in sorted(kept.items()) if n in source.details}


# -- amendments --------------------------------------------------------------------------------------------------------


def apply_entry(credential: Credential, entry: Mapping[str, Any], *, reinstating: bool = False) -> None:
    """Put what an amendment says of the entry itself into its record.

    Where the entry begins to end and nobody decided until when new learners may start, the law of that day decides, and
    its day is stored: a date is never worked out anew once it has been told (SAQA's records, domain 2.1). Of an entry that
    is reinstated no date of its end stays that is not given anew (E7).
    """
    if reinstating:
        credential.closed_undated = False
        entry = dict.fromkeys(DATES) | dict(entry)
        if entry["expiring_from"] and not entry["last_new_enrolment"]:
            del entry["last_new_enrolment"]
    for name in DATES:
        if name in entry:
            setattr(credential, name, read_day(entry[name]))
    if "expiring_from" in entry and credential.expiring_from and "last_new_enrolment" not in entry:
        law = current.version_on(credential.expiring_from)
        credential.last_new_enrolment = law.enrolment.last_day(expiring_from=credential.expiring_from)
    for name in BODIES:
        if name in entry:
            setattr(credential, name, list(entry[name] or []))
    for name in PARTIES:
        if name in entry:
            setattr(credential, name, _body(entry[name]))


def _body(number: str | None) -> Provider | None:
    return Provider.objects.filter(number=number).first() if number else None


def said_of_the_entry(credential: Credential) -> dict[str, Any]:
    """What a record says of the entry itself that an amendment may alter, as JSON holds it."""
    said = {name: iso(getattr(credential, name)) for name in DATES}
    said |= {name: getattr(credential, name) for name in (*BODIES, "closed_undated", "transition")}
    return said | {name: body.number if (body := getattr(credential, name)) else None for name in PARTIES}


def altered(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What a decision altered of an entry itself, as it is kept so that it can be taken back: what stood `before`, what
    was `decided`, and what of that is `standing`."""
    names = [name for name in before if before[name] != after[name]]
    decided = {name: after[name] for name in names}
    return {"before": {name: before[name] for name in names}, "decided": decided, "standing": dict(decided)}


def put(credential: Credential, said: Mapping[str, Any]) -> None:
    """Put back what `said_of_the_entry` told of a record, field by field; one that is not named stays as it is."""
    apply_entry(credential, {"last_new_enrolment": iso(credential.last_new_enrolment), **said})
    for name in ("closed_undated", "transition"):
        if name in said:
            setattr(credential, name, said[name])


# -- reinstatement, and another developer ------------------------------------------------------------------------------


def of_an_ended_entry(amendment: Amendment) -> bool:
    """Whether the entry was discontinued when the amendment was last written."""
    return amendment.ended_when_written is not None


def touches_the_end(amendment: Amendment) -> bool:
    """Whether it says anything of when the entry ends."""
    return any(name in amendment.entry for name in ("expiring_from", "expiry_end", "closed_undated"))


def reinstates(amendment: Amendment) -> bool:
    """Whether a discontinued entry is current or expiring again by it (E7). One that only begins to end, or is expiring,
    is not reinstated when that is taken back (E6)."""
    found = amendment.ended_when_written
    if found is None:
        return False
    if "expiry_end" not in amendment.entry:
        return amendment.entry.get("closed_undated") is False
    last = read_day(amendment.entry["expiry_end"])
    return last is None or last >= found


def receiving(amendment: Amendment) -> dict[str, Provider | None]:
    """The bodies that take the entry on by it, by their role; None for a number that no body has."""
    found = {}
    for name in PARTIES:
        present = getattr(amendment.credential, name)
        if name in amendment.entry and amendment.entry[name] != (present.number if present else None):
            found[name] = _body(amendment.entry[name])
    return found


def hands_over(amendment: Amendment) -> bool:
    """Whether another body develops the entry by it, or leads its award (rule 16)."""
    return any(name in amendment.entry for name in PARTIES)


@dataclass(frozen=True)
class Proposal:
    """An amendment as its readers see it: both documents, what differs, and which category that is."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    proposed: Category | None
    chosen: Category | None
    differences: list[Difference] = field(default_factory=list)


def of(amendment: Amendment, language: str = "en") -> Proposal:
    """The proposal of an amendment against what is public now; of one that is decided, against what it was based on."""
    before, after = documents(amendment)
    profile = current.profile()
    return Proposal(
        before, after, _follows(amendment, before, after), profile.category(amendment.category),
        comparison.compare(before, after, language),
    )  # fmt: skip


def documents(amendment: Amendment) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the entry says, and what it would say: of a replacement, what the entry that takes its place would say."""
    credential, revision = amendment.credential, amendment.revision
    before = publishing.credential_document(credential, amendment.base)
    proposed = Credential(**{f.attname: getattr(credential, f.attname) for f in Credential._meta.concrete_fields})
    apply_entry(proposed, amendment.entry, reinstating=reinstates(amendment))
    proposed.transition = amendment.transition_note or credential.transition
    own = revision.credential
    if own.pk != credential.pk:
        proposed.transition = {}
        # The dates of the entry that ends are its own; its successor has none of them yet.
        for name in DATES:
            setattr(proposed, name, getattr(credential, name))
        for name in (*BODIES, *PARTIES):
            setattr(proposed, name, getattr(own, name))
    return before, publishing.credential_document(proposed, revision)


def proposed_category(amendment: Amendment) -> Category:
    """The category that follows from what the amendment alters. Raises RegisterError where that is nothing."""
    category = _follows(amendment, *documents(amendment))
    if category is None:
        raise RegisterError(_("Nothing is altered yet: change a field, or withdraw the amendment."))
    return category


def category_of(amendment: Amendment) -> Category | None:
    """The category that was chosen, else the one that follows from what is altered; None where nothing is."""
    return current.profile().category(amendment.category) or _follows(amendment, *documents(amendment))


def _follows(amendment: Amendment, before: Mapping[str, Any], after: Mapping[str, Any]) -> Category | None:
    """The category that follows from what is altered. A reinstatement, and a handing over, are approved at the least:
    never only notified, whatever their fields weigh (E7, rule 16)."""
    profile = current.profile()
    category = comparison.category(before, after, profile)
    if category is None or category.approval == "approve" or not must_be_approved(amendment):
        return category
    heavier = (c for c in profile.categories if c.makes == "revision" and c.approval == "approve")
    return next(heavier, category)


def must_be_approved(amendment: Amendment) -> bool:
    """Whether it is evaluated and approved whatever fields it alters."""
    return reinstates(amendment) or hands_over(amendment)


def check_category(amendment: Amendment) -> None:
    """Raise RegisterError for the first thing that is missing of what a change of its category must say."""
    for _field, problem in problems(amendment):
        raise RegisterError(problem)


def problems(amendment: Amendment) -> Iterator[tuple[str, str]]:
    """What a change of its category must say and does not, each with the field that it is about.

    Another category than the proposed one needs a reason. A replacement says how its holders stand, and an end how
    those who have started can finish.
    """
    try:
        proposed = proposed_category(amendment)
    except RegisterError as nothing:
        yield "category", str(nothing)
        return
    chosen = current.profile().category(amendment.category) or proposed
    if chosen.code != proposed.code and not amendment.category_reason.strip():
        said = {"proposed": proposed.code, "chosen": chosen.code}
        yield (
            "category_reason",
            _("What is altered makes category %(proposed)s. Say why it is category %(chosen)s instead.") % said,
        )
    if chosen.makes == "replacement" and not amendment.equivalence:
        yield "equivalence", _("Say whether the entry that replaces this one is equivalent to it.")
    if chosen.makes == "ending":
        yield from _missing_of_an_end(amendment)
    if must_be_approved(amendment) and chosen.approval != "approve":
        yield "category", _("Choose a category that is approved: this is never only notified.")
    if reinstates(amendment) and chosen.makes == "replacement":
        yield "category", _("An entry that is replaced is not reinstated by the same change.")
    if of_an_ended_entry(amendment) and amendment.entry.get("expiring_from") and not reinstates(amendment):
        yield "expiry_end", _("The entry is discontinued: say that it has no last day, or a later one.")
    yield from _missing_of_a_transfer(amendment)


def _missing_of_a_transfer(amendment: Amendment) -> Iterator[tuple[str, str]]:
    """Who takes an entry on is a body on the register that has agreed (rule 16)."""
    bodies = receiving(amendment)
    for name, body in bodies.items():
        if body is None or body.unverified:
            yield name, _("There is no registered provider of this number.")
    if bodies and not amendment.consent.strip():
        yield "consent", _("Say who agreed for the body that takes it on, and how.")
    if bodies and amendment.consented_on is None:
        yield "consented_on", _("Say on which day it agreed.")


def _missing_of_an_end(amendment: Amendment) -> Iterator[tuple[str, str]]:
    """An end is on record with its days and with how those who have started can finish (edge case 1)."""
    for name in ("expiring_from", "expiry_end"):
        if not (amendment.entry.get(name) or getattr(amendment.credential, name)):
            yield name, _("Say on which day: %(field)s.") % {"field": comparison.ENTRY_LABELS[name]}
    if not amendment.transition_note:
        yield (
            "transition_note",
            _("Say how learners who have started can finish: the note for the transition is public."),
        )


# -- what a provider proposes ------------------------------------------------------------------------------------------

# What was judged when the content was approved: a change of one of these is judged by the same criteria again.
APPROVED_CONTENT = frozenset(
    {
        "kind", "type", "level", "levels", "credits", "credit_system", "notional_hours", "learning_outcomes", "components",
        "assessment", "assessment_methods", "assessment_criteria", "moderation", "supervision", "grading_scale",
        "participation_form", "duration", "entry_requirements", "award_basis", "quality_assurance",
    }
)  # fmt: skip


def _categories(amendment: Amendment) -> list[Category]:
    """The category that follows from what is altered, and the one that was chosen instead."""
    follows = _follows(amendment, *documents(amendment))
    return [category for category in (follows, category_of(amendment)) if category is not None]


def only_notified(amendment: Amendment) -> bool:
    """Whether the law only wants to be notified of it: what somebody chose makes nothing lighter than it is."""
    categories = _categories(amendment)
    if must_be_approved(amendment):
        return False
    return bool(categories) and all(category.approval == "notify" for category in categories)


def ends(amendment: Amendment) -> bool:
    """Whether the entry begins to end by it, with a successor or without."""
    return any(category.makes != "revision" for category in _categories(amendment))


def touches_content(amendment: Amendment) -> bool:
    """Whether it alters what was approved, and not the listing alone; an end, a replacement and a reinstatement always
    do."""
    if ends(amendment) or reinstates(amendment):
        return True
    return bool(APPROVED_CONTENT & set(comparison.changed(*documents(amendment))))


def teach_out_is_missing(amendment: Amendment) -> bool:
    """Whether an end is proposed without a plan for those who have started (E4)."""
    category = category_of(amendment)
    begins = amendment.entry.get("expiring_from") or (category is not None and category.makes == "ending")
    return bool(begins) and not amendment.teach_out.strip()
