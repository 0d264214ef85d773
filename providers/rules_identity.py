"""What is asked of a new name and of a succession before it is handed on and before it is decided."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from providers import dated, succession
from providers.models import Provider, Renaming, Succession
from providers.succession import Line
from registry.casework import kinds
from registry.content.bodies import SUCCESSIONS
from registry.documents import iso
from registry.errors import RegisterError, Violation
from registry.framework.law import INTERFACE_LANGUAGES, Criterion
from registry.models import Case

OWN = "The register's own"
EVIDENCE = "identity"
DAY = timedelta(days=1)
Found = Iterator[tuple[str, str]]


def criteria(case: Case) -> list[Criterion]:
    """The one thing that is judged: whether what is attached shows that the change has taken place by law."""
    label, guidance = (_in_every_language(s) for s in (
        gettext_lazy("Evidence of the change"),
        gettext_lazy("The certificate, deed, law or order by which it was made, with its day."),
    ))  # fmt: skip
    (matter,) = kinds.get(case.kind).matters
    return [Criterion(EVIDENCE, "provider", matter, label, guidance, OWN)]


def _in_every_language(sentence: Any) -> dict[str, str]:
    said = {}
    for language in INTERFACE_LANGUAGES:
        with override(language):
            said[language] = str(sentence)
    return said


def _violations(found: Found) -> list[Violation]:
    return [Violation(f"REG-{field.partition(':')[0]}", field, message, source=OWN) for field, message in found]


def _no_evidence(case: Case) -> Found:
    if not case.evidence.filter(removed_at=None, criterion=EVIDENCE).exists():
        yield f"evidence:{EVIDENCE}", _("Attach evidence of the change.")


# -- a new name --------------------------------------------------------------------------------------------------------


def of_renaming(case: Case, stage: str) -> list[Violation]:
    """What is missing of a change of name, or cannot be: P14 asks for evidence, and history is not rewritten."""
    return _violations(_wrong_with_name(case.renaming))


def _wrong_with_name(record: Renaming) -> Found:
    if not record.legal_name:
        yield "legal_name", _("Give the new legal name.")
    if not record.language:
        yield "language", _("Say in which language the name is.")
    if not record.borne_from:
        yield "borne_from", _("Give the day from which the name is borne.")
    elif record.legal_name and (refusal := _cannot_be_borne(record)):
        yield "legal_name", refusal
    yield from _no_evidence(record.case)


def _cannot_be_borne(record: Renaming) -> str | None:
    provider = Provider.objects.get(pk=record.provider_id)
    try:
        dated.bear(provider, record.legal_name, record.borne_from, record.language)
    except RegisterError as refusal:
        return str(refusal)
    return None


# -- a succession ------------------------------------------------------------------------------------------------------


def of_succession(case: Case, stage: str) -> list[Violation]:
    """What is missing of a succession, or does not go together: both sides, its day, its evidence, and what becomes of
    each accreditation, none of which is left unnamed (P13)."""
    return _violations(_wrong_with_succession(case.succession))


def _wrong_with_succession(record: Succession) -> Found:
    if record.relation not in SUCCESSIONS:
        yield "relation", _("Say what happened.")
    if not record.happened_on:
        yield "happened_on", _("Give the day on which it happened.")
    yield from _wrong_with_parties(record)
    yield from _no_evidence(record.case)
    if record.happened_on:
        yield from _wrong_with_lines(record, record.happened_on)


def _wrong_with_parties(record: Succession) -> Found:
    for side, missing in (
        ("before", _("Name the bodies that came before.")), ("after", _("Name the bodies that came after.")),
    ):  # fmt: skip
        if not getattr(record, side):
            yield side, missing
        found = {body.number: body for body in succession.parties(record, side)}
        for number in getattr(record, side):
            if refusal := _no_party(number, found.get(number), record.happened_on):
                yield side, refusal
    for number in sorted({*record.before} & {*record.after}):
        yield "after", _("%(number)s cannot come before and after.") % {"number": number}
    own = getattr(record.case.organisation, "provider", None)
    if own and (record.before or record.after) and own.number not in (*record.before, *record.after):
        yield "before", _("%(number)s is not named: the case was begun about it.") % {"number": own.number}


def _no_party(number: str, body: Provider | None, on: date | None) -> str | None:
    """Why a number names no body that may become another, or that another may become."""
    if body is None:
        return _("“%(number)s” is not the number of a provider on the register.") % {"number": number}
    said = {"number": number, "name": body.title}
    if body.unverified:
        return _("%(number)s %(name)s is known only from an import: say first which body it is.") % said
    if body.ended_as and (body.ended_on is None or on is None or body.ended_on <= on):
        return _("%(number)s %(name)s has ended already.") % said
    return None


def _wrong_with_lines(record: Succession, on: date) -> Found:
    successors = {body.number: body for body in succession.parties(record, "after")}
    taken: set[tuple[str, str]] = set()
    for line in succession.lines(record):
        said = {"number": line.held.number, "credential": line.held.credential, "to": line.to}
        if line.what not in succession.CHOICES:
            yield f"what_{line.held.number}", _("Say what becomes of %(number)s (%(credential)s).") % said
        elif line.what == succession.TRANSFER:
            if (line.to, line.held.credential) in taken:
                yield (
                    f"what_{line.held.number}",
                    _("%(to)s is given two accreditations for %(credential)s: close one of them.") % said,
                )
            taken.add((line.to, line.held.credential))
            if refusal := _not_transferred(line, successors.get(line.to), on):
                yield f"what_{line.held.number}", refusal
        elif line.what == succession.KEEP:
            if succession.all_end(record):
                yield f"what_{line.held.number}", _("The body ends: it cannot keep %(number)s.") % said
        elif refusal := _wrong_last_day(line, on):
            yield f"until_{line.held.number}", refusal


def _not_transferred(line: Line, to: Provider | None, on: date) -> str | None:
    if to is None:
        return _("%(to)s is not one of the bodies that come after: %(number)s cannot be handed on to it.") % {
            "to": line.to, "number": line.held.number,
        }  # fmt: skip
    refusal = succession.why_not(line.held.number, to, on)
    return f"{line.held.number}: {refusal}" if refusal else None


def _wrong_last_day(line: Line, on: date) -> str | None:
    """An accreditation that is closed may end with the body; one that stays open does so for a day at least."""
    first = on if line.what == succession.APPLY_AGAIN else on - DAY
    if line.until and line.until >= first:
        return None
    return _("Give the last day of %(number)s, %(day)s or later.") % {"number": line.held.number, "day": iso(first)}
