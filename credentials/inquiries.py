"""The authority looks into a listing of itself, on a path of two decisions (rule 17; domain 4.6): an interim one, which the
body is told and may reply to ground by ground, and a final one, which may differ from it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from credentials import lifecycle_inquiry, proposals, publishing
from credentials.models import Credential, Inquiry
from registry.casework.models import Outcome
from registry.documents import iso
from registry.framework import current
from registry.framework.law import Criterion
from registry.models import Case
from registry.status import parse

DATES = ("expiring_from", "last_new_enrolment", "expiry_end")
# Which transition a decision is while the interim one is what is decided.
INTERIM = {"approve": "approve_interim", "decline": "decline_interim", "send_back": "send_back_interim"}


def has_interim(case: Case) -> bool:
    """Whether the interim decision has been made: what is decided from then on is the final one."""
    return any(Outcome.grants(decision.outcome) for decision in case.decisions.filter(matter="interim"))


def matters_of(case: Case) -> Mapping[str, Any]:
    """What is decided at the stage that the case has reached."""
    decided_now = "final" if has_interim(case) else "interim"
    return {decided_now: lifecycle_inquiry.MATTERS[decided_now]}


def step(case: Case, name: str) -> str:
    """Which transition a decision is at this stage."""
    return name if has_interim(case) else INTERIM.get(name, name)


def grounds(case: Case) -> list[Criterion]:
    """Each ground, to be replied to and then considered: its rule, and what is held against the listing."""
    return [
        Criterion(f"ground-{n}", "evaluation", "final", {"en": row["ground"]}, {"en": row["held"]}, row["ground"])
        for n, row in enumerate(case.inquiry.grounds, start=1)
    ]


def end_of(inquiry: Inquiry) -> dict[str, str | None]:
    """The days of the end as an amendment names them; what is left empty the law gives."""
    return {name: iso(day) for name in DATES if (day := getattr(inquiry, name))}


def why_not_heard(inquiry: Inquiry) -> str | None:
    """Why the days of the end need a new inquiry: one of them is earlier than that on which the body was heard (rule 17).

    What is left empty is the day that the law gives.
    """
    told = inquiry.case.submissions.order_by("number").last().content["content"]
    heard = _days({name: parse(told[name]) for name in DATES})
    asked = _days({name: getattr(inquiry, name) for name in DATES})
    for name, day in heard.items():
        if day and (asked[name] is None or asked[name] < day):
            return _("The body was heard on %(day)s: an earlier day needs a new inquiry.") % {"day": day.isoformat()}
    return None


def _days(said: Mapping[str, date | None]) -> dict[str, date | None]:
    """The days of an end; nobody starts after its last one, whatever the law says."""
    first, start, last = (said[name] for name in DATES)
    if first and not start:
        start = current.version_on(first).enrolment.last_day(expiring_from=first) or last
    return {"expiring_from": first, "last_new_enrolment": start, "expiry_end": last}


def let_expire(credential: Credential, inquiry: Inquiry) -> None:
    """Put the end into the record of the entry."""
    proposals.apply_entry(credential, end_of(inquiry))
    credential.transition = inquiry.transition_note


def preview(case: Case) -> list[Mapping[str, Any]]:
    """What a final decision to end it would make public; an interim one makes nothing public."""
    if not has_interim(case):
        return []
    inquiry = case.inquiry
    held = inquiry.credential
    proposed = Credential(**{f.attname: getattr(held, f.attname) for f in Credential._meta.concrete_fields})
    let_expire(proposed, inquiry)
    return [publishing.credential_document(proposed, held.revisions.latest_public())]
