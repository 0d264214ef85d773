"""Was it registered, and was that body accredited for it, on that day? The question of every recognition office.

Two of the three tests by which a qualification is authentic are questions of a register as at a past day (South Africa's
NQF Act, section 1; domain 2.1). Answers rest on what is known today of that day: the document in force then, and for days
before the register recorded anything, the oldest one, with the dates that it names. What nobody knows is said as such.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from registry.content import bodies
from registry.models import Change, Entry
from registry.status import CREDENTIAL_KINDS, DAY, earlier_registration, is_suspended, parse, status_on

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


@dataclass(frozen=True)
class Standing:
    """How one entry stood on a day. `registered`: None where the register does not know."""

    number: str
    kind: str
    name: str
    present_name: str
    status: str
    registered: bool | None
    since: date | None
    until: date | None
    reasons: tuple[str, ...] = ()


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


def verify(credential: str, provider: str | None, on: date) -> Answer | None:
    """The answer for these register numbers; None where the register has no such credential, or no such provider.

    A number under which an import knew a body is read as that body's own.
    """
    past = _Past(on, [credential, *([provider] if provider else [])])
    entry = past.standing(credential)
    if entry is None or entry.kind not in CREDENTIAL_KINDS:
        return None
    awarding = tuple(past.awarding(credential))
    reasons = entry.reasons
    if any(body.registered is False for body in awarding) and len(awarding) > 1:
        reasons = (*reasons, "awarding_body_left")
    if provider is None:
        return Answer(on, entry, reasons=reasons, awarding=awarding)
    body = past.standing(provider)
    if body is None or body.kind != "provider":
        return None
    accredited, accreditation, why = _accredited(past, entry, body)
    return Answer(
        on, entry, body, accredited, accreditation, tuple(dict.fromkeys((*reasons, *why))), awarding,
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
    for side in ("predecessors", "successors"):
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


class _Past:
    """The register as it stood on a day, read as it is asked."""

    def __init__(self, day: date, numbers: Iterable[str]):
        self.day = day
        self._then: dict[str, Mapping[str, Any] | None] = {}
        self._now: dict[str, tuple[Mapping[str, Any], date | None]] = {}
        self._accredited: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        self._read(numbers)

    def _read(self, numbers: Iterable[str]) -> None:
        wanted = {number for number in numbers if number not in self._then}
        if not wanted:
            return
        rows = Entry.objects.filter(number__in=wanted).values_list("number", "document", "withdrawn_on")
        for number, body, withdrawn_on in rows:
            self._now[number] = orjson.loads(bytes(body)), withdrawn_on
        self._then |= dict.fromkeys(wanted, None) | _documents(wanted, self.day)

    def present(self, number: str) -> Mapping[str, Any] | None:
        """What the register says of an entry today."""
        self._read([number])
        found = self._now.get(number)
        return found[0] if found else None

    def then(self, number: str) -> Mapping[str, Any] | None:
        """The document by which a day is judged: the one in force then, else the oldest."""
        self._read([number])
        return self._then.get(number)

    def standing(self, number: str) -> Standing | None:
        """How an entry stood; None where the register has none of this number."""
        present = self.present(number)
        if present is None:
            return None
        if same := present.get("same_as"):
            return self.standing(same)
        withdrawn_on = self._now[number][1]
        provider = present["kind"] == "provider"
        # What a body says of itself has days of its own, row by row: the present document tells every day.
        document = present if provider else self.then(number) or present
        if withdrawn_on:
            registered, since, until, reasons = False, None, None, ("listed_by_mistake",)
        else:
            registered, since, until, reasons = (_body if provider else _entry)(document, self.day)
        return Standing(
            number, document["kind"], bodies.name_on(present, self.day) if provider else document.get("title", ""),
            present.get("title", ""), status_on(document, self.day), registered, since, until, reasons,
        )  # fmt: skip

    def awarding(self, number: str) -> Iterable[Standing]:
        """The bodies that awarded it on that day, the lead first."""
        parties = [p for p in (self.then(number) or {}).get("providers") or () if p["role"] == "awarding"]
        held = bodies.on(sorted(parties, key=lambda party: not party.get("lead")), self.day)
        self._read(party["number"] for party in held)
        yield from filter(None, (self.standing(party["number"]) for party in held))

    def accreditations(self, credential: str, provider: str) -> list[Mapping[str, Any]]:
        """The accreditations of a body for an entry that had begun by the day, each with its status then, the last first.

        A body holds those too that were given to a number under which an import knew it, and those that another body
        holds jointly with it.
        """
        if (credential, provider) not in self._accredited:
            hanging = Entry.objects.accreditations().readable().filter(credential=credential)
            numbers = [number for (number,) in hanging.values_list("number")]
            found, documents = [], list(_documents(numbers, self.day).values())
            self._read(document["provider"] for document in documents)
            for document in documents:
                holder = self.present(document["provider"]) or {}
                parties = {document["provider"], holder.get("same_as"), *(document.get("jointly_with") or ())}
                if provider in parties and parse(document["accredited_from"]) <= self.day:
                    found.append({**document, "status": status_on(document, self.day)})
            found.sort(key=lambda a: a["accredited_from"], reverse=True)
            self._accredited[credential, provider] = found
        return self._accredited[credential, provider]


def _documents(numbers: Iterable[str], day: date) -> dict[str, Mapping[str, Any]]:
    """Of each number the document in force on a day; of one that the register did not know by then, the oldest."""
    wanted = set(numbers)
    changes = Change.objects.filter(number__in=wanted).exclude(document=None)
    found = {c.number: c for c in changes.as_at(day)}
    missing = wanted - found.keys()
    if missing:
        oldest = changes.filter(number__in=missing).order_by("number", "effective_from", "-serial").distinct("number")
        found |= {c.number: c for c in oldest}
    return {number: orjson.loads(bytes(change.document)) for number, change in found.items()}
