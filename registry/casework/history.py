"""What has happened to a case, in plain sentences: from its events, with the names that they leave out looked up."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from registry.audit import Event
from registry.casework import kinds
from registry.casework.letters.texts import ROLES
from registry.casework.models import Case, Interest, Judgement, Outcome, Reconsideration
from registry.casework.services.common import version_of
from registry.framework.profile import text
from registry.people.models import Organisation, User

# What happens to a case beside the transitions of its kind.
BESIDE: dict[str, Any] = {
    "case:opened": gettext_lazy("%(person)s opened the case."),
    "case:received": gettext_lazy("It was received in writing, from somebody without an account."),
    "case:recorded": gettext_lazy("%(person)s recorded what had been received."),
    "letter:kept": gettext_lazy("The letter was kept and sent."),
    "evidence:read": gettext_lazy("%(person)s opened the file “%(evidence)s”."),
    "evidence:found": gettext_lazy("The file “%(evidence)s” was found to be malicious and is withheld."),
    "reconsideration:proposed": gettext_lazy("%(person)s recommended an outcome: %(result)s."),
    "reconsideration:decided": gettext_lazy("%(person)s decided the outcome: %(result)s."),
}
# What admission says of the decision that is looked at again.
EFFECTS = {"stay": gettext_lazy("stay"), "no_stay": gettext_lazy("no stay")}
# The acts that decide a case, by their outcome: of a kind whose outcomes have names of their own, they are told by these.
DECIDED = {
    "approve": "approved", "approve_with_conditions": "approved_with_conditions", "decline": "declined",
    "require_change": "change_required",
}  # fmt: skip
# So much of a hash or digest is printed where the whole would not be read; the whole stands in the register.
SHORT = 16


def sentences(case: Case) -> list[dict[str, Any]]:
    """Everything that has happened, the oldest first: `at`, `sentence`, the `role` of who acted, and their `reason`."""
    return [
        {"at": told["at"], "sentence": told["sentence"], "role": told["role"], "reason": told["reason"]}
        for told in Chronicle(case).told()
    ]


def acts_of(kind: kinds.CaseKind) -> dict[str, Any]:
    """What each event of a kind of case is told by, with places for what the event holds."""
    said = {f"case:{t.name}": t.said or t.label for t in kind.transitions} | BESIDE
    for name, outcome in DECIDED.items():
        if words := kind.outcome(outcome):
            said[f"case:{name}"] = _("%(person)s decided it: %(words)s.") % {"person": "%(person)s", "words": words}
    return said


def filled(sentence: Any, values: Mapping[str, Any]) -> str:
    """A sentence with what an event holds; what it does not tell is a dash."""
    return str(sentence) % _Known(values)


class _Known(dict[str, Any]):
    """What fills a sentence; what an event does not tell is a dash, and never a fault."""

    def __missing__(self, key: str) -> str:
        return "–"


class Chronicle:
    """The chain of a case's events, with names looked up: events themselves hold opaque ids alone."""

    def __init__(self, case: Case):
        self.case, self.kind = case, kinds.get(case.kind)
        self.events = list(case.events.order_by("position"))
        known = {event.person_id for event in self.events}
        known |= {event.details["assigned_to"] for event in self.events if event.details.get("assigned_to")}
        self.people = {str(user.person_id): user for user in User.objects.filter(person_id__in=known - {None})}
        bodies = Organisation.objects.filter(organisation_id__in={e.organisation_id for e in self.events} - {None})
        self.bodies = dict(bodies.values_list("organisation_id", "legal_name"))
        self._said = acts_of(self.kind)
        self.roles = {(str(event.person_id), event.recorded_at): event.role for event in self.events}
        version = version_of(case)
        language = get_language() or "en"
        judged = [*version.criteria, *(self.kind.criteria(case) if self.kind.criteria else ())]
        self.criteria = {c.id: text(c.label, language) for c in judged}

    def name(self, person_id: Any) -> str:
        """The name of a person. Who has been erased keeps the standing, without the name."""
        if person_id is None:
            return _("The register")
        user = self.people.get(str(person_id))
        if user is None:
            return _("Person %(id)s") % {"id": str(person_id)[:8]}
        return user.name or _("Somebody whose name was erased")

    def who(self, user: User | None, at: datetime | None = None) -> str:
        """A person with the role in which they did what was recorded at that moment."""
        if user is None:
            return _("The register")
        role = self.roles.get((str(user.person_id), at)) if at else None
        return f"{user}, {ROLES.get(role, role)}" if role else str(user)

    def parties(self) -> list[dict[str, Any]]:
        """Who took part, in which role and for which body at that time; the parts that four eyes watch beside.

        Those who did nothing themselves, such as members of a panel, come last.
        """
        rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        parts = list(self.case.parts.select_related("person"))
        for event in self.events:
            if event.person_id is None:
                continue
            key = (event.person_id, event.role, event.organisation_id)
            row = rows.setdefault(key, {
                "name": self.name(event.person_id), "role": ROLES.get(event.role, event.role),
                "body": self.bodies.get(event.organisation_id, ""), "first": event.recorded_at, "acts": 0,
                "parts": [p.get_part_display() for p in parts if p.person.person_id == event.person_id],
            })  # fmt: skip
            row["last"], row["acts"] = event.recorded_at, row["acts"] + 1
        acted = {event.person_id for event in self.events}
        quiet = {p.person.person_id: p.person for p in parts if p.person.person_id not in acted}
        return [*rows.values(), *(
            {"name": str(person), "role": "", "body": "", "first": None, "last": None, "acts": 0,
             "parts": [p.get_part_display() for p in parts if p.person_id == person.pk]}
            for person in quiet.values()
        )]  # fmt: skip

    def told(self) -> list[dict[str, Any]]:
        """The whole chain as plain sentences, each with its place and the beginning of its hash."""
        return [
            {
                "position": event.position, "at": event.recorded_at, "sentence": self.sentence(event),
                "role": ROLES.get(event.role, event.role), "body": self.bodies.get(event.organisation_id, ""),
                "reason": event.details.get("reason", ""), "state": self._state(event),
                "hash": bytes(event.hash).hex()[:SHORT],
            }
            for event in self.events
        ]  # fmt: skip

    def _state(self, event: Event) -> Any:
        """The state that an event led to, where it is another than before."""
        before, after = event.details.get("from"), event.details.get("to")
        return self.kind.states.get(after, after) if after and after != before else ""

    def sentence(self, event: Event) -> str:
        """What happened, in words."""
        said = self._said.get(event.name, event.name)
        return filled(said, self._values(event))

    def _values(self, event: Event) -> dict[str, Any]:
        details = event.details
        values: dict[str, Any] = {key: value for key, value in details.items() if isinstance(value, str | int)}
        values["person"] = self.name(event.person_id)
        if details.get("assigned_to"):
            values["assignee"] = self.name(details["assigned_to"])
        for key, words in (
            ("criterion", self.criteria), ("verdict", dict(Judgement.Verdict.choices) | self.kind.verdicts),
            ("outcome", dict(Outcome.choices) | self.kind.outcomes), ("result", dict(Reconsideration.Result.choices)),
            ("effect", EFFECTS),
        ):  # fmt: skip
            if key in details:
                values[key] = words.get(details[key], details[key])
        return values

    def refused(self) -> list[dict[str, Any]]:
        """Attempts that were refused: they stand in the chain of what happens outside cases."""
        rows = Event.objects.filter(case=None, name="desk:act:refused", details__case=self.case.pk).order_by("position")
        people = {u.person_id: u for u in User.objects.filter(person_id__in=[e.person_id for e in rows])}
        return [
            {"at": e.recorded_at, "name": str(people.get(e.person_id, "")), "act": e.details.get("act", ""),
             "why": e.details.get("why", "")}
            for e in rows
        ]  # fmt: skip

    def interest_after(self, judgement: Judgement, declared: Iterable[Interest]) -> datetime | None:
        """When the evaluator declared an interest, where that was after the judgement (edge case 5)."""
        person, at = judgement.judged_by, judgement.recorded_at
        times = [
            e.recorded_at for e in self.events if e.name == "case:declare_interest" and e.person_id == person.person_id
        ]
        times += [interest.declared_at for interest in declared if interest.person_id == person.pk]
        return min((time for time in times if time > at), default=None)
