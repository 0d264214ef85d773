"""Makes registrations and changes of scope for tests: complete ones, unless they are told otherwise."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from providers import services
from providers.models import Provider
from registry.casework import services as desk
from registry.framework.current import today
from registry.models import Case, Membership, Organisation, User
from tests.builders import make_user, searched

# Nobody else in any test has these names: they are looked for where they must not be.
PEOPLE = ("Moana Tuwhare-Quill", "moana@privately.example", "Cousin of the landlord", "Bankrupt in 2003, discharged")
MEMBER = {
    "name": PEOPLE[0], "role": "Chair", "has_interests": True, "interests": PEOPLE[2], "convicted": False,
    "insolvent": True, "cancelled": False, "explanation": PEOPLE[3],
}  # fmt: skip
SCOPE = [{"effect": "included", "kinds": ["micro_credential"], "lowest": "3", "highest": "5", "modes": ["on_site"]}]
SITES = [{"name": "Wharf campus", "address": "2 Wharf Road", "country": "NZ"}]
CRITERIA = ("fit_and_proper", "conflicts", "premises_and_staff", "finances", "learner_statement")
SCOPE_CRITERIA = ("scope_premises_and_staff", "scope_finances")
COMPLETE: dict[str, Any] = {
    "legal_name": "Tidewater College Limited", "language": "en", "other_names": ["Tidewater"], "type": "private_training",
    "body_register": "nzbn", "body_number": "9429000000017", "address": "2 Wharf Road, Nelson", "country": "NZ",
    "region": "Nelson", "website": "https://tidewater.example", "may_deliver": True, "sites": SITES, "scope": SCOPE,
    "governing_members": [MEMBER], "contacts": [{"name": PEOPLE[0], "email": PEOPLE[1]}],
    "statements": dict.fromkeys(CRITERIA, "We see to it."),
}  # fmt: skip
RESCOPED: dict[str, Any] = {
    "scope": [{**SCOPE[0], "highest": "6"}], "sites": SITES, "statements": dict.fromkeys(SCOPE_CRITERIA, "We do."),
}  # fmt: skip


def make_body(name: str = "Tidewater College") -> Organisation:
    """A body as an administrator makes it: an organisation that no provider belongs to."""
    return Organisation.objects.create(legal_name=name)


def make_member(body: Organisation, name: str = "Sina", role: str = Membership.Role.SIGNATORY) -> User:
    user = make_user(name)
    Membership.objects.create(user=user, organisation=body, role=role)
    return user


def drafted(body: Organisation | None = None, by: User | None = None, **values: Any) -> Case:
    """A complete draft of a registration, with the signatory who wrote it."""
    body = body or make_body()
    by = by or make_member(body)
    registration = services.draft_registration(organisation=body, by=by)
    services.save_registration(case_id=registration.case_id, by=by, values={**COMPLETE, **values})
    return _read(registration.case_id, by)


def drafted_scope(provider: Provider, by: User | None = None, **values: Any) -> Case:
    by = by or make_member(provider.organisation)
    change = services.draft_scope(provider=provider, by=by)
    services.save_scope(case_id=change.case_id, by=by, values={**RESCOPED, **values})
    return _read(change.case_id, by)


def submitted(case: Case | None = None, **values: Any) -> Case:
    case = case or drafted(**values)
    desk.submit(case_id=case.pk, by=case.signatory)
    return _read(case.pk, case.signatory)


def recommended(case: Case | None = None, evaluator: User | None = None, **values: Any) -> Case:
    """A case that an evaluator has taken, judged and recommended for approval."""
    case = case or submitted(**values)
    evaluator = evaluator or make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=evaluator)
    for criterion in CRITERIA if case.kind == "provider_registration" else SCOPE_CRITERIA:
        desk.judge(case_id=case.pk, by=evaluator, criterion=criterion, verdict="met", reason="It is shown.")
    if case.kind == "provider_registration":
        searched(case, evaluator)
    desk.recommend(case_id=case.pk, by=evaluator, outcome="approved", reason="Every criterion is met.")
    found = _read(case.pk, case.signatory)
    found.evaluator = evaluator
    return found


def decide(case: Case, outcome: str = "approved", by: User | None = None, **kwargs: Any):
    """A decision maker decides the one matter of the case."""
    matter = "registration" if case.kind == "provider_registration" else "scope"
    return desk.decide(
        case_id=case.pk, by=by or make_user("Dana", "decision_maker"), outcomes={matter: outcome},
        **{"reason": "Read and weighed.", **kwargs},
    )  # fmt: skip


def registered(**values: Any) -> Provider:
    """A provider on the register, as a registration and its approval make one."""
    case = recommended(**values)
    decide(case)
    return Provider.objects.select_related("organisation").get(organisation=case.organisation)


def ended(provider: Provider, on: date) -> Provider:
    """The same provider, its registration cancelled from a day on."""
    services.impose(provider, kind="cancellation", summary={"en": "Cancelled."}, on=on)
    provider.refresh_from_db()
    return provider


def _read(key: int, signatory: User) -> Case:
    case = Case.objects.select_related("organisation").get(pk=key)
    case.signatory = signatory
    return case


def in_days(count: int) -> date:
    return today() + timedelta(days=count)


def at_noon(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, 12))
