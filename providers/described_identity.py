"""What officers and bodies read of a change of name and of a succession; what is frozen of it, and what would be public."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers import dated, publishing, succession
from providers.forms import languages_of
from providers.models import Provider, Renaming, Succession
from providers.services.identity import how_it_ends
from providers.succession import APPLY_AGAIN, CHOICES, CLOSE, TRANSFER, Line
from registry.casework import kinds
from registry.content.bodies import SUCCESSIONS
from registry.documents import iso
from registry.errors import RegisterError
from registry.framework import current
from registry.models import Case
from registry.status import status_on

STATUS_LABELS = dict(Provider.Ending.choices) | {
    "registered": gettext_lazy("registered"), "suspended": gettext_lazy("suspended"),
    "unverified": gettext_lazy("known only from an import"),
}  # fmt: skip
# Of so many cases, a page names each.
MOST_CASES = 20


def renaming(case: Case) -> list[dict[str, Any]]:
    record = case.renaming
    provider = record.provider
    tag = record.language
    return [
        {"label": _("Provider"), "text": f"{provider.number} {provider.title}"},
        {"label": _("New legal name"), "text": record.legal_name, "language": tag},
        {"label": _("Language of the name"), "text": languages_of(tag).get(tag) if tag else ""},
        {"label": _("Borne from"), "text": iso(record.borne_from)},
        {"label": _("Earlier names"), "lines": [_former(row) for row in provider.former_names]},
    ]


def _former(row: Mapping[str, Any]) -> str:
    until = row.get("until")
    return _("%(name)s, until %(day)s") % {"name": row["name"], "day": until} if until else row["name"]


def content_of_renaming(case: Case) -> dict[str, Any]:
    record = case.renaming
    return {
        "provider": record.provider.number, "legal_name": record.legal_name, "language": record.language,
        "borne_from": iso(record.borne_from),
    }  # fmt: skip


def preview_of_renaming(case: Case) -> list[Mapping[str, Any]]:
    """What an approval would make public; nothing where the name cannot be borne."""
    record: Renaming = case.renaming
    provider = Provider.objects.get(pk=record.provider_id)
    if not record.borne_from:
        return []
    try:
        dated.bear(provider, record.legal_name, record.borne_from, record.language)
    except RegisterError:
        return []
    return [publishing.document(provider)]


def entry_of_renaming(case: Case) -> list[str]:
    return [case.renaming.provider.number]


# -- a succession ------------------------------------------------------------------------------------------------------


def succession_of(case: Case) -> list[dict[str, Any]]:
    """What is proposed, how the bodies stand today, and what else names them: nothing of that alters of itself."""
    record = case.succession
    before, after = (succession.parties(record, side) for side in ("before", "after"))
    return [
        {"label": _("What happened"), "text": SUCCESSIONS.get(record.relation)},
        {"label": _("On"), "text": iso(record.happened_on)},
        {"label": _("Bodies that came before"), "lines": _standing(record.before, before)},
        {"label": _("Bodies that came after"), "lines": _standing(record.after, after)},
        {
            "label": _("The bodies that came before end by it"),
            "text": _("yes") if succession.all_end(record) else _("no"),
        },
        {"label": _("Accreditations"), "lines": [decided(line) for line in succession.lines(record)]},
        {
            "label": _("What else names them, and alters by a case of its own"),
            "lines": [sentence for body in before for sentence in succession.named(body)],
        },
        {"label": _("Open cases of the bodies that came before"), "lines": _open_cases(before)},
    ]


def _standing(numbers: list[str], bodies: list[Provider]) -> list[str]:
    today, found = current.today(), {body.number: body for body in bodies}
    return [
        f"{number} {found[number].title}: {_status(found[number], today)}"
        if number in found
        else _("%(number)s: not on the register") % {"number": number}
        for number in numbers
    ]


def _status(body: Provider, day: date) -> str:
    return str(STATUS_LABELS[status_on(publishing.document(body), day)])


def decided(line: Line) -> str:
    """What is decided of an accreditation, in words."""
    what = CHOICES.get(line.what, _("not decided yet"))
    if line.what == TRANSFER:
        what = _("handed on to %(number)s") % {"number": line.to}
    said = f"{line.held.number}, {line.held.credential} {line.held.title} ({line.held.holder}): {what}"
    if line.what not in (CLOSE, APPLY_AGAIN) or line.until is None:
        return said
    return _("%(said)s (last day %(day)s)") % {"said": said, "day": iso(line.until)}


def _open_cases(bodies: list[Provider]) -> list[str]:
    cases = Case.objects.with_authority().filter(organisation__provider__in=bodies, submitted_at__isnull=False)
    cases = cases.order_by("reference")
    named = [f"{c.reference} {c.title} ({kinds.get(c.kind).label})" for c in cases[:MOST_CASES]]
    more = cases.count() - len(named)
    return [*named, *([_("and %(count)d more") % {"count": more}] if more > 0 else [])]


def content_of_succession(case: Case) -> dict[str, Any]:
    record = case.succession
    return {
        "relation": record.relation, "on": iso(record.happened_on), "before": record.before, "after": record.after,
        "ends": succession.all_end(record), "accreditations": [line.said() for line in succession.lines(record)],
    }  # fmt: skip


def preview_of_succession(case: Case) -> list[Mapping[str, Any]]:
    """What an approval would make public of the bodies themselves."""
    record: Succession = case.succession
    before, after = (succession.parties(record, side) for side in ("before", "after"))
    if not (before and after and record.relation and record.happened_on):
        return []
    ended_as = how_it_ends(record.relation, record.ends)
    dated.become(before, after, relation=record.relation, on=record.happened_on, ended_as=ended_as)
    return [publishing.document(body) for body in (*before, *after)]


def entries_of_succession(case: Case) -> list[str]:
    record = case.succession
    return [body.number for side in ("before", "after") for body in succession.parties(record, side)]
