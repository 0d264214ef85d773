"""What is read of a return: by the body that writes it, and by officers once it has been handed in; and what is missing."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from providers.forms_returns import ATTESTED, REMARK
from providers.models import ProviderReturn
from providers.sanctions import OWN
from registry.casework import kinds, reporting
from registry.documents import iso
from registry.errors import Violation
from registry.framework import current, law
from registry.framework.law import Criterion
from registry.framework.profile import text
from registry.models import Case

SANCTION = "provider_sanction"
SAID = {True: "yes", False: "no"}


def obligation(record: ProviderReturn) -> law.ProviderReturn | None:
    """What the profile says of it; nothing where it says nothing of it any more."""
    return current.profile().provider_return(record.obligation)


def title(asked: law.ProviderReturn, begins: date, ends: date) -> str:
    """What its case is called, in the language of the authority."""
    return f"{text(asked.label, current.profile().languages[0])} {begins.isoformat()} – {ends.isoformat()}"


def criteria(case: Case) -> list[Criterion]:
    """What is judged of it: each thing that is attested."""
    asked = obligation(case.provider_return)
    return list(asked.contents) if asked else []


def entries(case: Case) -> list[str]:
    number = case.provider_return.provider.number
    return [number] if number else []


# -- what is read ------------------------------------------------------------------------------------------------------


def sections(case: Case) -> list[dict[str, Any]]:
    """What officers read: until it is handed in, that it is open, and nothing of what the body has written."""
    if kinds.is_the_bodys_own(case):
        return [*_asked(case), {"label": _("Return"), "text": _("It has not been handed in.")}]
    return told(case)


def told(case: Case) -> list[dict[str, Any]]:
    """The return as the body that writes it reads it."""
    record, language = case.provider_return, get_language() or "en"
    asked = obligation(record)
    figures = [
        {"label": ProviderReturn._meta.get_field(name).verbose_name.capitalize(), "text": _figure(record, name)}
        for name in (asked.figures if asked else law.FIGURES)
    ]
    attested = [
        {"label": text(item.label, language), "text": _answer(record.answers.get(item.id) or {})}
        for item in (asked.contents if asked else ())
    ]
    declared = _("Declared") if record.declared else _("Not declared yet")
    return [*_asked(case), *figures, *attested, {"label": _("Complete and true"), "text": declared}]


def _asked(case: Case) -> list[dict[str, Any]]:
    record = case.provider_return
    asked, language = obligation(record), get_language() or "en"
    last = _given_until(case)
    more = [{"label": _("More time was given until"), "text": iso(last)}] if last != record.due_on else []
    late = (current.today(case.submitted_at) - last).days if case.submitted_at else 0
    return [
        {"label": _("Provider"), "text": f"{record.provider.number or ''} {record.provider.title}".strip()},
        {"label": _("Obligation"), "text": text(asked.label, language) if asked else record.obligation},
        {"label": _("By"), "text": asked.source if asked else ""},
        {"label": _("Period"), "text": f"{iso(record.period_from)} – {iso(record.period_until)}"},
        {"label": _("Due"), "text": iso(record.due_on)},
        *more,
        *([{"label": _("Days late"), "text": str(late)}] if late > 0 else []),
    ]


def _given_until(case: Case) -> date:
    """The day by which the body had to report in the end."""
    event = case.events.filter(name="case:extend").order_by("-position").first()
    return date.fromisoformat(event.details["until"]) if event else case.provider_return.report_by


def _figure(record: ProviderReturn, name: str) -> str:
    said = getattr(record, name)
    return "" if said is None else str(said)


def _answer(said: Mapping[str, Any]) -> str:
    words = {True: _("Yes"), False: _("No")}.get(said.get("attested"), _("not answered yet"))
    return f"{words}\n{said['remark']}" if said.get("remark") else words


# -- the form, and what is handed in -----------------------------------------------------------------------------------


def initial(case: Case) -> dict[str, Any]:
    """What fills the form: what has been written, or, before anything has been, what was handed in last. An attestation is
    made anew each time, and so is the declaration."""
    record = case.provider_return
    source = record if record.answers else (before(record) or record)
    filled: dict[str, Any] = {name: getattr(source, name) for name in law.FIGURES}
    for name, said in source.answers.items():
        filled[REMARK + name] = said.get("remark", "")
        if source is record:
            filled[ATTESTED + name] = SAID.get(said.get("attested"))
    return filled | {"declared": record.declared}


def before(record: ProviderReturn) -> ProviderReturn | None:
    """The last return of the same obligation that the provider handed in."""
    earlier = ProviderReturn.objects.filter(
        provider=record.provider_id, obligation=record.obligation, period_until__lt=record.period_until,
        case__submitted_at__isnull=False,
    )  # fmt: skip
    return earlier.order_by("-period_until").first()


def content(case: Case) -> Mapping[str, Any]:
    """What is frozen when it is handed in."""
    record = case.provider_return
    return {
        "provider": record.provider.number, "obligation": record.obligation, "period_from": iso(record.period_from),
        "period_until": iso(record.period_until), "due_on": iso(record.due_on), "learners": record.learners,
        "staff": record.staff, "answers": record.answers, "declared": record.declared,
    }  # fmt: skip


def violations(case: Case, stage: str) -> list[Violation]:
    """What a return leaves out when it is handed in; what is found in it afterwards, people judge point by point."""
    if stage != "submit":
        return []
    return [Violation(f"REG-{field}", field, message, source=OWN) for field, message in _missing(case)]


def _missing(case: Case) -> Iterator[tuple[str, str]]:
    record, language = case.provider_return, get_language() or "en"
    asked = obligation(record)
    for name in asked.figures if asked else ():
        if getattr(record, name) is None:
            yield name, _("%(what)s: give the number; 0 for none.") % {"what": _named(name)}
    shown = set(case.evidence.kept().values_list("criterion", flat=True)) if asked and asked.documents else set()
    for item in asked.contents if asked else ():
        said, label = record.answers.get(item.id) or {}, {"what": text(item.label, language)}
        match said.get("attested"):
            case None:
                yield ATTESTED + item.id, _("%(what)s: answer yes or no.") % label
            case False if not said.get("remark"):
                yield REMARK + item.id, _("%(what)s: say why not.") % label
            case True if item.id in asked.documents and item.id not in shown:
                yield f"evidence:{item.id}", _("%(what)s: attach it.") % label
    if not record.declared:
        yield "declared", _("Declare that all of it is complete and true.")


def _named(name: str) -> str:
    return str(ProviderReturn._meta.get_field(name).verbose_name).capitalize()


# -- what may follow ---------------------------------------------------------------------------------------------------


def onward(case: Case) -> list[tuple[str, str]]:
    """A statutory action may follow of a return that was not accepted, or did not come; an officer begins it, and nothing
    follows by itself."""
    number = case.provider_return.provider.number
    late = reporting.level_on(case, current.today()) == law.LATEST
    return [(SANCTION, number)] if number and (case.state == "declined" or late) else []
