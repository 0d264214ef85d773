"""Cases about what goes wrong on the register, as officers begin and write them."""

from datetime import timedelta
from typing import Any

from credentials import services
from credentials.models import Credential
from registry.casework import services as desk
from registry.framework import current
from registry.models import Case, Decision, Membership, User
from tests.builders import decide, make_listed, make_user

TODAY = current.today()
MISTAKE = {"category": "never_approved", "mistake": "It was listed from a draft that nobody had decided."}
LAW = {"law": "Education and Training Amendment Act 2026", "section": "section 12", "effective_on": TODAY}
END = {
    "expiring_from": TODAY + timedelta(days=90), "expiry_end": TODAY + timedelta(days=800),
    "transition_note": {"en": "Whoever has started may finish."},
}  # fmt: skip
GROUNDS = [
    {"ground": "Rule 17.1(a)", "held": "The review was unsatisfactory two years running."},
    {"ground": "Rule 17.1(b)", "held": "No learner has enrolled since 2023."},
]


def removal(number: str, by: User | None = None, **values: Any) -> Case:
    """A removal that an officer has written."""
    by = by or make_user("Rita", "registrar")
    case = services.begin_removal(about=number, by=by)
    services.save_removal(case_id=case.pk, by=by, values=MISTAKE | values)
    return Case.objects.get(pk=case.pk)


def proposed_removal(number: str, **values: Any) -> Case:
    """A removal that one decision maker has decided, and a second one has still to confirm."""
    by = make_user("Rita", "registrar")
    case = removal(number, by, **values)
    desk.submit(case_id=case.pk, by=by)
    desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), outcomes={"removal": "approved"},
        reason="Nobody had decided it.",
    )  # fmt: skip
    case.refresh_from_db()
    assert case.state == "decision_pending"
    return case


def confirmed(case: Case, by: User | None = None) -> Any:
    return desk.confirm(case_id=case.pk, by=by or make_user("Dora", "decision_maker"))


def correction(credential: Credential, by: User | None = None, **texts: Any) -> Case:
    """A correction that an officer has written; `texts` by field."""
    by = by or make_user("Rita", "registrar")
    case = services.begin_correction(about=credential.number, by=by)
    told = {"reason": "The title was misspelt.", "instrument": "Delegation 7 of 2026"}
    services.save_correction(case_id=case.pk, by=by, values=told | texts)
    case = Case.objects.get(pk=case.pk)
    case.officer = by
    return case


def change_by_law(*credentials: Credential, by: User | None = None, **values: Any) -> Case:
    """A law that makes these entries full qualifications."""
    by = by or make_user("Rita", "registrar")
    case = services.begin_change_by_law(about=credentials[0].number, by=by)
    said = {"from_kind": "micro_credential", "to_kind": "qualification", "numbers": [c.number for c in credentials]}
    services.save_change_by_law(case_id=case.pk, by=by, values=LAW | said | values)
    case = Case.objects.get(pk=case.pk)
    case.officer = by
    return case


def inquiry(credential: Credential | None = None, by: User | None = None, **values: Any) -> Case:
    """An inquiry that an officer has written, with two grounds."""
    credential = credential or make_listed()
    by = by or make_user("Rita", "registrar")
    case = services.begin_inquiry(about=credential.number, by=by)
    services.save_inquiry(case_id=case.pk, by=by, values=END | {"grounds": GROUNDS} | values)
    return Case.objects.get(pk=case.pk)


def ended_by_inquiry(credential: Credential, **values: Any) -> Decision:
    """The final decision of an inquiry by which an entry ends: the body has replied to each ground before."""
    rita, eva = make_user("Rita", "registrar"), make_user("Eva", "evaluator")
    body = Membership.objects.filter(organisation=credential.awarding_body.organisation).first().user
    case = inquiry(credential, rita, **values)
    desk.submit(case_id=case.pk, by=rita)
    decide(case)
    for item in case.information_requests.get().items.all():
        desk.answer(case_id=case.pk, by=body, item_id=item.pk, text="We have mended it.")
    desk.send_answers(case_id=case.pk, by=body)
    for ground in desk.criteria_of(case):
        desk.judge(case_id=case.pk, by=eva, criterion=ground.id, verdict="met", reason="It stands.")
    desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="On both grounds.")
    case.refresh_from_db()
    (final,) = decide(case)
    credential.refresh_from_db()
    return final
