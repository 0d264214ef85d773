"""Makes successions and changes of name for tests: complete ones, unless they are told otherwise."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from credentials.models import Accreditation, Credential
from credentials.publishing import accreditation_document
from providers import services
from providers.models import Provider
from registry import journal
from registry.casework import services as desk
from registry.framework.current import today
from registry.models import Case, User
from tests.builders import APPROVE_ALL, decide, letter, make_provider, make_recommended, make_signatory, make_user

FIRST = date(2020, 1, 1)
TODAY = today()
HAPPENED = TODAY - timedelta(days=10)
DAY = timedelta(days=1)


def listed_since(day: date = FIRST, **values: Any) -> Credential:
    """An entry on the register since a past day, and its body accredited since then: two approvers said so."""
    case = make_recommended(**values)
    desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), outcomes=APPROVE_ALL, reason="Need is shown.",
        effective_on=day, backdating="record",
    )  # fmt: skip
    desk.confirm(case_id=case.pk, by=make_user("Sam", "decision_maker"))
    return Credential.objects.select_related("awarding_body").get(revisions__application__case=case)


def accredited(credential: Credential, provider: Provider, begins: date = FIRST, **fields: Any) -> Accreditation:
    """A public accreditation of one more body."""
    said = {"sites": ["Yard"], "delivery_modes": ["on_site"], "languages": ["en"], **fields}
    made = Accreditation(credential=credential, provider=provider, accredited_from=begins, **said)
    with transaction.atomic():
        made.number = journal.publish(accreditation_document(made), effective_from=begins).number
        made.save()
    return made


def accreditation_of(provider: Provider, credential: Credential | None = None) -> Accreditation:
    held = Accreditation.objects.filter(provider=provider)
    return held.get(credential=credential) if credential else held.get()


def transfer(to: Provider) -> dict[str, Any]:
    return {"what": "transfer", "to": to.number}


def drafted(before: list[Provider], after: list[Provider], by: User | None = None, **values: Any) -> Case:
    """A draft of a merger with its evidence, begun about the first body that came before; no accreditation is named yet."""
    by = by or make_user("Reg", "registrar")
    case = services.draft_succession(about=before[0].number, by=by)
    services.save_succession(case_id=case.pk, by=by, values={
        "relation": "merger", "before": [p.number for p in before], "after": [p.number for p in after],
        "happened_on": HAPPENED, **values,
    })  # fmt: skip
    desk.attach(case_id=case.pk, by=by, criterion="identity", upload=letter("deed.txt", b"The deed of merger."))
    case = Case.objects.get(pk=case.pk)
    case.officer = by
    return case


def name_each(case: Case, said: dict[str, Any], **values: Any) -> None:
    """What becomes of each accreditation, by its number."""
    services.save_succession(case_id=case.pk, by=case.officer, values={"accreditations": said, **values})


def handed_on(before: list[Provider], after: list[Provider], said: dict[str, Any] | None = None, **values: Any) -> Case:
    case = drafted(before, after, **values)
    name_each(case, said or {})
    desk.submit(case_id=case.pk, by=case.officer)
    return case


def decided(case: Case, on: date = HAPPENED, **kwargs: Any) -> list:
    """Decided in effect from a day; where that is past, a second approver confirms it."""
    if on >= TODAY:
        return decide(case, effective_on=TODAY, **kwargs)
    decide(case, effective_on=on, backdating="law", **kwargs)
    return desk.confirm(case_id=case.pk, by=make_user("Kim", "decision_maker"))


def asked_name(provider: Provider | None = None, by: User | None = None, **values: Any) -> Case:
    """A complete draft in which a body asks for another name, with the signatory who wrote it."""
    provider = provider or make_provider("Harbour Institute")
    by = by or make_signatory(provider)
    case = services.draft_renaming(about=provider.number, by=by)
    services.save_renaming(
        case_id=case.pk, by=by, values={"legal_name": "Harbour Polytechnic", "borne_from": HAPPENED, **values}
    )
    desk.attach(case_id=case.pk, by=by, criterion="identity", upload=letter("certificate.txt", b"Certificate."))
    case = Case.objects.get(pk=case.pk)
    case.signatory = by
    return case
