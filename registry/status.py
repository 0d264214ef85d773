"""Status is a function of stored dates and a day, never a stored word (design 4.7).

The same rules are written once more as SQL in `registry.querysets`; property tests hold them together.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from registry.framework import current

DAY = timedelta(days=1)

CREDENTIAL_KINDS = ("qualification", "part_qualification", "micro_credential")
CREDENTIAL_STATUSES = ("current", "expiring", "discontinued", "suspended")
# How the registration of a provider ends.
ENDED = ("lapsed", "withdrawn", "cancelled", "merged", "closed")
PROVIDER_STATUSES = ("registered", "suspended", *ENDED, "unverified")
ACCREDITATION_STATUSES = ("accredited", "suspended", "withdrawn", "expired")


def parse(value: str | date | None) -> date | None:
    """A document's date: ISO text, or nothing."""
    return date.fromisoformat(value) if isinstance(value, str) and value else value or None


def covers(period: Mapping[str, Any], day: date) -> bool:
    """Whether a period holds on that day, its first and its last one included; an end that it does not tell is open."""
    first, last = parse(period.get("from")), parse(period.get("until"))
    return (first is None or first <= day) and (last is None or day <= last)


def is_suspended(document: Mapping[str, Any], day: date) -> bool:
    """A suspension covers the day."""
    return any(covers(suspension, day) for suspension in document.get("suspensions") or ())


def status_on(document: Mapping[str, Any], day: date) -> str:
    """The public status of a published document on a day of the authority's calendar."""
    match document["kind"]:
        case "provider":
            return _provider_status(document, day)
        case "accreditation":
            return _accreditation_status(document, day)
        case _:
            return _credential_status(document, day)


def _credential_status(document: Mapping[str, Any], day: date) -> str:
    expiring_from, expiry_end = parse(document.get("expiring_from")), parse(document.get("expiry_end"))
    if is_suspended(document, day):
        return "suspended"
    if document.get("closed_undated") or (expiry_end and expiry_end < day):
        return "discontinued"
    if expiring_from and expiring_from <= day:
        return "expiring"
    return "current"


def _provider_status(document: Mapping[str, Any], day: date) -> str:
    ended_on = parse(document.get("ended_on"))
    if document.get("unverified"):
        return "unverified"
    if earlier := earlier_registration(document, day):
        if parse(earlier["until"]) < day:
            return earlier["ended_as"]
        return "suspended" if is_suspended(document, day) else "registered"
    if document.get("ended_as") and (ended_on is None or ended_on <= day):
        return document["ended_as"]
    return "suspended" if is_suspended(document, day) else "registered"


def earlier_registration(document: Mapping[str, Any], day: date) -> Mapping[str, Any] | None:
    """Of a body that was registered anew: the last of its earlier registrations that had begun by a day before that."""
    registered_on = parse(document.get("registered_on"))
    if registered_on is None or registered_on <= day:
        return None
    begun = [row for row in document.get("registrations") or () if parse(row["from"]) <= day]
    return max(begun, key=lambda row: row["from"], default=None)


def _accreditation_status(document: Mapping[str, Any], day: date) -> str:
    withdrawn_on, until = parse(document.get("withdrawn_on")), parse(document.get("accredited_until"))
    if withdrawn_on and withdrawn_on <= day:
        return "withdrawn"
    if until and until < day:
        return "expired"
    return "suspended" if is_suspended(document, day) else "accredited"


def last_day_to_start(document: Mapping[str, Any]) -> date | None:
    """The last day on which a new learner may start on a credential, inclusive; None while it is open.

    The decided day stands where one is stored. Where an entry begins to end without one, the law in force on that day
    tells it: in New Zealand the day before, in Australia twelve months after, in South Africa a year after registration
    ended (domain 0.5).
    """
    expiring_from = parse(document.get("expiring_from"))
    return parse(document.get("last_new_enrolment")) or (expiring_from and _by_law(expiring_from))


def _by_law(expiring_from: date) -> date | None:
    return current.version_on(expiring_from).enrolment.last_day(expiring_from=expiring_from)


def unlike_the_law(document: Mapping[str, Any]) -> date | None:
    """The last day to start that the law would give, where a decided one differs: that one stands (edge case 35)."""
    expiring_from, decided = parse(document.get("expiring_from")), parse(document.get("last_new_enrolment"))
    lawful = _by_law(expiring_from) if expiring_from and decided else None
    return lawful if lawful != decided else None


def new_learners_may_start(document: Mapping[str, Any], day: date) -> bool:
    """Whether a learner may start on `day`: the question that a status word alone never answers (domain 3.12)."""
    listed_on, last = parse(document.get("listed_on")), last_day_to_start(document)
    if (listed_on and day < listed_on) or _credential_status(document, day) not in ("current", "expiring"):
        return False
    return last is None or day <= last


def next_change(document: Mapping[str, Any], day: date) -> date | None:
    """The first day after `day` on which a stored date alters what this document says of itself."""
    names = ("listed_on", "expiring_from", "ended_on", "withdrawn_on", "registered_on")
    first_days = [parse(document.get(name)) for name in names]
    last_days = [parse(document.get(name)) for name in ("expiry_end", "accredited_until")]
    if document.get("kind") in CREDENTIAL_KINDS:
        last_days.append(last_day_to_start(document))
    for period in (*(document.get("suspensions") or ()), *(document.get("registrations") or ())):
        first_days.append(parse(period["from"]))
        last_days.append(parse(period.get("until")))
    # After the last day of the calendar there is none on which anything alters.
    coming = [d for d in first_days if d] + [d + DAY for d in last_days if d and d < date.max]
    return min((d for d in coming if d > day), default=None)


def turned(document: Mapping[str, Any], day: date) -> list[str]:
    """What a document says of itself on a day otherwise than on the day before: its status, whether learners may start."""
    eve = day - DAY
    altered = ["status"] if status_on(document, day) != status_on(document, eve) else []
    if document["kind"] in CREDENTIAL_KINDS:
        may, might = (new_learners_may_start(document, d) for d in (day, eve))
        altered += ["new_learners_may_start"] if may != might else []
    return altered


def next_turn(document: Mapping[str, Any], day: date) -> date | None:
    """The first day after `day` on which the dates really alter the status, or whether new learners may start.

    Not every stored date does: an entry that begins to end while it is suspended stays suspended. Of what is known
    from an import alone nothing is told (design 4.7).
    """
    if document.get("unverified"):
        return None
    coming = next_change(document, day)
    while coming and not turned(document, coming):
        coming = next_change(document, coming)
    return coming
