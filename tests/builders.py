"""Makes things for tests: each builder has sensible defaults, and takes what the test is about."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

import orjson
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from credentials import services as credential_services
from credentials.models import Credential
from providers import services as provider_services
from providers.models import Provider
from registry import journal
from registry.casework import kinds
from registry.casework import services as desk
from registry.models import Case, Entry, InformationRequest, Membership, Organisation, User
from registry.search import follower

_next = count(1)
DAY = date(2026, 1, 15)


@cache
def _password() -> str:
    """Everybody's password, hashed once: that is slow by intention."""
    return make_password("correct horse battery")


def make_user(name: str = "Ana", *roles: str, **fields: Any) -> User:
    """A user; with staff roles, one who works for the authority."""
    email = fields.pop("email", f"{name.lower().replace(' ', '.')}.{next(_next)}@example.org")
    user = User.objects.create(email=email, password=_password(), name=name, is_staff=bool(roles), **fields)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def make_provider(title: str = "Harbour Institute", *, public: bool = True, **fields: Any) -> Provider:
    """A registered provider, on the register unless told otherwise."""
    provider = Provider.objects.create(
        organisation=Organisation.objects.create(legal_name=title), title=title,
        **{"registered_on": date(2010, 1, 1), "type": "polytechnic", **fields},
    )  # fmt: skip
    if public:
        provider_services.publish(provider, effective_from=DAY)
    return provider


def make_signatory(provider: Provider, name: str = "Sina") -> User:
    user = make_user(name)
    Membership.objects.create(user=user, organisation=provider.organisation, role=Membership.Role.SIGNATORY)
    return user


def make_editor(provider: Provider, name: str = "Edie") -> User:
    """Somebody who may draft for a provider, and not submit."""
    user = make_user(name)
    Membership.objects.create(user=user, organisation=provider.organisation, role=Membership.Role.EDITOR)
    return user


COMPLETE = {
    "title": "Scaffold inspection",
    "language": "en",
    "purpose": {"en": "Prepares site supervisors to inspect scaffolds before use."},
    "learning_outcomes": [{"text": {"en": "Inspect a scaffold and record its state."}}],
    "level": "4",
    "credits": Decimal("10"),
    "assessment": {"en": "An observed inspection, moderated by a second assessor."},
    "delivery_modes": ["on_site"],
    "languages": ["en"],
    "need_statement": "Three site operators asked for it.",
    "duplication_statement": "Compared with the two scaffolding entries: neither covers inspection.",
    "sites": ["Harbour campus"],
}


def letter(name: str = "letter.txt", text: bytes = b"We need scaffold inspectors.") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text, "text/plain")


def make_draft(provider: Provider | None = None, by: User | None = None, **values: Any) -> Case:
    """A complete draft, unless `values` take something away."""
    provider = provider or make_provider()
    by = by or make_signatory(provider)
    application = credential_services.draft(provider=provider, by=by)
    credential_services.save_draft(case_id=application.case_id, by=by, values={**COMPLETE, **values})
    desk.attach(case_id=application.case_id, by=by, criterion="need", upload=letter())
    case = Case.objects.get(pk=application.case_id)
    case.signatory = by
    return case


def make_submitted(now: datetime | None = None, **values: Any) -> Case:
    case = make_draft(**values)
    signatory = case.signatory
    desk.submit(case_id=case.pk, by=signatory, now=now)
    case.refresh_from_db()
    case.signatory = signatory
    return case


QUESTIONS = (
    {"criterion": "need", "kind": "evidence", "question": "Who asked for it?", "unanswered": "lapses"},
    {"criterion": "assessment", "kind": "clarify", "question": "Who moderates?", "unanswered": "judged"},
)


def make_asked(*questions: dict[str, Any], now: datetime | None = None, **values: Any) -> Case:
    """A case whose applicant has been asked something: without `questions`, one that it depends on and one that not."""
    case = make_submitted(**values)
    signatory, evaluator = case.signatory, make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=evaluator, now=now)
    case.request = desk.ask(case_id=case.pk, by=evaluator, items=questions or QUESTIONS, now=now)
    asked = case.request
    case.refresh_from_db()
    case.request, case.signatory, case.evaluator = asked, signatory, evaluator
    return case


def searched(case: Case, by: User) -> None:
    """The register is searched for what is like the case, where its submission found no index to search."""
    if not case.duplicate_checks.exists():
        follower.catch_up()
        desk.compare(case_id=case.pk, by=by)


def ask_about(case: Case, by: User, *criteria: str, now: datetime | None = None, **item: Any) -> InformationRequest:
    """Ask the applicant one question on each of these criteria."""
    items = [{"criterion": criterion, "question": "How do you know?", **item} for criterion in criteria]
    return desk.ask(case_id=case.pk, by=by, items=items, now=now)


CRITERIA = ("purpose", "need", "assessment", "duplication", "capability")


def make_recommended(evaluator: User | None = None, **values: Any) -> Case:
    """An application that an evaluator has judged and recommended for approval."""
    case = make_submitted(**values)
    signatory = case.signatory
    case = evaluate(case, evaluator)
    case.signatory = signatory
    return case


def evaluate(case: Case, evaluator: User | None = None) -> Case:
    """A case of any kind that was handed in is judged on every criterion that it has now, and recommended."""
    evaluator = evaluator or make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=evaluator)
    case = Case.objects.get(pk=case.pk)
    for criterion in desk.criteria_of(case):
        desk.judge(
            case_id=case.pk, by=evaluator, criterion=criterion.id, verdict="met", reason="The evidence shows it."
        )
    if kinds.get(case.kind).alike:
        searched(case, evaluator)
    desk.recommend(case_id=case.pk, by=evaluator, outcome="approved", reason="Every criterion is met.")
    case.refresh_from_db()
    case.evaluator = evaluator
    return case


def decide(case: Case, by: User | None = None, outcome: str = "approved", **kwargs: Any):
    """Every matter of a case that is decided now gets the same outcome."""
    case = Case.objects.get(pk=case.pk)
    return desk.decide(
        case_id=case.pk, by=by or make_user("Dana", "decision_maker"), reason="Need is shown.",
        outcomes=dict.fromkeys(kinds.get(case.kind).decided_in(case), outcome), **kwargs,
    )  # fmt: skip


# What the first stage of a full qualification asks: no content yet.
FIRST_STAGE = {
    "title": "New Zealand Certificate in Scaffolding",
    "language": "en",
    "purpose": {"en": "Its graduates put scaffolds up and take them down."},
    "level": "4",
    "need_statement": "Every region lacks scaffolders.",
    "duplication_statement": "None of the two neighbouring certificates covers scaffolds.",
    "stakeholder_statement": "The scaffolders' association and two unions sit on the working group.",
}


def make_qualification(provider: Provider | None = None, by: User | None = None, **values: Any) -> Case:
    """A full qualification of which the development has been asked to be approved."""
    provider = provider or make_provider()
    by = by or make_signatory(provider)
    application = credential_services.draft_qualification(provider=provider, by=by)
    credential_services.save_draft(case_id=application.case_id, by=by, values={**FIRST_STAGE, **values})
    case = desk.submit(case_id=application.case_id, by=by)
    case.signatory = by
    return case


def make_developing(**values: Any) -> Case:
    """A full qualification of which the development has been approved: its content is still to be written."""
    case = make_qualification(**values)
    signatory = case.signatory
    decide(evaluate(case))
    case.refresh_from_db()
    case.signatory = signatory
    return case


def make_accreditation_draft(credential: Credential, provider: Provider, by: User, **values: Any) -> Case:
    """A complete application to deliver an entry, unless `values` take something away."""
    application = credential_services.draft_accreditation(provider=provider, number=credential.number, by=by)
    credential_services.save_accreditation(case_id=application.case_id, by=by, values={
        "sites": ["Kestrel Street"], "capability_statement": "Two inspectors teach it in our own yard.", **values,
    })  # fmt: skip
    return Case.objects.get(pk=application.case_id)


def make_change(
    credential: Credential,
    by: User,
    content: dict[str, Any] | None = None,
    *,
    now: datetime | None = None,
    **values: Any,
) -> Case:
    """A change that the body which awards the entry has drafted."""
    asked = {"provider": credential.awarding_body, "number": credential.number}
    change = credential_services.propose_change(**asked, by=by, now=now)
    said = {"content": content or {}, **values}
    credential_services.save_amendment(case_id=change.case_id, by=by, values=said, now=now)
    return Case.objects.get(pk=change.case_id)


APPROVE_ALL = {"listing": "approved", "approval": "approved", "accreditation": "approved"}


def approve(case: Case, by: User | None = None, **kwargs: Any):
    return desk.decide(
        case_id=case.pk,
        by=by or make_user("Dana", "decision_maker"),
        outcomes=APPROVE_ALL,
        reason="Need is shown.",
        **kwargs,
    )


def make_listed(**values: Any) -> Credential:
    """A micro-credential on the register, as an application and its approval make one."""
    case = make_recommended(**values)
    approve(case)
    return Credential.objects.select_related("awarding_body__organisation").get(revisions__application__case=case)


def document_of(number: str) -> dict[str, Any]:
    """What the register says of an entry now."""
    return orjson.loads(bytes(Entry.objects.get(number=number).document))


def document(**fields: Any) -> dict[str, Any]:
    """A credential's public document."""
    title = fields.get("title", "Certificate in Plumbing")
    return {
        "number": None, "kind": "qualification", "title": title, "language": "en", "titles": {"en": title},
        "alternative_titles": [], "purpose": None, "learning_outcomes": [], "level": "3", "level_native": None,
        "credits": "60", "notional_hours": None, "fields": [], "languages": ["en"], "delivery_modes": [],
        "assessment": None, "entry_requirements": None, "providers": [], "part_of": [], "counts_towards": [],
        "listed_on": "2020-01-01", "last_new_enrolment": None, "expiring_from": None, "expiry_end": None,
        "closed_undated": False, "suspensions": [], "review_period_months": None, "review_due": None,
        "decisions": [], "identifiers": [], "source": None, "gaps": [], **fields,
    }  # fmt: skip


CONCEPT = {"scheme": "esco", "code": "1", "title": {"en": "Plumber"}, "uri": "http://data.europa.eu/esco/skill/1"}
# Every field of the dictionary that has no column of its own, as a public document says it.
DETAILED = {
    "type": "certificate", "purpose_parts": {"use": {"en": "=Used everywhere"}},
    "levels": [
        {"framework": "eqf", "value": "4"}, {"framework": "nz", "from": "3", "to": "4"}, {"framework": "x", "pending": True},
    ],
    "credit_system": "nzqcf", "workload_ects": "7.5", "workload_method": "hours_based", "workload_declared_by": "Harbour",
    "components": [{"title": {"en": "Pipes"}, "code": "P1", "credits": "0.25", "level": "3", "compulsory": True}],
    "assessment_methods": ["observation"], "assessment_criteria": {"en": "Sound."}, "moderation": {"en": "Twice."},
    "supervision": "supervised_no_identity_check", "grading_scale": "pass_fail", "participation_form": "on_site",
    "study_mode": "part_time", "duration": "PT60H", "award_basis": "both", "rpl_url": "https://example.org/rpl",
    "quality_assurance": [{"type": "external", "body": "NZQA", "decision": "D-1", "date": "2020-01-01"}],
    "fees": [{"amount": "640.5", "currency": "NZD", "per": "whole", "tax_included": True, "from": "2025-01-01"}],
    "standards": [CONCEPT], "occupations": [CONCEPT], "skills": [CONCEPT], "stackability": "stackable",
    "stacking": [{"relation": "counts_towards", "number": "NQ-000001", "credits": "2.5", "group": "core"}],
    "stacking_groups": [{"group": "core", "label": {"en": "Core"}, "rule": "some", "least": "2"}],
    "framework_facts": {"nzsced": "010101", "work_based": True, "listed": ["a", "b"]},
    "effective_from": "2025-01-01", "last_award": "2027-12-31",
    "replaces": [{"number": "NQ-000002", "equivalence": "equivalent", "note": {"en": "Holders keep it."}}],
    "transition": {"en": "Whoever has started may finish."},
    "replaced_by": [{"number": "NQ-000003", "equivalence": "not_equivalent"}],
    "last_review": {"outcome": "approved", "on": "2025-03-01", "decision": "D-7", "conditions": []},
    "reconsiderations": [
        {"decision": "D-1", "lodged_on": "2020-02-01", "effect": "stay", "effect_from": "2020-02-03"},
    ],
}  # fmt: skip


def publish(effective_from: date = DAY, **fields: Any) -> journal.Published:
    """One credential on the register."""
    with transaction.atomic():
        return journal.publish(document(**fields), effective_from=effective_from)
