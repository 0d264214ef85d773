"""Was it registered, and was that body accredited for it, on that day? The question of every recognition office.

Two of the three tests by which a qualification is authentic are questions of a register as at a past day (South Africa's
NQF Act, section 1; domain 2.1). Answers rest on what is known today of that day: the document in force then, and for days
before the register recorded anything, the oldest one, with the dates that it names. What nobody knows is said as such.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from registry.content import bodies
from registry.models import Change, Entry
from registry.status import CREDENTIAL_KINDS, DAY, covers, earlier_registration, is_suspended, parse, status_on

# Why the answer is not a plain yes, by code; a page shows the sentence, a system reads the code.
REASONS = {
    "not_yet_registered": _("It was not on the register yet."),
    "registration_ended": _("Its registration had ended."),
    "registration_date_unknown": _("The register does not know since when it is registered."),
    "end_date_unknown": _("It is closed; the register does not know since when."),
    "suspended": _("It was suspended."),
    "listed_by_mistake": _("It was listed by mistake, and withdrawn."),
    "provider_not_registered": _("The provider was not registered."),
    "provider_suspended": _("The provider's registration was suspended."),
    "provider_unverified": _("The provider is known only from an import: nobody has checked its registration."),
    "not_accredited": _("The provider held no accreditation for it."),
    "accreditation_suspended": _("The accreditation was suspended."),
    "partner_left": _("It is delivered jointly, and a partner was no longer registered: a decision is needed."),
    "awarding_body_left": _("It is awarded jointly, and a body that awards it was no longer registered."),
}


# Who a body came from, and what it became.
SIDES = ("predecessors", "successors")


@dataclass(frozen=True)
class Standing:
    """How one entry stood on a day. `registered`: None where the register does not know. `suspension`: the one of the day."""

    number: str
    kind: str
    name: str
    present_name: str
    status: str
    registered: bool | None
    since: date | None
    until: date | None
    reasons: tuple[str, ...] = ()
    suspension: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Answer:
    """What is answered. `accredited` is None where no provider was asked about, or the register does not know.

    `related`: the bodies that the provider came from or became, with their own accreditation on that day.
    """

    on: date
    credential: Standing
    provider: Standing | None = None
    accredited: bool | None = None
    accreditation: Mapping[str, Any] | None = None
    reasons: tuple[str, ...] = ()
    awarding: tuple[Standing, ...] = ()
    related: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def accreditation_suspension(self) -> Mapping[str, Any] | None:
        """The suspension of the accreditation that covered the day, with its own first and last day."""
        return _suspension(self.accreditation, self.on) if self.accreditation else None


# A question: the numbers of a credential and of a provider, if one is asked about, and the day.
Question = tuple[str, str | None, date]


def verify(credential: str, provider: str | None, on: date) -> Answer | None:
    """The answer for these register numbers; None where the register has no such credential, or no such provider.

    A number under which an import knew a body is read as that body's own.
    """
    return verify_many([(credential, provider, on)])[0]


def verify_many(questions: Sequence[Question]) -> list[Answer | None]:
    """The answer to each question, in their order. However many there are, the register is read as often."""
    reads = _Reads()
    reads.gather(questions)
    days = {on: _Past(on, reads) for _credential, _provider, on in questions}
    return [_answer(days[on], credential, provider) for credential, provider, on in questions]


def _answer(past: "_Past", credential: str, provider: str | None) -> Answer | None:
    entry = past.standing(credential)
    if entry is None or entry.kind not in CREDENTIAL_KINDS:
        return None
    awarding = tuple(past.awarding(credential))
    reasons = entry.reasons
    if any(body.registered is False for body in awarding) and len(awarding) > 1:
        reasons = (*reasons, "awarding_body_left")
    if provider is None:
        return Answer(past.day, entry, reasons=reasons, awarding=awarding)
    body = past.standing(provider)
    if body is None or body.kind != "provider":
        return None
    accredited, accreditation, why = _accredited(past, entry, body)
    return Answer(
        past.day, entry, body, accredited, accreditation, tuple(dict.fromkeys((*reasons, *why))), awarding,
        tuple(_related(past, entry, body)),
    )  # fmt: skip


def _accredited(
    past: "_Past", entry: Standing, body: Standing
) -> tuple[bool | None, Mapping[str, Any] | None, list[str]]:
    """Whether the body was accredited for the entry, the accreditation that says so, and why not."""
    held = past.accreditations(entry.number, body.number)
    reasons = []
    if body.registered is False:
        reasons.append("provider_suspended" if body.status == "suspended" else "provider_not_registered")
    if body.status == "unverified":
        reasons.append("provider_unverified")
    if not held:
        return False, None, [*reasons, "not_accredited"]
    accreditation = next((a for a in held if a["status"] == "accredited"), held[0])
    if accreditation["status"] == "suspended":
        reasons.append("accreditation_suspended")
    elif accreditation["status"] != "accredited":
        reasons.append("not_accredited")
    together = {accreditation["provider"], *(accreditation.get("jointly_with") or ())} - {body.number}
    if any(partner.registered is False for number in together if (partner := past.standing(number))):
        reasons.append("partner_left")
    blocked = set(reasons) - {"partner_left"} or entry.registered is False or entry.status == "suspended"
    known = entry.registered is not None and body.registered is not None
    return (False if blocked else True if known else None), accreditation, reasons


def _related(past: "_Past", entry: Standing, body: Standing) -> Iterable[Mapping[str, Any]]:
    """Who the body came from and became, as far as the register knows today, and how they stood."""
    document = past.present(body.number) or {}
    for side in SIDES:
        for row in document.get(side) or ():
            other = past.standing(row["number"])
            if other is not None:
                accredited, _accreditation, _why = _accredited(past, entry, other)
                yield {
                    "side": side, "relation": row["relation"], "on": row["on"], "number": other.number,
                    "name": other.name, "accredited": accredited,
                }  # fmt: skip


# Whether it was registered, since and until when (both days inclusive), and what stands against a plain yes.
Registered = tuple[bool | None, date | None, date | None, tuple[str, ...]]


def _entry(document: Mapping[str, Any], day: date) -> Registered:
    """How a credential was registered. One that is suspended stays on the register."""
    since, until = parse(document.get("listed_on")), parse(document.get("expiry_end"))
    if since and day < since:
        return False, since, until, ("not_yet_registered",)
    if until and until < day:
        return False, since, until, ("registration_ended",)
    if document.get("closed_undated"):
        return None, since, None, ("end_date_unknown",)
    if is_suspended(document, day):
        return True, since, until, ("suspended",)
    return (True, since, until, ()) if since else (None, None, until, ("registration_date_unknown",))


def _body(document: Mapping[str, Any], day: date) -> Registered:
    """How a provider was registered. One that is suspended may do nothing by its registration."""
    ended = parse(document.get("ended_on"))
    since, until = parse(document.get("registered_on")), ended and ended - DAY
    if document.get("unverified"):
        return None, None, until, ("provider_unverified",)
    if earlier := earlier_registration(document, day):
        since, until, ended = parse(earlier["from"]), parse(earlier["until"]), parse(earlier["until"])
    if since and day < since:
        return False, since, until, ("not_yet_registered",)
    if until and until < day:
        return False, since, until, ("registration_ended",)
    if document.get("ended_as") and ended is None:
        return None, since, None, ("end_date_unknown",)
    if is_suspended(document, day):
        return False, since, until, ("suspended",)
    return (True, since, until, ()) if since else (None, None, until, ("registration_date_unknown",))


def _suspension(document: Mapping[str, Any], day: date) -> Mapping[str, Any] | None:
    return next((period for period in document.get("suspensions") or () if covers(period, day)), None)


class _Reads:
    """What has been read of the register for all questions together. What somebody asks for that is missing is read then."""

    def __init__(self) -> None:
        self._now: dict[str, tuple[Mapping[str, Any], date | None] | None] = {}
        self._history: dict[str, list[tuple[date, int]]] = {}
        self._in_force: dict[tuple[str, date], int | None] = {}
        self._documents: dict[int, Mapping[str, Any]] = {}
        self._hanging: dict[str, list[str]] = {}

    def gather(self, questions: Iterable[Question]) -> None:
        """Everything that these questions need, a few queries for all of them."""
        asked = list(questions)
        self._entries(number for credential, provider, _on in asked for number in (credential, provider) if number)
        days, hanging = set(), set()
        for credential, provider, on in asked:
            number = self.own(credential)
            days.add((number, on))
            if provider:
                hanging.add(number)
        self._hang(hanging)
        held = {(accreditation, on) for number, on in days for accreditation in self._hanging.get(number, ())}
        self._past(days | held)
        parties = [party["number"] for pair in days for party in (self.then(*pair) or {}).get("providers") or ()]
        for pair in held:
            document = self.then(*pair) or {}
            parties += [document.get("provider"), *(document.get("jointly_with") or ())]
        for _credential, provider, _on in asked:
            document, _withdrawn = (provider and self.present(self.own(provider))) or ({}, None)
            parties += [row["number"] for side in SIDES for row in document.get(side) or ()]
        self._entries(filter(None, parties))

    def own(self, number: str) -> str:
        """The number that a body goes by, where this is another of its numbers."""
        found = self.present(number)
        same = found and found[0].get("same_as")
        return self.own(same) if same else number

    def present(self, number: str) -> tuple[Mapping[str, Any], date | None] | None:
        """What the register says of an entry today, and the day on which it was withdrawn as a mistake."""
        self._entries([number])
        return self._now[number]

    def then(self, number: str, day: date) -> Mapping[str, Any] | None:
        """The document by which a day is judged: the one in force then; of what the register did not know by then, the
        oldest."""
        if (number, day) not in self._in_force:
            self._past({(number, day)})
        serial = self._in_force[number, day]
        return self._documents[serial] if serial else None

    def hanging(self, credential: str) -> list[str]:
        """The numbers of the accreditations for an entry."""
        self._hang([credential])
        return self._hanging[credential]

    def _entries(self, numbers: Iterable[str]) -> None:
        wanted = set(numbers) - self._now.keys()
        if not wanted:
            return
        self._now |= dict.fromkeys(wanted)
        rows = Entry.objects.filter(number__in=wanted).values_list("number", "document", "withdrawn_on")
        found = {number: (orjson.loads(bytes(body)), withdrawn_on) for number, body, withdrawn_on in rows}
        self._now |= found
        # Another number of a body leads to its own, which nearly always is known by then.
        self._entries(document["same_as"] for document, _withdrawn in found.values() if document.get("same_as"))

    def _hang(self, credentials: Iterable[str]) -> None:
        wanted = set(credentials) - self._hanging.keys()
        if not wanted:
            return
        self._hanging |= {number: [] for number in wanted}
        rows = Entry.objects.accreditations().readable().filter(credential__in=wanted).order_by("number")
        for credential, number in rows.values_list("credential", "number"):
            self._hanging[credential].append(number)

    def _past(self, pairs: set[tuple[str, date]]) -> None:
        """Which change was in force for each number and day, and the documents of those changes alone."""
        wanted = {number for number, _day in pairs} - self._history.keys()
        if wanted:
            history = defaultdict(list)
            changes = Change.objects.filter(number__in=wanted).exclude(document=None).order_by("serial")
            for number, effective_from, serial in changes.values_list("number", "effective_from", "serial"):
                history[number].append((effective_from, serial))
            self._history |= {number: history[number] for number in wanted}
        for number, day in pairs - self._in_force.keys():
            self._in_force[number, day] = _in_force(self._history[number], day)
        serials = {serial for pair in pairs if (serial := self._in_force[pair])} - self._documents.keys()
        if serials:
            bodies_ = Change.objects.filter(serial__in=serials).values_list("serial", "document")
            self._documents |= {serial: orjson.loads(bytes(body)) for serial, body in bodies_}


def _in_force(history: Sequence[tuple[date, int]], day: date) -> int | None:
    """Of the changes of an entry, by serial, the one in force on a day; before all of them, the oldest."""
    begun = [serial for effective_from, serial in history if effective_from <= day]
    if begun:
        return begun[-1]
    return min(history, key=lambda change: (change[0], -change[1]), default=(day, None))[1]


class _Past:
    """The register as it stood on a day."""

    def __init__(self, day: date, reads: _Reads):
        self.day, self.reads = day, reads
        self._accredited: dict[tuple[str, str], list[Mapping[str, Any]]] = {}

    def present(self, number: str) -> Mapping[str, Any] | None:
        """What the register says of an entry today."""
        found = self.reads.present(number)
        return found[0] if found else None

    def standing(self, number: str) -> Standing | None:
        """How an entry stood; None where the register has none of this number."""
        number = self.reads.own(number)
        found = self.reads.present(number)
        if found is None:
            return None
        present, withdrawn_on = found
        provider = present["kind"] == "provider"
        # What a body says of itself has days of its own, row by row: the present document tells every day.
        document = present if provider else self.reads.then(number, self.day) or present
        if withdrawn_on:
            registered, since, until, reasons = False, None, None, ("listed_by_mistake",)
        else:
            registered, since, until, reasons = (_body if provider else _entry)(document, self.day)
        return Standing(
            number, document["kind"], bodies.name_on(present, self.day) if provider else document.get("title", ""),
            present.get("title", ""), status_on(document, self.day), registered, since, until, reasons,
            _suspension(document, self.day) if "suspended" in reasons else None,
        )  # fmt: skip

    def awarding(self, number: str) -> Iterable[Standing]:
        """The bodies that awarded it on that day, the lead first."""
        parties = [
            p for p in (self.reads.then(number, self.day) or {}).get("providers") or () if p["role"] == "awarding"
        ]
        held = bodies.on(sorted(parties, key=lambda party: not party.get("lead")), self.day)
        yield from filter(None, (self.standing(party["number"]) for party in held))

    def accreditations(self, credential: str, provider: str) -> list[Mapping[str, Any]]:
        """The accreditations of a body for an entry that had begun by the day, each with its status then, the last first.

        A body holds those too that were given to a number under which an import knew it, and those that another body
        holds jointly with it.
        """
        if (credential, provider) not in self._accredited:
            found = []
            for number in self.reads.hanging(credential):
                document = self.reads.then(number, self.day)
                if document is None:
                    continue
                holder = self.present(document["provider"]) or {}
                parties = {document["provider"], holder.get("same_as"), *(document.get("jointly_with") or ())}
                if provider in parties and parse(document["accredited_from"]) <= self.day:
                    found.append({**document, "status": status_on(document, self.day)})
            found.sort(key=lambda a: a["accredited_from"], reverse=True)
            self._accredited[credential, provider] = found
        return self._accredited[credential, provider]
