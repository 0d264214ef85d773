"""What must hold before a case about a credential moves on: each answers with the sentence that says why not, or with
nothing.

An applicant is told nothing of another body's case, nor of what the authority prepares: those sentences name neither.
"""

from datetime import date

from django.utils.translation import gettext as _

from credentials import delivering, proposals
from credentials.gone import why_gone
from credentials.models import AccreditationApplication, Amendment, Credential
from providers.models import Provider
from providers.pausing import paused
from providers.publishing import document
from registry.framework import current
from registry.models import Case, User
from registry.status import status_on


def provider_may_apply(case: Case, by: User | None, today: date) -> str | None:
    """Only a body that is registered that day applies, and is granted anything: one that is suspended waits (S1, edge
    case 8)."""
    body = Provider.objects.registered(today).filter(organisation=case.organisation).first()
    if body is not None and status_on(document(body), today) == "registered":
        return None
    not_registered = _("%(body)s is not a registered provider on this day.") % {"body": case.organisation}
    return paused(case, today) or not_registered


# -- changes of an entry -----------------------------------------------------------------------------------------------


def based_on_what_is_public(case: Case, by: User | None = None, today: date | None = None) -> str | None:
    """An amendment is handed on and decided against the revision that is public, never against an older one (E3)."""
    amendment = case.amendment
    if refusal := why_gone(amendment.credential.number):
        return refusal
    latest = amendment.credential.revisions.latest_public()
    if latest.number == amendment.based_on:
        return None
    said = {"latest": latest.number, "based": amendment.based_on}
    return _("Revision %(latest)s is public meanwhile; this is based on %(based)s. Compare it with the new one.") % said


def awards_or_develops(case: Case, by: User | None, today: date) -> str | None:
    """A change of an entry is proposed by the body that leads its award, or develops it (domain 1.8)."""
    amendment = case.amendment
    if refusal := why_gone(amendment.credential.number):
        return refusal
    body = Provider.objects.filter(organisation=case.organisation).first()
    if body and Credential.objects.of_body(body).filter(pk=amendment.credential_id).exists():
        return None
    return _("Only the body that awards or develops an entry proposes a change of it.")


def nothing_else_is_open(case: Case, by: User | None, today: date) -> str | None:
    """An entry has one open change at a time: the other one would overtake it unseen (S1)."""
    others = case.amendment.credential.amendments.exclude(case=case)
    if others.before_the_authority().exists() or others.waiting().exists():
        return _("Another change of this entry is open: hand yours in once that one has been decided and is public.")
    return None


def nobody_asks_to_deliver(case: Case, by: User | None, today: date) -> str | None:
    """An entry does not end, and is not replaced, while a body asks to deliver it (S1)."""
    amendment = case.amendment
    if not proposals.ends(amendment):
        return None
    asked = AccreditationApplication.objects.filter(credential=amendment.credential).with_the_authority()
    if asked.exists():
        return _("An application to deliver this entry is open: it ends or is replaced once that has been decided.")
    return None


def of_this_the_authority_is_notified(case: Case, by: User | None, today: date) -> str | None:
    """A change is accepted without an evaluation where the law only wants to be notified of it (Type 1, domain 1.8)."""
    if proposals.only_notified(case.amendment):
        return None
    return _("A change of this category is evaluated before it is approved (Type 2).")


def ended_as_it_was_written(case: Case, by: User | None, today: date) -> str | None:
    """What takes back the end of an entry that was expiring (E6) is not decided as that once the entry is discontinued:
    it is a reinstatement then (E7), and the other way round."""
    amendment = case.amendment
    ended = delivering.ended_by(amendment.credential.number, today) is not None
    if not proposals.touches_the_end(amendment) or ended == proposals.of_an_ended_entry(amendment):
        return None
    if ended:
        return _("The entry is discontinued meanwhile: save the draft again, and look at what it proposes.")
    return _("The entry is not discontinued any more: save the draft again, and look at what it proposes.")


def receiving_bodies_may(case: Case, by: User | None, today: date) -> str | None:
    """A body that takes an entry on is registered, in scope, and not suspended on the day (rule 16)."""
    amendment = case.amendment
    for body in proposals.receiving(amendment).values():
        if body is None:
            return _("There is no registered provider of this number.")
        if refusal := delivering.why_not_in_scope(body, amendment.credential, today):
            return refusal
    return None


# -- accreditation alone -----------------------------------------------------------------------------------------------


def body_may_deliver(case: Case, by: User | None, today: date) -> str | None:
    """The body is registered, in scope, and no standard-setting body (domain 4.5)."""
    application = case.accreditation_application
    return delivering.why_not(application.provider, application.credential, today)


def entry_is_current(case: Case, by: User | None, today: date) -> str | None:
    """Nobody is accredited anew for an entry that is not public, or is on its way out (domain 4.5)."""
    return delivering.why_not_now(case.accreditation_application.credential, today)


def not_accredited_already(case: Case, by: User | None, today: date) -> str | None:
    """A provider has one present accreditation for an entry."""
    application = case.accreditation_application
    return delivering.already(application.provider, application.credential, today)


def asked_once(case: Case, by: User | None, today: date) -> str | None:
    """A provider has one open application to deliver an entry (S1)."""
    application = case.accreditation_application
    same = AccreditationApplication.objects.filter(
        provider=application.provider, credential=application.credential
    ).exclude(case=case)  # fmt: skip
    other = same.with_the_authority().select_related("case").first()
    if other is None:
        return None
    return _("%(reference)s asks for the same already.") % {"reference": other.case.reference}


def no_end_is_proposed(case: Case, by: User | None, today: date) -> str | None:
    """Nobody asks to deliver an entry of which the end or the replacement is before the authority (S1)."""
    if any(_is_heavy(amendment) for amendment in case.accreditation_application.credential.amendments.handed_in()):
        return _("No application to deliver this entry can be taken at the moment. Please ask the authority.")
    return None


def _is_heavy(amendment: Amendment) -> bool:
    category = current.profile().category(amendment.category)
    return category is not None and category.makes in ("ending", "replacement")
