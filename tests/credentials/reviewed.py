"""Full qualifications that several providers deliver, and consistency reviews of them, taken to where a test begins."""

from datetime import datetime, timedelta
from typing import Any

from credentials import services as credential_services
from credentials.models import Accreditation, ConsistencyPart, Credential
from credentials.services import consistency
from registry.casework import services as desk
from registry.framework import current
from registry.models import Case, Decision, Membership, User
from tests.builders import (
    COMPLETE,
    FIRST_STAGE,
    decide,
    evaluate,
    make_developing,
    make_provider,
    make_signatory,
    make_user,
)
from tests.registry.test_clock import at

TODAY = current.today()
HELD = TODAY + timedelta(days=80)
ANNOUNCED = {
    "threshold": {"en": "A graduate puts a scaffold up without supervision."}, "held_on": HELD,
    "venue": "Harbour hall, Kestrel Street",
}  # fmt: skip
CONTENT = COMPLETE | {"titles": {"en": FIRST_STAGE["title"]}, "type": "certificate", "credits": "60"}
SAID = {"graduates": 37, "self_rating": "sufficient", "self_assessment": "Thirty employers told us so."}


def full_qualification() -> Credential:
    """A full qualification on the register, through both its stages."""
    case = make_developing()
    credential_services.save_draft(case_id=case.pk, by=case.signatory, values=CONTENT)
    desk.submit(case_id=case.pk, by=case.signatory)
    decide(evaluate(case))
    return Credential.objects.select_related("awarding_body__organisation").get(revisions__application__case=case)


def accredit(credential: Credential, *names: str) -> list[User]:
    """So many providers deliver it; the signatory of each."""
    made = []
    for name in names:
        provider = make_provider(name)
        made.append(make_signatory(provider, f"Signatory of {name}"))
        application = credential_services.draft_accreditation(provider=provider, number=credential.number, by=made[-1])
        values = {"sites": ["Kestrel Street"], "capability_statement": "Two teachers and a yard."}
        credential_services.save_accreditation(case_id=application.case_id, by=made[-1], values=values)
        desk.submit(case_id=application.case_id, by=made[-1])
        decide(evaluate(Case.objects.get(pk=application.case_id)))
    return made


def prepared(*names: str, by: User | None = None, **values: Any) -> Case:
    """A complete draft of a review of a qualification that these providers deliver, with who prepares it."""
    credential = full_qualification()
    accredit(credential, *(names or ("Kestrel College", "Tern Academy")))
    by = by or make_user("Rosa", "review_officer")
    case = consistency.begin_review(about=credential.number, by=by)
    consistency.save_review(case_id=case.pk, by=by, values=ANNOUNCED | values)
    case = Case.objects.get(pk=case.pk)
    case.rosa, case.credential = by, credential
    return case


def announced(*names: str, **values: Any) -> Case:
    case = prepared(*names, **values)
    consistency.announce(case_id=case.pk, by=case.rosa)
    return again(case)


def again(case: Case) -> Case:
    """The case as it is now, with who prepares it, and the qualification."""
    found = Case.objects.get(pk=case.pk)
    found.rosa, found.credential = case.rosa, case.credential
    return found


def part(case: Case, name: str) -> ConsistencyPart:
    return ConsistencyPart.objects.select_related("case", "accreditation").get(
        review=case.pk, accreditation__provider__title=name
    )


def signatory(part: ConsistencyPart) -> User:
    return Membership.objects.get(organisation=part.case.organisation).user


def hand_in(case: Case, name: str, *, now: datetime | None = None, **values: Any) -> ConsistencyPart:
    """A provider hands in its self-assessment, or, later, what has improved."""
    its = part(case, name)
    said = values if its.case.state == "returned" else SAID | values
    consistency.save_part(case_id=its.case_id, by=signatory(its), values=said, now=now)
    desk.submit(case_id=its.case_id, by=signatory(its), now=now)
    return part(case, name)


def handed_in(*names: str, **values: Any) -> Case:
    """All providers have handed in, and the day has come: they are rated."""
    case = announced(*names, **values)
    for its in case.consistency_review.parts.in_order():
        hand_in(case, its.accreditation.provider.title)
    consistency.begin_rating(case_id=case.pk, by=case.rosa, now=at(HELD))
    return again(case)


def rate(case: Case, *, now: datetime | None = None, by: User | None = None, **others: str) -> Case:
    """Each provider that is rated now is sufficient, but those that are named with another verdict; it is recommended."""
    by, now = by or case.rosa, now or at(HELD)
    for criterion in desk.criteria_of(case):
        name = criterion.label["en"].partition(" ")[2]
        verdict = others.get(name.split()[0].lower(), "met")
        desk.judge(
            case_id=case.pk, by=by, criterion=criterion.id, verdict=verdict, reason=f"So it is: {name}.", now=now
        )
    outcome = "declined" if case.consistency_review.parts.not_sufficient().exists() else "approved"
    desk.recommend(case_id=case.pk, by=by, outcome=outcome, reason="As rated.", now=now)
    return again(case)


def interim(**others: str) -> tuple[Case, Decision]:
    """A review whose report is interim: Tern Academy is not sufficient."""
    case = rate(handed_in(), **(others or {"tern": "not_met"}))
    (decision,) = decide(case, outcome="declined", now=at(HELD))
    return again(case), decision


def last_review(case: Case, name: str) -> dict[str, Any]:
    return Accreditation.objects.get(provider__title=name).last_review
