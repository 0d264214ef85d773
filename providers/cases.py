"""The kinds of case that this app brings to the desk, and the sections that it brings to the portal."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from providers import asked, cases_identity, complaints, lifecycle, pausing, proposals, rules
from providers.models import Provider, Registration, ScopeChange
from providers.services import matching, redress, registration
from providers.services.registration import REGISTRATION, SCOPE
from registry.canonical import canonical
from registry.casework import kinds
from registry.casework import services as desk
from registry.content.bodies import TYPES
from registry.content.shapes import Shape
from registry.documents import iso
from registry.errors import RegisterError
from registry.framework import current
from registry.framework.profile import text
from registry.models import Case, Organisation
from registry.portal import sections
from registry.search import similar


def content(case: Case) -> dict[str, Any]:
    """What a body hands in, as it is frozen: what would be public, what it says of each criterion, and a digest of the
    people whom it names."""
    record = case.registration
    said = {name: getattr(record, name) for name in asked.SHAPES if name not in asked.PERSONAL}
    said |= {"asked_from": iso(record.asked_from), "asked_until": iso(record.asked_until)}
    people = [record.salt, *(getattr(record, name) for name in asked.PERSONAL)]
    return said | {
        "statements": record.statements, "people_sha256": hashlib.sha256(canonical(people)).hexdigest()
    }  # fmt: skip


def content_of_scope(case: Case) -> dict[str, Any]:
    record = case.scope_change
    return {
        "provider": record.provider.number, "sites": record.sites, "scope": record.scope,
        "statements": record.statements,
    }  # fmt: skip


def preview(case: Case) -> list[Mapping[str, Any]]:
    """What an approval today would make public; nothing where the body cannot be registered today."""
    record: Registration | ScopeChange = case.registration if case.kind == REGISTRATION else case.scope_change
    try:
        return [proposals.document(record, day=current.today())]
    except RegisterError:
        return []


def alike(case: Case, day: date) -> list[similar.Match]:
    """The bodies on the register that the applicant may be, or may be taken for."""
    own = {proposals.of(case.registration).number} - {None}
    document = next(iter(preview(case)), {})
    return similar.bodies(document, day=day, exclude=own, least=matching.LEAST)


def entries(case: Case) -> list[str]:
    """The number of the provider on the register; none before it is there."""
    provider = proposals.of(case.registration) if case.kind == REGISTRATION else case.scope_change.provider
    return [provider.number] if provider.number else []


# -- what an officer reads ---------------------------------------------------------------------------------------------


def described(case: Case) -> list[dict[str, Any]]:
    """What an officer reads of a registration: sections of label and text, in the order of the form."""
    record = case.registration
    known = proposals.of(record)
    return [
        {"label": _("Legal name"), "text": record.legal_name, "language": record.language},
        {"label": _("On the register as"), "text": known.number},
        {"label": _("Other names"), "lines": record.other_names},
        {"label": _("Type"), "text": TYPES.get(record.type)},
        {"label": _("Number as a body corporate"), "text": f"{record.body_register} {record.body_number}".strip()},
        {"label": _("Address"), "text": record.address},
        {"label": _("Country and region"), "text": ", ".join(filter(None, (record.country, record.region)))},
        {"label": _("Website"), "text": record.website},
        {"label": _("Means to deliver"), "text": _("yes") if record.may_deliver else _("no")},
        {"label": _("Asked for from"), "text": iso(record.asked_from) or _("the day of the decision")},
        {"label": _("Asked for until"), "text": iso(record.asked_until) or _("without an end")},
        *_of_scope(record),
        *_statements(case, record),
        {"label": _("Governing members"), "lines": _lines(asked.GOVERNING_MEMBERS, record.governing_members)},
        {"label": _("Contact people"), "lines": _lines(asked.CONTACTS, record.contacts)},
    ]


def described_scope(case: Case) -> list[dict[str, Any]]:
    """What an officer reads of a change of scope: what is asked for beside what holds today."""
    record = case.scope_change
    provider, today = record.provider, current.today()
    present = ScopeChange(**{name: proposals.dated.held(provider, name, today) for name in proposals.DATED})
    return [
        {"label": _("Provider"), "text": f"{provider.number} {provider.title}"},
        *_of_scope(record),
        {"label": _("Sites today"), "lines": _lines(asked.SITES, present.sites)},
        {"label": _("Scope today"), "lines": _lines(asked.SCOPE, present.scope)},
        *_statements(case, record),
    ]


def _of_scope(record: Registration | ScopeChange) -> list[dict[str, Any]]:
    return [
        {"label": _("Sites"), "lines": _lines(asked.SITES, record.sites)},
        {"label": _("Scope of registration"), "lines": _lines(asked.SCOPE, record.scope)},
    ]


def _statements(case: Case, record: Registration | ScopeChange) -> list[dict[str, Any]]:
    language = get_language() or "en"
    return [
        {"label": text(criterion.label, language), "text": record.statements.get(criterion.id)}
        for criterion in desk.criteria_of(case)
    ]


def _lines(shape: Shape, rows: list[dict[str, Any]]) -> list[str]:
    return shape.lines(rows, get_language() or "en")


# -- what the portal offers --------------------------------------------------------------------------------------------


def any_registered(bodies: list[Organisation]) -> bool:
    """Whether one of these bodies is registered today, and so may apply for something."""
    return Provider.objects.registered(current.today()).filter(organisation__in=bodies).exists()


def any_to_be_registered(bodies: list[Organisation]) -> bool:
    """Whether one of these bodies could be registered today."""
    return any(lifecycle.why_not_registered(body, current.today()) is None for body in bodies)


def register() -> None:
    complaints.register()
    kinds.register(
        kinds.CaseKind(
            name=REGISTRATION,
            label=gettext_lazy("registration of a provider"),
            prefix="REG",
            states=lifecycle.STATES,
            transitions=lifecycle.TRANSITIONS,
            matters=lifecycle.MATTERS,
            effect=registration.publish_registered,
            sections=described,
            check=rules.violations,
            own_page="portal:case",
            edit_page="providers:edit",
            entries=entries,
            alike=alike,
            content=content,
            preview=preview,
            freeze=registration.freeze,
            redress=kinds.Redress(tell=redress.tell),
        )
    )
    kinds.register(
        kinds.CaseKind(
            name=SCOPE,
            label=gettext_lazy("change of a provider's scope"),
            prefix="SCO",
            states=lifecycle.SCOPE_STATES,
            transitions=lifecycle.SCOPE_TRANSITIONS,
            matters=lifecycle.SCOPE_MATTERS,
            effect=registration.publish_rescoped,
            sections=described_scope,
            check=rules.violations,
            paused=pausing.paused,
            own_page="portal:case",
            edit_page="providers:edit",
            entries=entries,
            content=content_of_scope,
            preview=preview,
            freeze=registration.freeze,
            redress=kinds.Redress(tell=redress.tell),
        )
    )
    sections.register(
        sections.Section(
            kind=REGISTRATION,
            label=gettext_lazy("Registration as a provider"),
            start="providers:start",
            concerns=any_to_be_registered,
        )
    )
    sections.register(
        sections.Section(
            kind=SCOPE,
            label=gettext_lazy("Change of scope or sites"),
            start="providers:start_scope",
            concerns=any_registered,
        )
    )
    cases_identity.register()
