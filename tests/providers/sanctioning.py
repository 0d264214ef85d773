"""Makes cases about providers for tests: sanctions, their liftings, lapses and withdrawals, taken where a test needs them."""

from datetime import date, datetime, timedelta
from typing import Any

from providers.models import Provider
from providers.services import drafts, statutory
from registry import journal
from registry.casework import services as desk
from registry.framework.current import today
from registry.models import Case, User
from tests.builders import DAY, make_provider, make_signatory, make_user

HELD = "Two sites have no teachers since March."
GROUNDS = [
    {"ground": "requirements_unmet", "held": HELD},
    {"ground": "false_information", "held": "The annual return names teachers who had left."},
]
SUMMARY = "The registration is suspended until teaching is resumed at two sites."
SUSPENSION: dict[str, Any] = {
    "measure": "suspension", "grounds": GROUNDS, "summary": SUMMARY, "language": "en", "last_day": None,
    "teach_out": "Kestrel College teaches them to the end.", "learners": 42, "credential": "",
}  # fmt: skip
DONE = {
    "provider_sanction": "statutory_action", "provider_lapse": "lapse", "provider_lifting": "lifting",
    "provider_withdrawal": "withdrawal",
}  # fmt: skip


def read(case: Case, **people: User) -> Case:
    """The case as it is now, with the people of the test."""
    found = Case.objects.select_related("organisation").get(pk=case.pk)
    for name in ("provider", "signatory", "registrar", "evaluator"):
        if (known := people.get(name) or getattr(case, name, None)) is not None:
            setattr(found, name, known)
    return found


def proposed(
    provider: Provider | None = None, by: User | None = None, now: datetime | None = None, **values: Any
) -> Case:
    """A complete draft of a suspension, unless `values` say otherwise, written by a registrar."""
    provider = provider or make_provider()
    registrar = by or make_user("Rea", "registrar")
    case = drafts.begin_sanction(about=provider.number, by=registrar, now=now)
    drafts.save_sanction(case_id=case.pk, by=registrar, values={**SUSPENSION, **values}, now=now)
    case.provider = provider
    return read(case, registrar=registrar, signatory=make_signatory(provider))


def lapsing(
    provider: Provider | None = None, by: User | None = None, now: datetime | None = None, **values: Any
) -> Case:
    """A draft about a registration that has lapsed because fees were not paid."""
    provider = provider or make_provider()
    registrar = by or make_user("Rea", "registrar")
    case = drafts.begin_lapse(about=provider.number, by=registrar, now=now)
    grounds = [{"ground": "fees_unpaid", "held": "Neither reminder was answered."}]
    drafts.save_lapse(case_id=case.pk, by=registrar, values={"grounds": grounds, **values}, now=now)
    case.provider = provider
    return read(case, registrar=registrar, signatory=make_signatory(provider))


def notified(case: Case | None = None, now: datetime | None = None, **values: Any) -> Case:
    """The body has been given notice."""
    case = case or proposed(now=now, **values)
    desk.give_notice(case_id=case.pk, by=case.registrar, now=now)
    return read(case)


def replied(case: Case | None = None, now: datetime | None = None, **values: Any) -> Case:
    """The body has replied to each ground."""
    case = case or notified(now=now, **values)
    for request in case.information_requests.all():
        for item in request.items.all():
            desk.answer(case_id=case.pk, by=case.signatory, item_id=item.pk, text="They teach again.", now=now)
    desk.send_answers(case_id=case.pk, by=case.signatory, now=now)
    return read(case)


def recommended(case: Case | None = None, now: datetime | None = None, **values: Any) -> Case:
    """Each ground has been judged after the reply, and the action recommended."""
    case = case or replied(now=now, **values)
    evaluator = make_user("Eva", "evaluator")
    for ground in desk.criteria_of(case):
        desk.judge(
            case_id=case.pk, by=evaluator, criterion=ground.id, verdict="met", reason="It was considered.", now=now
        )  # fmt: skip
    desk.recommend(case_id=case.pk, by=evaluator, outcome="approved", reason="The grounds stand.", now=now)
    return read(case, evaluator=evaluator)


def decide(case: Case, outcome: str = "approved", by: User | None = None, **kwargs: Any):
    return desk.decide(
        case_id=case.pk, by=by or make_user("Dana", "decision_maker"), outcomes={DONE[case.kind]: outcome},
        **{"reason": "What was said was considered.", **kwargs},
    )  # fmt: skip


def imposed(provider: Provider | None = None, now: datetime | None = None, **values: Any) -> Case:
    """An action that was decided: a suspension, unless `values` say otherwise."""
    case = recommended(replied(notified(proposed(provider, now=now, **values), now=now), now=now), now=now)
    decide(case, now=now)
    case.provider.refresh_from_db()
    return read(case)


def lifting(provider: Provider, now: datetime | None = None, **values: Any) -> Case:
    """A lifting of the one action that a provider is under, handed to a decision maker."""
    registrar = make_user("Rea", "registrar")
    case = drafts.begin_lifting(about=provider.number, by=registrar, now=now)
    drafts.save_lifting(case_id=case.pk, by=registrar, values={"reason": "Teaching is resumed.", **values}, now=now)
    desk.submit(case_id=case.pk, by=registrar, now=now)
    case.provider = provider
    return read(case, registrar=registrar)


def withdrawing(provider: Provider | None = None, **values: Any) -> Case:
    """A provider's complete draft to withdraw in sixty days."""
    provider = provider or make_provider()
    signatory = make_signatory(provider)
    case = drafts.begin_withdrawal(about=provider.number, by=signatory)
    said = {"last_day": today() + timedelta(days=60), "reason": "The owner retires.", "teach_out": "", "learners": 0}
    drafts.save_withdrawal(case_id=case.pk, by=signatory, values={**said, **values})
    case.provider = provider
    return read(case, signatory=signatory)


def action_of(provider: Provider) -> str:
    """The reference of the one action that may be lifted."""
    (row,) = statutory.open_actions(provider, today())
    return row["reference"]


def accredit(provider: Provider, since: date = DAY, **fields: Any) -> str:
    """An accreditation on the register that a provider holds; its number."""
    from tests.builders import publish

    credential = publish(title="Certificate in Rigging").number
    document = {
        "number": None, "kind": "accreditation", "title": "Certificate in Rigging", "language": "en",
        "provider": provider.number, "credential": credential, "accredited_from": since.isoformat(),
        "accredited_until": None, "withdrawn_on": None, "suspensions": [], "jointly_with": [], **fields,
    }  # fmt: skip
    from django.db import transaction

    with transaction.atomic():
        return journal.publish(document, effective_from=since).number
