"""What officers and bodies read of a case about a provider, what the form still lacks, and what is judged of it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from providers import standing
from providers.forms_sanctions import grounds_of
from providers.lifecycle_sanctions import record_of
from providers.models import Lapse, Provider, Sanction
from providers.services.statutory import CANCELLATION, SUSPENSION
from registry.casework import kinds
from registry.documents import iso
from registry.errors import Violation
from registry.framework import current
from registry.framework.law import Criterion
from registry.framework.profile import text
from registry.models import Case, Entry, Organisation

OWN = "The register's own"
# What is asked of an action that takes learners' provider away from them.
WITH_LEARNERS = (SUSPENSION, CANCELLATION)
# What the states mean to a body that is heard.
MEANINGS = {
    "information_requested": (
        gettext_lazy("The authority has given you notice of what it means to decide, and why. Nothing has been decided."),
        gettext_lazy("Reply to each ground, with what you want to be considered. Then what you say is considered."),
    ),
    "under_evaluation": (
        gettext_lazy("What you have said is considered, ground by ground."),
        gettext_lazy("Then a decision maker decides it, or nothing follows."),
    ),
    "panel": (gettext_lazy("A panel gives its advice."), gettext_lazy("Then a decision maker decides it.")),
    "recommended": (gettext_lazy("What you have said has been considered."), gettext_lazy("It will be decided now.")),
    "approved": (gettext_lazy("It has been decided."), ""),
    "approved_with_conditions": (
        gettext_lazy("It has been decided, with conditions."),
        gettext_lazy("Meet each condition by its day, and write to the authority when you have."),
    ),
    "declined": (gettext_lazy("It has been decided that nothing follows."), ""),
    "withdrawn": (gettext_lazy("The authority does not go on with it."), gettext_lazy("What was recorded stays as it is.")),
}  # fmt: skip


def entries(case: Case) -> list[str]:
    number = record_of(case).provider.number
    return [number] if number else []


def criteria(case: Case) -> list[Criterion]:
    """One for each ground that says something: each is judged after the body could reply to it (P10)."""
    known = current.profile().statutory_grounds
    language, (matter,) = get_language() or "en", kinds.get(case.kind).matters
    return [
        Criterion(
            id=row["ground"], stage="provider", matter=matter, label=known[row["ground"]].label,
            guidance={language: row["held"]}, source=known[row["ground"]].source,
        )
        for row in record_of(case).grounds
        if row["ground"] in known and row["held"].strip()
    ]  # fmt: skip


# -- forms -------------------------------------------------------------------------------------------------------------


def of_form(*names: str) -> Callable[[Case], dict[str, Any]]:
    """What fills the form of a kind: these fields of its record, and its grounds where it has some."""

    def initial(case: Case) -> dict[str, Any]:
        record = record_of(case)
        return {name: getattr(record, name) for name in names} | grounds_of(getattr(record, "grounds", ()))

    return initial


def initial_sanction(case: Case) -> Mapping[str, Any]:
    filled = of_form("measure", "summary", "language", "last_day", "credential", "teach_out", "learners")(case)
    return filled | {"language": filled["language"] or get_language() or "en"}


def content(*names: str) -> Callable[[Case], dict[str, Any]]:
    """What is frozen when notice is given, or when it is handed in: these fields of the record."""

    def frozen(case: Case) -> dict[str, Any]:
        record = record_of(case)
        said = {name: getattr(record, name) for name in names}
        return {"provider": record.provider.number} | {n: iso(v) if isinstance(v, date) else v for n, v in said.items()}

    return frozen


# -- what is read ------------------------------------------------------------------------------------------------------


def described_sanction(case: Case) -> list[dict[str, Any]]:
    record = case.sanction
    return [
        *_of_body(record.provider),
        {"label": _("Action"), "text": measure(record.measure)},
        *_of_grounds(record),
        {"label": _("Public summary"), "text": record.summary, "language": record.language},
        {"label": _("Last day"), "text": iso(record.last_day) or _("until it is lifted")},
        {"label": _("Credential or accreditation"), "text": record.credential},
        *_of_learners(record),
    ]


def described_lapse(case: Case) -> list[dict[str, Any]]:
    record = case.lapse
    until = record.provider.details.get("registered_until")
    return [*_of_body(record.provider), {"label": _("Registered until"), "text": until}, *_of_grounds(record)]


def described_lifting(case: Case) -> list[dict[str, Any]]:
    record = case.lifting
    row = next(
        (r for r in record.provider.details.get("statutory_actions") or () if r["reference"] == record.action), {}
    )
    return [
        *_of_body(record.provider),
        {"label": _("Action"), "text": f"{record.action} {measure(row.get('kind', ''))}".strip()},
        {"label": _("In effect from"), "text": row.get("from")},
        {"label": _("What is public of it"), "text": text(row.get("summary") or {}, get_language() or "en")},
        {"label": _("Lifted on"), "text": iso(record.lifted_on) or _("the day of the decision")},
        {"label": _("Why it is lifted"), "text": record.reason},
    ]


def described_withdrawal(case: Case) -> list[dict[str, Any]]:
    record = case.provider_withdrawal
    return [
        *_of_body(record.provider),
        {"label": _("Last day"), "text": iso(record.last_day)},
        {"label": _("Why"), "text": record.reason},
        *_of_learners(record),
    ]


def measure(code: str) -> str:
    """What the law calls a kind of action."""
    kind = current.profile().statutory_actions.get(code)
    return text(kind.label, get_language() or "en") if kind else code


def _of_body(provider: Provider) -> list[dict[str, Any]]:
    held = standing.accreditations(provider.number, current.today())
    return [
        {"label": _("Provider"), "text": f"{provider.number} {provider.title}"},
        {"label": _("Accreditations in force"), "lines": [f"{entry.number} {entry.title}".strip() for entry in held]},
    ]


def _of_grounds(record: Sanction | Lapse) -> list[dict[str, Any]]:
    known, language = current.profile().statutory_grounds, get_language() or "en"
    lines = [
        f"{text(known[row['ground']].label, language) if row['ground'] in known else '–'}: {row['held']}"
        for row in record.grounds
    ]
    return [{"label": _("Grounds"), "lines": lines}]


def _of_learners(record: Any) -> list[dict[str, Any]]:
    return [
        {"label": _("What becomes of the learners"), "text": record.teach_out},
        {"label": _("Learners affected"), "text": "" if record.learners is None else str(record.learners)},
    ]


# -- what is missing ---------------------------------------------------------------------------------------------------


def check_sanction(case: Case, stage: str) -> list[Violation]:
    """What a proposed action lacks before the body is given notice of it, and before it is decided."""
    record, today = case.sanction, current.today()
    known = current.profile().statutory_actions
    learners, last = record.measure in WITH_LEARNERS, record.last_day
    return [
        *_wrong(
            ("measure", record.measure not in known, _("Choose the action.")),
            ("summary", not record.summary.strip(), _("Write what will be public, in neutral words.")),
            ("language", not record.language, _("Say in which language the summary is.")),
            ("last_day", bool(last and record.measure == CANCELLATION), _("A cancellation has no last day.")),
            ("last_day", bool(last and last < today), _("The last day is over already.")),
            ("credential", _is_unknown(record.credential), _("There is no such entry on the public register.")),
            ("teach_out", learners and not record.teach_out.strip(), _("Say what becomes of the learners.")),
            ("learners", learners and record.learners is None, _("Say how many learners are affected; 0 for none.")),
        ),
        *_check_grounds(record),
    ]  # fmt: skip


def check_lapse(case: Case, stage: str) -> list[Violation]:
    return _check_grounds(case.lapse)


def check_lifting(case: Case, stage: str) -> list[Violation]:
    record = case.lifting
    return _wrong(
        ("action", not record.action, _("Choose the action that is lifted.")),
        ("reason", not record.reason.strip(), _("Say why it is lifted.")),
        ("lifted_on", stage == "submit" and _is_past(record.lifted_on), _("It is lifted today or on a later day.")),
    )


def check_withdrawal(case: Case, stage: str) -> list[Violation]:
    record = case.provider_withdrawal
    return _wrong(
        ("last_day", record.last_day is None, _("Give the last day.")),
        ("last_day", stage == "submit" and _is_past(record.last_day), _("The last day is today or a later one.")),
        ("reason", not record.reason.strip(), _("Say why you withdraw.")),
        ("learners", record.learners is None, _("Say how many learners are affected; 0 for none.")),
    )


def _check_grounds(record: Sanction | Lapse) -> list[Violation]:
    codes = [row["ground"] for row in record.grounds]
    return _wrong(
        ("ground_1", not codes, _("Name at least one ground: the body replies to it.")),
        *(
            (f"ground_{n}", row["ground"] not in current.profile().statutory_grounds, _("Choose the ground."))
            for n, row in enumerate(record.grounds, start=1)
        ),
        *(
            (f"held_{n}", not row["held"].strip(), _("Say what is held against the body: it must be able to reply."))
            for n, row in enumerate(record.grounds, start=1)
        ),
        ("ground_2", len(set(codes)) < len(codes), _("Name each ground once, with all that is held against the body.")),
    )


def _wrong(*asked: tuple[str, bool, str]) -> list[Violation]:
    return [Violation(f"REG-{field}", field, message, source=OWN) for field, wrong, message in asked if wrong]


def _is_past(day: date | None) -> bool:
    return day is not None and day < current.today()


def _is_unknown(number: str) -> bool:
    return bool(number) and not Entry.objects.readable().filter(number=number).exclude(kind="provider").exists()


# -- the portal --------------------------------------------------------------------------------------------------------


def to_withdraw(organisations: list[Organisation]) -> list[tuple[str, str]]:
    """The registered providers of these bodies, by number."""
    mine = Provider.objects.registered(current.today()).filter(organisation__in=organisations)
    return [(provider.number, f"{provider.number} {provider.title}") for provider in mine if provider.number]


def meant(case: Case) -> list[dict[str, Any]]:
    """What a body reads of the action that is meant: that it is heard on, and what would be public."""
    record = case.sanction
    return [
        {"label": _("Action that is meant"), "text": measure(record.measure)},
        *_of_grounds(record),
        {"label": _("What would be public"), "text": record.summary, "language": record.language},
        {"label": _("Last day"), "text": iso(record.last_day) or _("until it is lifted")},
        {"label": _("Credential or accreditation"), "text": record.credential},
        *_of_learners(record),
    ]
