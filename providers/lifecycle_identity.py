"""The cases about who a body is: every way from one state to another (transitions P13 and P14 of section 4.2 of the domain
specification). A body asks for a new name; an officer prepares one from evidence by letter, and every succession."""

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.models import Provider, Renaming, Succession
from registry.casework import lifecycle
from registry.casework.guards import asks_about_the_person
from registry.casework.models import Interest
from registry.models import Case, User

# The names of the kinds, as cases carry them.
RENAME, RENAME_BY_LETTER, SUCCESSION = "provider_rename", "provider_rename_by_letter", "provider_succession"

# -- a new name --------------------------------------------------------------------------------------------------------

NAME_MATTERS = {"name": gettext_lazy("legal name")}


def why_not_renamed(provider: Provider, today: date) -> str | None:
    """Why a body is given no other name: it is not on the register, or its registration has ended.

    One that is suspended bears whatever name the law gives it.
    """
    if provider.number and not provider.unverified and not _has_ended(provider, today):
        return None
    return _("%(number)s %(name)s is not registered today.") % {"number": provider.number or "", "name": provider.title}


def _has_ended(provider: Provider, today: date) -> bool:
    return bool(provider.ended_as) and (provider.ended_on is None or provider.ended_on <= today)


def may_be_renamed(case: Case, by: User | None, today: date) -> str | None:
    """A name is given to a body that is on the register (P14)."""
    return why_not_renamed(case.renaming.provider, today)


def no_other_renaming(case: Case, by: User | None, today: date) -> str | None:
    """One new name of a body is decided before another is handed in, whoever brought it."""
    others = Renaming.objects.in_hand().exclude(case=case).filter(provider=case.renaming.provider)
    return _("Another change of its name is with the authority already.") if others.exists() else None


RENAME_STATES = lifecycle.STATES
RENAME_TRANSITIONS = (
    *lifecycle.drafting(may_be_renamed, no_other_renaming),
    *lifecycle.evaluation(duplicates=False),
    *lifecycle.deciding(may_be_renamed),
    *lifecycle.desk(),
)

# -- what an officer prepares ------------------------------------------------------------------------------------------

PREPARED_STATES = lifecycle.PREPARED_STATES
_MAY_BE_RENAMED = (may_be_renamed, no_other_renaming)
PREPARED_RENAME_TRANSITIONS = lifecycle.prepared(_MAY_BE_RENAMED, _MAY_BE_RENAMED)

# -- what became of bodies ---------------------------------------------------------------------------------------------

SUCCESSION_MATTERS = {"succession": gettext_lazy("succession of bodies")}


def naming(numbers: list[str]) -> Q:
    """The successions that name one of these bodies, on either side."""
    return Q(before__overlap=numbers) | Q(after__overlap=numbers)


def parties_of(record: Succession) -> list[str]:
    return [*record.before, *record.after]


def no_other_succession(case: Case, by: User | None, today: date) -> str | None:
    """What became of a body is decided once: another case that names one of these bodies is ended first."""
    named = naming(parties_of(case.succession))
    other = Succession.objects.in_hand().exclude(case=case).filter(named).select_related("case").first()
    if other is None:
        return None
    return _("%(reference)s is with a decision maker, and names one of these bodies.") % {
        "reference": other.case.reference
    }  # fmt: skip


@asks_about_the_person
def no_interest_in_a_party(case: Case, by: User | None, today: date) -> str | None:
    """Whoever has an interest in any of the bodies takes no part, whichever of them the case was begun about."""
    if by is None:
        return None
    held = Interest.objects.filter(person=by, organisation__provider__number__in=parties_of(case.succession))
    one = held.held_on(today).select_related("organisation").first()
    return _("You have declared an interest in %(body)s.") % {"body": one.organisation} if one else None


_MAY_SUCCEED = (no_interest_in_a_party, no_other_succession)
SUCCESSION_TRANSITIONS = lifecycle.prepared(_MAY_SUCCEED, _MAY_SUCCEED)
