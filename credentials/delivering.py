"""Who may be accredited to deliver an entry: asked when it is applied for, when it is decided, and when it is published
(domain 4.5)."""

from datetime import date
from typing import Any

import orjson
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from credentials import publishing, rules
from credentials.gone import why_gone
from credentials.models import Accreditation, AccreditationApplication, Credential
from providers.models import Provider
from providers.publishing import document as body_document
from registry.casework import services as desk
from registry.content.bodies import in_scope
from registry.errors import Violation
from registry.framework import current
from registry.framework.rules import check
from registry.models import Case, Entry
from registry.status import status_on

OWN = "The register's own"


def why_not(body: Provider, credential: Credential, day: date) -> str | None:
    """Why a body may not deliver a listed credential from that day; None where it may.

    A standard-setting body develops and never delivers (NZ-16); any other is registered on the day, and in scope.
    """
    if not body.may_deliver:
        return _("A standard-setting body develops and never delivers: it cannot be accredited.")
    return why_not_in_scope(body, credential, day)


def why_not_in_scope(body: Provider, credential: Credential, day: date) -> str | None:
    """Why a body may not stand behind an entry from that day: it is not registered, or not for such an entry."""
    said = {"number": body.number or "", "name": body.title}
    document = body_document(body)
    if status_on(document, day) != "registered" or not body.registered_on or body.registered_on > day:
        return _("%(number)s %(name)s is not registered on that day.") % said
    content = credential.revisions.latest_public()
    offered = publishing.credential_document(credential, content) if content else {"kind": credential.kind}
    if not in_scope(document, offered, day):
        return _("The registration of %(number)s %(name)s does not cover it.") % said
    return None


def why_not_now(credential: Credential, day: date) -> str | None:
    """Why nobody is accredited for an entry on that day: it is not public, or not current any more."""
    document = document_of(credential.number)
    if document is None:
        return why_gone(credential.number) or _("There is no such entry on the public register.")
    if status_on(document, day) != "current":
        return _("%(number)s is not current: nobody is accredited for it any more.") % {"number": credential.number}
    return None


def already(body: Provider, credential: Credential, day: date) -> str | None:
    """Whether the body is accredited for the entry already, as a sentence; one that has ended counts no more."""
    present = Accreditation.objects.present(day).filter(provider=body, credential=credential).first()
    if present is None:
        return None
    return _("%(name)s is accredited for it already: %(number)s.") % {"name": body.title, "number": present.number}


def document_of(number: str | None) -> dict[str, Any] | None:
    """What the register says of an entry now; None for what is not public, or was withdrawn."""
    found = Entry.objects.readable().filter(number=number).values_list("document", flat=True).first()
    return orjson.loads(bytes(found)) if found else None


def ended_by(number: str | None, day: date) -> date | None:
    """The day itself, where the entry is discontinued on it; None where it is not."""
    document = document_of(number)
    return day if document and status_on(document, day) == "discontinued" else None


# -- the rules of an application ---------------------------------------------------------------------------------------


def violations(case: Case, stage: str) -> list[Violation]:
    """What an application for accreditation leaves out or breaks: the law's rules on accreditations, and the form's own."""
    application = case.accreditation_application
    found = check(
        _facts(application), kind="accreditation", stage=stage, version=desk.version_of(case),
        language=get_language() or "en",
    )  # fmt: skip
    return found + [Violation(f"REG-{field}", field, message, source=OWN) for field, message in _missing(application)]


def _facts(application: AccreditationApplication) -> dict[str, Any]:
    """The plain values that a law's rules on accreditations speak of."""
    body, credential = application.provider, application.credential
    entry = document_of(credential.number) or {}
    said = {name: entry[name] for name in ("level", "credits", "type", "title") if entry.get(name)}
    said |= {
        "applicant_type": body.type, "provider_regulated": not body.unverified,
        "provider_status": status_on(body_document(body), current.today()),
        "delivery_modes": application.delivery_modes, "languages": application.languages,
        "status": status_on(entry, current.today()) if entry else None,
    }  # fmt: skip
    return said | rules.from_the_desk(application.case)


def _missing(application: AccreditationApplication) -> list[tuple[str, str]]:
    begins, ends = application.begins_on, application.ends_on
    asked = [
        ("sites", not application.sites, _("Say at which sites you deliver it.")),
        ("delivery_modes", not application.delivery_modes, _("Say how you deliver it.")),
        ("languages", not application.languages, _("Say in which languages you deliver it.")),
        ("capability_statement", not application.capability_statement.strip(),
         _("Describe staff, resources, and the support for learners.")),
        ("ends_on", bool(begins and ends and ends < begins), _("The last day is before the first one.")),
        ("ends_on", bool(ends and ends < current.today()), _("The last day is over already.")),
    ]  # fmt: skip
    return [(field, message) for field, wrong, message in asked if wrong]
