"""The kind of case that a reconsideration is, and its place in the portal."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from registry.casework import kinds
from registry.casework.models import Case, Decision, Letter, Reconsideration
from registry.casework.reconsideration import described, form, table
from registry.casework.services import reconsidering
from registry.framework import current
from registry.people.models import Organisation


def _askable(organisations: list[Organisation]) -> QuerySet[Case]:
    """The decided cases of these bodies of which they have had a letter, and whose last decision may still be asked about."""
    today, states = current.today(), Q(pk__in=[])
    for kind in kinds.every():
        if kind.has("ask_reconsideration"):
            states |= Q(kind=kind.name, state__in=kind.transition("ask_reconsideration").sources)
    letters = Letter.objects.filter(case=OuterRef("pk"), kind="decision").order_by("-pk")
    asked = Reconsideration.objects.filter(case__reconsiders=OuterRef("pk"), stage=OuterRef("last"))
    decisions = Decision.objects.filter(case=OuterRef("pk")).order_by("-stage")
    rows = Case.objects.filter(states, organisation__in=organisations).annotate(
        last=Subquery(decisions.values("stage")[:1]), until=Subquery(letters.values("answer_by")[:1])
    )
    return (
        rows.filter(Exists(letters), last__isnull=False)
        .exclude(until__lt=today)
        .exclude(Exists(asked.exclude(case__state__in=reconsidering.NOT_ASKED)))
        .order_by("-decided_at")
    )


def choices(organisations: list[Organisation]) -> list[tuple[str, Any]]:
    """The decided cases of these bodies whose last decision may still be looked at again, the newest first."""
    return [(case.reference, str(case)) for case in _askable(organisations)]


def any_decided(organisations: list[Organisation]) -> bool:
    """Whether one of these bodies could ask for a reconsideration today."""
    return _askable(organisations).exists()


# What its states mean to the body, where they mean something of their own.
MEANINGS = {
    "submitted": (
        _("The authority has it."),
        _("It is looked at whether it was lodged in time and names a ground that counts; then somebody reviews it."),
    ),
    "under_evaluation": (
        _("Somebody without a part in the decision reviews it."),
        _("Then a decision maker without a part in it decides."),
    ),
    "recommended": (_("It has been reviewed."), _("A decision maker without a part in the decision will decide it.")),
}

KIND = kinds.CaseKind(
    name=reconsidering.RECONSIDERATION,
    label=_("reconsideration of a decision"),
    prefix="RCN",
    states=table.STATES,
    transitions=table.TRANSITIONS,
    matters=table.MATTERS,
    effect=reconsidering.changed,
    declined=reconsidering.upheld,
    after={"submit": reconsidering.lodged, "withdraw": reconsidering.taken_back},
    sections=described.sections,
    told=described.told,
    check=form.violations,
    criteria=described.criteria,
    content=described.content,
    level=lambda case: case.reconsiders.level,
    own_page="portal:case",
    edit_page="portal:edit",
    meanings=MEANINGS,
    verdicts={
        "met": _("the error is shown"),
        "partly_met": _("the error is shown in part"),
        "not_met": _("no such error is shown"),
    },
    outcomes={"approved": _("the decision is changed"), "declined": _("the decision is upheld")},
    ends_with=described.ends_with,
    record=kinds.Record(
        form=form.GroundsForm,
        initial=form.initial,
        begin=reconsidering.begin,
        save=reconsidering.save,
        choices=choices,
        needs=form.NEEDS,
    ),
)


def register() -> None:
    from registry.portal import sections

    kinds.register(KIND)
    sections.register(sections.Section(KIND.name, _("Reconsideration of a decision"), concerns=any_decided))
