"""Loads the demo register through the same services that officers and applicants use, once."""

import json
import os
import secrets
import tomllib
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from psycopg.types.range import DateRange

from credentials import publishing, schedule, stacking
from credentials import services as credential_services
from credentials.models import Accreditation, Credential, Review, Revision
from credentials.services import reviewing
from providers import services as provider_services
from providers.models import Provider
from registry import audit, journal
from registry.casework import services as desk
from registry.content import bodies
from registry.errors import RuleViolations
from registry.framework import calendar, current
from registry.journal import Publication
from registry.models import ApiKey, Case, Membership, Organisation, User
from registry.search import follower

FILE = Path(__file__).with_name("register.toml")
STAFF = [
    ("evaluator", "Eru Parata"),
    ("decision_maker", "Dana Whitcombe"),
    ("decision_maker", "Samuel Okoye"),
    ("review_officer", "Ruth Alemán"),
    ("registrar", "Grace Tuilagi"),
    ("auditor", "Aroha Simmonds"),
    ("administrator", "Tomás Évora"),
]
# Who signs for which body.
SIGNATORIES = [
    ("harbour", "Hine Matthews"),
    ("kestrel", "Koji Bennett"),
    ("pacifica", "Paulo Semedo"),
    ("totara", "Tala Reid"),
]
REASON = "Loaded with the demo register."


def load(home: Path) -> bool:
    """Load the demo register and write its accounts; False where it has been loaded already.

    The cases come once the register is there and can be searched: no case is recommended before it was (S8).
    """
    demo = tomllib.loads(FILE.read_text(encoding="utf-8"))
    loaded = _register(demo, home)
    with suppress(follower.IndexBusy):  # a follower of this host is at most a moment behind
        follower.catch_up()
    found = _cases(demo) or loaded
    if loaded:
        _reviews()
    return found


def _register(demo: dict[str, Any], home: Path) -> bool:
    with transaction.atomic():
        if Provider.objects.exists():
            return False
        providers = {row["key"]: _provider(row) for row in demo["organisations"]}
        provider_services.publish_many(list(providers.values()), effective_from=current.today(), reason=REASON)
        _histories(demo["organisations"], providers)
        _credentials(demo["credentials"], providers)
        accounts = _accounts(providers)
        audit.record("register:demo:loaded", details={"credentials": len(demo["credentials"])})
    _write(home / "demo-accounts.json", accounts)
    return True


def _cases(demo: dict[str, Any]) -> bool:
    """The cases of the demo register, taken by its people as far as each has come; False where there are some already."""
    with transaction.atomic():
        if Case.objects.exists() or not User.objects.filter(email=_email("Hine Matthews", True)).exists():
            return False
        providers = {row["key"]: Provider.objects.get(title=row["name"]) for row in demo["organisations"]}
        people = {key: User.objects.get(email=_email(name, True)) for key, name in SIGNATORIES}
        for role, name in STAFF:
            people.setdefault(role, User.objects.get(email=_email(name, False)))
        for row in demo["applications"]:
            _application(row, providers, people)
    return True


def _reviews() -> None:
    """Open the reviews that are near, as each day does. One of which the day is over was asked for in time, and is late."""
    today = current.today()
    reviewing.open_reviews(today)
    for review in Review.objects.filter(due_on__lt=today).select_related("case"):
        review.case.answer_by = review.case.report_by = review.due_on
        review.case.save(update_fields=["answer_by", "report_by"])


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _provider(row: dict[str, Any]) -> Provider:
    return Provider.objects.create(
        organisation=Organisation.objects.create(legal_name=row["name"]),
        title=row["name"], language=row["language"],
        titles={row["language"]: row["name"], **row.get("other_names", {})},
        type=row.get("type"), website=row.get("website"), country=current.profile().country, region=row["region"],
        may_deliver=row.get("may_deliver", True), registered_on=_day(row.get("registered_on")),
        former_names=row.get("former_names", []), details=bodies.said(row.get("details", {})),
        unverified=row.get("unverified", False),
    )  # fmt: skip


def _histories(rows: list[dict[str, Any]], providers: dict[str, Provider]) -> None:
    """What became of some of them, and what the authority has imposed on one."""
    for row in rows:
        provider = providers[row["key"]]
        if later := row.get("becomes"):
            provider_services.succeed(
                [provider], [providers[later["key"]]], relation=later["relation"], on=_day(later["on"]), reason=REASON
            )
        for action in row.get("actions", ()):
            provider_services.impose(
                provider, kind=action["kind"], summary=action["summary"], on=_day(action["on"]), reason=REASON
            )
    for provider in providers.values():
        provider.refresh_from_db()


def _credentials(rows: list[dict[str, Any]], providers: dict[str, Provider]) -> None:
    made: dict[str, tuple[Credential, Revision]] = {row["key"]: _credential(row, providers) for row in rows}
    # Full qualifications first, so that what links to them can name their numbers.
    ordered = sorted(rows, key=lambda row: bool(row.get("part_of") or row.get("counts_towards")))
    for row in ordered:
        credential, revision = made[row["key"]]
        links = [
            {"relation": name, "number": made[key][0].number, **row.get("recognised", {}).get(key, {})}
            for name in ("part_of", "counts_towards")
            for key in row.get(name, ())
        ]
        said = {"stacking": links, "stacking_groups": row.get("stacking_groups")}
        revision.details = {name: value for name, value in said.items() if value}
        document = publishing.credential_document(credential, revision)
        published = journal.publish(document, effective_from=credential.listed_on, reason=REASON)
        credential.number, revision.number = published.number, published.revision
        credential.save()
        revision.save()
        stacking.keep({credential.pk: links}, {c.number: c.pk for c, _ in made.values() if c.number})
    _accreditations(rows, made, providers)


def _credential(row: dict[str, Any], providers: dict[str, Provider]) -> tuple[Credential, Revision]:
    language = row["language"]
    credential = Credential.objects.create(
        kind=row["kind"], awarding_body=providers[row["awarding"]], developer=providers[row["developer"]],
        listed_on=_day(row["listed_on"]), expiring_from=_day(row.get("expiring_from")),
        last_new_enrolment=_day(row.get("last_new_enrolment")), expiry_end=_day(row.get("expiry_end")),
        suspensions=[DateRange(_day(s["from"]), None) for s in row.get("suspensions", ())],
        **_reviewed(row),
    )  # fmt: skip
    revision = Revision.objects.create(
        credential=credential, title=row["title"], language=language,
        titles={language: row["title"], **row.get("titles", {})}, purpose={language: row["purpose"]},
        learning_outcomes=[{"text": {language: outcome}} for outcome in row["outcomes"]], level=row["level"],
        credits=Decimal(row["credits"]), notional_hours=Decimal(row["credits"]) * 10, fields=_field(row),
        languages=row["languages"], delivery_modes=row["delivery_modes"], assessment={language: row["assessment"]},
        entry_requirements={language: row["entry_requirements"]} if row.get("entry_requirements") else {},
    )  # fmt: skip
    return credential, revision


def _reviewed(row: dict[str, Any]) -> dict[str, Any]:
    """When it is reviewed next: counted from its listing, or so many days from today where the row says so."""
    today, about = current.today(), Credential(kind=row["kind"])
    schedule.begin(about, _day(row["listed_on"]), row["review_period_months"])
    if (days := row.get("review_in_days")) is not None:
        due = calendar.rolled(today + days * calendar.DAY, current.profile().calendar)
        about.review_anchor, about.review_months, about.review_due = due, 0, due
    elif about.review_due <= today:
        schedule.advance(about, today)
    names = ("review_period_months", "review_anchor", "review_months", "review_due")
    return {name: getattr(about, name) for name in names}


def _field(row: dict[str, Any]) -> list[dict[str, str]]:
    return [{"scheme": "isced-f-2013", "code": row["field_code"], "label": row["field_label"]}]


def _accreditations(rows, made, providers) -> None:
    accreditations = [
        Accreditation(
            credential=made[row["key"]][0], provider=providers[key], accredited_from=_day(row["listed_on"]),
            sites=[providers[key].region], delivery_modes=row["delivery_modes"], languages=row["languages"],
        )
        for row in rows
        for key in row["delivering"]
    ]  # fmt: skip
    published = journal.publish_many(
        [
            Publication(document=publishing.accreditation_document(a), effective_from=a.accredited_from, reason=REASON)
            for a in accreditations
        ]
    )
    for accreditation, landed in zip(accreditations, published, strict=True):
        accreditation.number = landed.number
    Accreditation.objects.bulk_create(accreditations)


def _email(name: str, of_provider: bool) -> str:
    return f"{name.split()[0].lower().translate(_PLAIN)}@{'provider' if of_provider else 'authority'}.example"


def _accounts(providers: dict[str, Provider]) -> dict[str, Any]:
    """Staff of every role, and signatories of providers: two of one body, and one of another."""
    accounts = []

    def add(role: str, name: str, provider: Provider | None = None) -> None:
        password = secrets.token_urlsafe(12)
        email = _email(name, provider is not None)
        user = User.objects.create_user(email, password, name=name, is_staff=provider is None)
        if provider:
            Membership.objects.create(user=user, organisation=provider.organisation, role=Membership.Role.SIGNATORY)
        else:
            user.groups.add(Group.objects.get(name=role))
        accounts.append(
            {"role": role, "username": email, "password": password, "provider": provider.number if provider else None}
        )

    for key, name in SIGNATORIES:
        add("provider", name, providers[key])
    for role, name in STAFF:
        add(role, name)
    key = ApiKey.issue(providers["harbour"].organisation, "demo")
    return {"accounts": accounts, "api_key": {"provider": providers["harbour"].number, "key": key}}


_PLAIN = str.maketrans("áéíóúÁÉÍÓÚ", "aeiouaeiou")


def _application(row: dict[str, Any], providers: dict[str, Provider], people: dict[str, User]) -> None:
    """Take one application as far as its state, in the steps that people would take."""
    by, state, language = people[row["organisation"]], row["state"], row["language"]
    application = credential_services.draft(provider=providers[row["organisation"]], by=by)
    case_id = application.case_id
    credential_services.save_draft(
        case_id=case_id, by=by,
        values={
            "title": row["title"], "language": language, "titles": {language: row["title"]},
            "purpose": {language: row["purpose"]},
            "learning_outcomes": [{"text": {language: outcome}} for outcome in row["outcomes"]], "level": row["level"],
            "credits": Decimal(row["credits"]), "fields": _field(row), "languages": [language],
            "delivery_modes": row["delivery_modes"],
            "assessment": {language: row["assessment"]} if row["assessment"] else {},
            "need_statement": row["need_statement"], "duplication_statement": row["duplication_statement"],
            "sites": [providers[row["organisation"]].region],
        },
    )  # fmt: skip
    if state == "draft":
        return
    letter = SimpleUploadedFile("letter-of-support.txt", row["need_evidence"].encode(), "text/plain")
    desk.attach(case_id=case_id, by=by, criterion="need", upload=letter)
    try:
        desk.submit(case_id=case_id, by=by)
    except RuleViolations:
        return  # written for New Zealand: what another country's rules refuse stays a draft
    if state == "withdrawn":
        desk.withdraw(case_id=case_id, by=by)
    if state in ("submitted", "withdrawn"):
        return
    evaluator = people["evaluator"]
    desk.start_evaluation(case_id=case_id, by=evaluator)
    if state == "under_evaluation":
        desk.judge(
            case_id=case_id, by=evaluator, criterion="need", verdict="met", reason="The hospice's letter gives figures."
        )
        return
    if not Case.objects.get(pk=case_id).duplicate_checks.exists():
        desk.compare(case_id=case_id, by=evaluator)
    sound = state == "recommended"
    for criterion in ("purpose", "need", "assessment", "duplication", "capability"):
        met = sound or criterion in ("duplication", "capability")
        desk.judge(
            case_id=case_id, by=evaluator, criterion=criterion, verdict="met" if met else "not_met",
            reason="The application and its evidence show it." if met else "No employer asks for it, and nothing is assessed.",
        )  # fmt: skip
    desk.recommend(
        case_id=case_id, by=evaluator, outcome="approved" if sound else "declined",
        reason="Every criterion is met." if sound else "Need and assessment are not shown.",
    )  # fmt: skip
    if state == "declined":
        desk.decide(
            case_id=case_id, by=people["decision_maker"],
            outcomes=dict.fromkeys(("listing", "approval", "accreditation"), "declined"),
            reason="A micro-credential certifies assessed skills that somebody needs. This application shows neither.",
        )  # fmt: skip


def _write(path: Path, accounts: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(accounts, file, indent=1)
