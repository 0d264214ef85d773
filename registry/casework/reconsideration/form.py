"""What a body says that asks for a reconsideration: which error it sees, and where it has raised it before."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.casework.forms import RecordForm, prose
from registry.casework.models import Case
from registry.casework.models.reconsidering import Reconsideration
from registry.errors import Violation

Ground = Reconsideration.Ground
ASKED = {
    Ground.PROCESS: gettext_lazy("Failure of the process: what was not done as it must be"),
    Ground.FACT: gettext_lazy("Error of fact: what is not so, and what shows it"),
    Ground.JUDGEMENT: gettext_lazy("Error of judgement: what nobody could conclude from the evidence"),
}
RAISED = gettext_lazy("Where you raised this before the decision")
NEEDS = gettext_lazy(
    "Say at least one error: of process, of fact or of judgement; for each, where you raised it before. Evidence is what "
    "existed when it was decided. A signatory hands it in, within the time that the letter of the decision names."
)


class GroundsForm(RecordForm):
    """Each ground with a statement; one that is left empty is not alleged."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for ground, label in ASKED.items():
            self.fields[f"statement_{ground.value}"] = prose(label, "", required=False, rows=5)
            self.fields[f"raised_{ground.value}"] = prose(
                RAISED, "", _("In which letter, meeting or answer, and when."), required=False, rows=2
            )


def initial(case: Case) -> Mapping[str, Any]:
    grounds = case.reconsideration.grounds
    return {f"{name}_{ground}": text for ground, said in grounds.items() for name, text in said.items()}


def violations(case: Case, stage: str) -> list[Violation]:
    """What is missing: a ground; and of each its statement and where it was raised (NZQA, EER Rules, rule 9)."""
    alleged = case.reconsideration.alleged()
    if not alleged:
        return [_missing("grounds", _("Say at least one error: of process, of fact or of judgement."))]
    missing = {
        "statement": _("Say what the error is: %(ground)s."), "raised": _("Say where you raised it before: %(ground)s."),
    }  # fmt: skip
    return [
        _missing(f"{name}_{ground}", words % {"ground": Ground(ground).label})
        for ground, said in alleged
        for name, words in missing.items()
        if not said.get(name)
    ]


def _missing(field: str, message: str) -> Violation:
    return Violation(rule="grounds", field=field, message=message, source="NZQA, EER Rules, rule 9")
