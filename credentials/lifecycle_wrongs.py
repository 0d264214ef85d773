"""The tables of what is put right on the register: a wrong listing removed, a typo corrected, a kind changed by law.

They are E9 and E10 of section 4.4 of the domain specification, and the editorial correction of its section 4.7.
"""

from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credentials import corrections, legislated
from credentials.gone import why_gone
from registry.casework import lifecycle
from registry.models import Case, User

# The names of the kinds, as cases carry them.
REMOVAL, CORRECTION, BY_LAW = "entry_removal", "entry_correction", "kind_by_law"


# -- removal of a wrong listing (E9) -----------------------------------------------------------------------------------

REMOVAL_STATES = lifecycle.PREPARED_STATES
REMOVAL_MATTERS = {"removal": gettext_lazy("removal from the register")}


def still_stands(case: Case, by: User | None, today: date) -> str | None:
    """What is to be removed is on the register: nothing is removed twice (edge case 24)."""
    return why_gone(case.removal.number)


REMOVAL_TRANSITIONS = lifecycle.prepared((still_stands,), (still_stands,), two=True)

# -- correction of a typo (domain 4.7.1) -------------------------------------------------------------------------------

CORRECTION_STATES = lifecycle.COMPLETED_STATES


def only_words_alter(case: Case, by: User | None, today: date) -> str | None:
    """A correction mends words and alters nothing else; whatever is more takes a decision (edge case 25)."""
    return corrections.why_more_than_a_typo(case.correction.before, case.correction.after)


def says_what_it_said(case: Case, by: User | None, today: date) -> str | None:
    """The entry still says what the officer read, and no change of it is with somebody who decides."""
    return corrections.why_not_now(case.correction)


CORRECTION_TRANSITIONS = lifecycle.within(
    CORRECTION_STATES, *lifecycle.completing(only_words_alter, says_what_it_said), *lifecycle.beside("note")
)

# -- change of kind by law (E10) ---------------------------------------------------------------------------------------

BY_LAW_STATES = lifecycle.COMPLETED_STATES


def in_force(case: Case, by: User | None, today: date) -> str | None:
    """A law is carried out from the day on which it has effect, and never before."""
    first = case.kind_by_law.effective_on
    if first is None or first <= today:
        return None
    return _("It has effect from %(day)s: complete it on that day, or later.") % {"day": first.isoformat()}


def names_entries_of_that_kind(case: Case, by: User | None, today: date) -> str | None:
    """The law makes another kind of entries that are listed, and of that kind (edge case 27)."""
    return legislated.why_not(case.kind_by_law)


# The law itself decides; a registrar carries it out.
_REGISTRAR = ("registrar",)
BY_LAW_TRANSITIONS = lifecycle.within(
    BY_LAW_STATES,
    *(replace(t, actors=_REGISTRAR) for t in lifecycle.completing(names_entries_of_that_kind, in_force)),
    *lifecycle.beside("note"),
)
