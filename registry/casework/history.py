"""What has happened to a case, in plain sentences: from its events, with the names that they leave out looked up."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from registry.audit import Event
from registry.casework import kinds
from registry.casework.letters.texts import ROLES
from registry.casework.models import Case, Judgement, Outcome
from registry.casework.services.common import version_of
from registry.framework.profile import text
from registry.people.models import User

# What happens to a case beside the transitions of its kind.
BESIDE: dict[str, Any] = {
    "case:opened": gettext_lazy("%(person)s opened it."),
    "letter:kept": gettext_lazy("The letter was written, kept and sent."),
}


class _Known(dict):
    """What fills a sentence; what an event does not tell is a dash, and never a fault."""

    def __missing__(self, key: str) -> str:
        return "–"


def sentences(case: Case) -> list[dict[str, Any]]:
    """Everything that has happened, the oldest first: `at`, `sentence`, the `role` of who acted, and their `reason`."""
    events = list(case.events.order_by("position"))
    names, criteria = _names(events), _criteria(case)
    said = {f"case:{t.name}": t.said or t.label for t in kinds.get(case.kind).transitions} | BESIDE
    return [
        {
            "at": event.recorded_at,
            "sentence": _sentence(event, said, names, criteria),
            "role": role_label(event.role),
            "reason": event.details.get("reason", ""),
        }
        for event in events
    ]


def role_label(role: str) -> str:
    return str(ROLES.get(role, role))


def _sentence(event: Event, said: Mapping[str, Any], names: Mapping[str, str], criteria: Mapping[str, str]) -> str:
    known = _Known(event.details)
    known["person"] = names.get(str(event.person_id), "") if event.person_id else _("The register")
    known["assignee"] = names.get(str(event.details.get("assigned_to")), "–")
    if criterion := event.details.get("criterion"):
        known["criterion"] = criteria.get(criterion, criterion)
    for key, choices in (("verdict", Judgement.Verdict), ("outcome", Outcome)):
        if (value := event.details.get(key)) is not None:
            known[key] = str(dict(choices.choices).get(value, value))
    return str(said.get(event.name, event.name)) % known


def _names(events: list[Event]) -> dict[str, str]:
    """The names of all whom the events point to. Who has been erased keeps the standing, without the name."""
    pointed = {event.person_id for event in events} | {event.details.get("assigned_to") for event in events}
    people = User.objects.filter(person_id__in=pointed - {None}).values_list("person_id", "name")
    nameless = {str(one): _("Somebody whose name was erased") for one in pointed if one}
    return nameless | {str(person_id): name for person_id, name in people if name}


def _criteria(case: Case) -> dict[str, str]:
    language = get_language() or "en"
    return {criterion.id: text(criterion.label, language) for criterion in version_of(case).criteria}
