"""Makes returns of providers for tests, taken where a test needs them."""

from datetime import date, datetime
from typing import Any

from providers import services
from providers.models import Provider, ProviderReturn
from registry.casework import services as desk
from registry.models import Case, User
from tests.builders import letter, make_provider, make_signatory, make_user
from tests.providers.applying import at_noon

ANNUAL, QUARTER = "annual_return", "fee_protection"
DOCUMENTS = ("annual_return", "statutory_declaration", "assurance_report")
YES = {"attested": True, "remark": ""}
COMPLETE: dict[str, dict[str, Any]] = {
    ANNUAL: {"learners": 120, "staff": 9, "answers": dict.fromkeys(DOCUMENTS, YES), "declared": True},
    QUARTER: {"answers": {"fees_protected": YES}, "declared": True},
}
# A year of which each period is asked for, and the day after it.
UNTIL, AFTER = date(2027, 12, 31), date(2028, 1, 1)


def school(title: str = "Harbour School", year_end: str = "", **fields: Any) -> Provider:
    """A private training establishment, registered long ago, with its financial year."""
    provider = make_provider(title, **{"type": "private_training", **fields})
    if year_end:
        rea = make_user("Rea", "registrar")
        services.set_financial_year(provider_id=provider.pk, by=rea, year_end=year_end, now=at_noon(date(2026, 12, 1)))
        provider.refresh_from_db()
    return provider


def run(day: date) -> int:
    """The daily step, late or not."""
    return services.open_returns(day, now=at_noon(day))


def opened(provider: Provider, obligation: str = ANNUAL) -> list[ProviderReturn]:
    """The returns of a provider, the oldest first."""
    rows = ProviderReturn.objects.filter(provider=provider, obligation=obligation)
    return list(rows.select_related("case").order_by("period_until"))


def periods(provider: Provider, obligation: str = ANNUAL) -> list[tuple[str, str, str]]:
    """First day, last day and due day of each of them."""
    return [
        (r.period_from.isoformat(), r.period_until.isoformat(), r.due_on.isoformat())
        for r in opened(provider, obligation)
    ]


def asked(provider: Provider | None = None, obligation: str = ANNUAL, day: date = AFTER) -> Case:
    """A return that has been opened, with its signatory."""
    provider = provider or school(registered_on=date(2027, 11, 1))
    signatory = make_signatory(provider)
    run(day)
    return read(opened(provider, obligation)[-1].case_id, signatory)


def read(key: int, signatory: User) -> Case:
    case = Case.objects.select_related("organisation", "provider_return__provider").get(pk=key)
    case.signatory = signatory
    return case


def written(
    case: Case | None = None, *, now: datetime | None = None, files: tuple[str, ...] = DOCUMENTS, **values: Any
) -> Case:
    """Everything is said, and every document attached."""
    case, now = case or asked(), now or at_noon(AFTER)
    said = {**COMPLETE[case.provider_return.obligation], **values}
    services.save_return(case_id=case.pk, by=case.signatory, values=said, now=now)
    for name in files if case.provider_return.obligation == ANNUAL else ():
        upload = letter(f"{name}.txt", name.encode())
        desk.attach(case_id=case.pk, by=case.signatory, criterion=name, upload=upload, now=now)
    return read(case.pk, case.signatory)


def submitted(case: Case | None = None, *, now: datetime | None = None, **values: Any) -> Case:
    """One that was handed in: as it is written, or complete."""
    case, now = case or written(now=now, **values), now or at_noon(AFTER)
    desk.submit(case_id=case.pk, by=case.signatory, now=now)
    return read(case.pk, case.signatory)


def recommended(case: Case | None = None, outcome: str = "approved", *, now: datetime | None = None) -> Case:
    """Each thing that was attested has been judged, and an outcome recommended."""
    case, now, eva = case or submitted(), now or at_noon(AFTER), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva, now=now)
    for item in desk.criteria_of(case):
        desk.judge(case_id=case.pk, by=eva, criterion=item.id, verdict="met", reason="It is there.", now=now)
    desk.recommend(case_id=case.pk, by=eva, outcome=outcome, reason="It was read.", now=now)
    found = read(case.pk, case.signatory)
    found.evaluator = eva
    return found


def decide(case: Case, outcome: str = "approved", by: User | None = None, **kwargs: Any):
    return desk.decide(
        case_id=case.pk, by=by or make_user("Dana", "decision_maker"), outcomes={"return": outcome},
        **{"reason": "It was read and weighed.", "now": at_noon(AFTER), **kwargs},
    )  # fmt: skip
