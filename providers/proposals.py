"""The provider that a case would make, and what the register would say of it: nothing here is written anywhere."""

from datetime import date
from typing import Any

from providers import asked, dated, publishing
from providers.models import Provider, Registration, ScopeChange
from registry.canonical import canonical
from registry.content.bodies import BY_NAME, on
from registry.documents import iso
from registry.framework import current
from registry.framework.values import given
from registry.models import Organisation
from registry.status import DAY

DATED = ("sites", "scope")


def document(record: Registration | ScopeChange, *, day: date) -> dict[str, Any]:
    """What an approval in effect from that day would make public."""
    provider = of(record)
    if isinstance(record, Registration):
        fill(provider, record, day)
    else:
        rescope(provider, record, day)
    return publishing.document(provider)


def of(record: Registration | ScopeChange) -> Provider:
    """The provider that the case is about, as the desk has it; a new one where the body is not on the register."""
    if isinstance(record, ScopeChange):
        return Provider.objects.select_related("organisation").get(pk=record.provider_id)
    organisation = record.case.organisation
    known = Provider.objects.select_related("organisation").filter(organisation=organisation).first()
    return known or Provider(organisation=organisation)


def fill(provider: Provider, registration: Registration, day: date) -> None:
    """Make a provider what its registration asks for, in effect from a day. The names that it had before are kept.

    Raises RegisterError where its earlier registration has not ended by then.
    """
    if provider.registered_on or provider.ended_as:
        dated.begin_again(provider, day)
    _name(provider, registration, day)
    names = [name for name in (*registration.other_names, *provider.other_names) if name != provider.title]
    provider.other_names = list(dict.fromkeys(names))
    provider.type, provider.website = registration.type or None, registration.website or None
    provider.country, provider.region = registration.country or None, registration.region or None
    provider.may_deliver = registration.may_deliver
    provider.unverified, provider.registered_on, provider.gaps = False, day, []
    provider.details["registered_until"] = iso(registration.asked_until)
    _identify(provider, registration, day)
    _date_rows(provider, registration, day)


def _name(provider: Provider, registration: Registration, day: date) -> None:
    """The legal name, with its first day. The name that an import knew a body by was nobody's to give: it is another one."""
    name, language = registration.legal_name, registration.language or provider.language
    provider.language = language
    if provider.pk and not provider.unverified:
        if name != provider.title:
            dated.bear(provider, name, day)
        return
    if provider.title:
        provider.other_names = [*provider.other_names, provider.title]
    provider.title, provider.titles = name, {language: name}
    others = [row for row in provider.details.get("names") or () if row["kind"] != "legal"]
    legal = {"kind": "legal", "text": name, "language": language, "from": iso(day)}
    provider.details["names"] = [*others, legal]


def _identify(provider: Provider, registration: Registration, day: date) -> None:
    mine = {"scheme": registration.body_register, "value": registration.body_number}
    known = provider.details.get("other_identifiers") or []
    if all(mine.values()) and not any(mine.items() <= row.items() for row in known):
        provider.details["other_identifiers"] = [*known, {**mine, "from": iso(day)}]


def rescope(provider: Provider, change: ScopeChange, day: date) -> None:
    """Give a provider the scope and the sites that a change asks for, from a day on."""
    _date_rows(provider, change, day)


def alters(change: ScopeChange, day: date) -> bool:
    """Whether a change of scope asks for anything else than what holds on a day."""
    return any(_plain(dated.held(change.provider, name, day)) != _plain(getattr(change, name)) for name in DATED)


def _plain(rows: list[dict[str, Any]]) -> list[bytes]:
    return sorted(canonical(row) for row in rows)


def _date_rows(provider: Provider, record: Registration | ScopeChange, day: date) -> None:
    for name in DATED:
        held = provider.details.get(name) or []
        provider.details[name] = BY_NAME[name].shape.read(dated.following(held, getattr(record, name), day))


def begun(organisation: Organisation, provider: Provider | None, day: date) -> dict[str, Any]:
    """What a new draft begins with: what the register knows of the body already, if it knows it."""
    profile = current.profile()
    if provider is None:
        language = next(iter(profile.languages), "en")
        return {"legal_name": organisation.legal_name, "language": language, "country": profile.country}
    said = {
        name: getattr(provider, name) for name in ("language", "type", "website", "country", "region", "may_deliver")
    }
    last = provider.ended_on - DAY if provider.ended_on else day
    said |= {name: dated.held(provider, name, last) for name in DATED}
    said |= {"legal_name": provider.title, "other_names": provider.other_names}
    identifier = next(iter(on(provider.details.get("other_identifiers"), last)), None)
    if identifier:
        said |= {"body_register": identifier["scheme"], "body_number": identifier["value"]}
    return {name: value for name, value in said.items() if given(value) and _readable(name, value)}


def _readable(name: str, value: Any) -> bool:
    """What an import took as it came need not be what an application may say."""
    try:
        asked.SHAPES[name].read(value)
    except ValueError:
        return False
    return True
