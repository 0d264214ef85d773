"""Public documents turned back into the desk's records: what `credentials.publishing` and `providers.publishing` undo."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from psycopg.types.range import DateRange

from credentials import publishing
from credentials.models import Accreditation, Credential, Revision
from providers import publishing as provider_publishing
from providers.models import Provider
from registry.content import bodies
from registry.content.dictionary import DETAILS
from registry.content.shapes import BadValue
from registry.status import DAY

# The relations that every document has a list of numbers for.
LINKS = ("part_of", "counts_towards")
_QUANTITY = re.compile(r"\d{1,6}(\.\d{1,2})?")


class BadDocument(Exception):
    """The desk can make no record of this document; the text says why, and `field` where."""

    def __init__(self, field: str, reason: str):
        self.field, self.reason = field, reason
        super().__init__(f"{field}: {reason}")


# -- one value ---------------------------------------------------------------------------------------------------------


def _of(kind: type, word: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ValueError(f"{_short(value)} is not {word}.")
        return value

    return read


text, flag, whole = _of(str, "text"), _of(bool, "true or false"), _of(int, "a whole number")
mapping, listing = _of(dict, "an object"), _of(list, "a list")


def day(value: Any) -> date:
    try:
        read = date.fromisoformat(text(value))
    except ValueError:
        raise ValueError(f"{_short(value)} is not a date such as 2026-01-31.") from None
    if read.isoformat() != value:
        raise ValueError(f"{_short(value)} is not a date such as 2026-01-31.")
    return read


def quantity(value: Any) -> Decimal:
    if not _QUANTITY.fullmatch(text(value)):
        raise ValueError(f"{_short(value)} is not a number such as 15 or 2.5, with two decimals at most.")
    return Decimal(value)


def texts(value: Any) -> list[str]:
    return [text(each) for each in listing(value)]


def objects(value: Any) -> list[dict[str, Any]]:
    return [mapping(each) for each in listing(value)]


def outcomes(value: Any) -> list[Any]:
    return [{"text": _within(each, "text"), **_beside(each)} for each in objects(value)]


def _beside(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """What an outcome says besides its text and its place."""
    return {name: said for name, said in outcome.items() if name not in ("text", "number")}


def other_names(value: Any) -> list[str]:
    return texts([_within(each, "text") for each in objects(value)])


def ranges(value: Any) -> list[DateRange]:
    """Periods whose last day is inclusive, as PostgreSQL writes ranges of days: the upper bound is the day after."""
    found = []
    for period in objects(value):
        first, until = day(_within(period, "from")), period.get("until")
        last = day(until) if until is not None else None
        if last and last < first:
            raise ValueError(f"A period ends on {last}, before it begins on {first}.")
        found.append(DateRange(first, last + DAY if last else None, "[)"))
    return found


def _within(value: Mapping[str, Any], name: str) -> Any:
    if name not in value:
        raise ValueError(f"{_short(value)} lacks {name}.")
    return value[name]


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


# -- the fields, once --------------------------------------------------------------------------------------------------

_BOTH = {
    "number": text, "title": text, "language": text, "titles": mapping, "suspensions": ranges, "gaps": texts,
}  # fmt: skip
# What each key of a document holds. The desk calls it the same, but for a provider's other names.
_PROVIDER = _BOTH | {
    "alternative_titles": other_names, "type": text, "website": text, "country": text, "region": text,
    "may_deliver": flag, "registered_on": day, "ended_on": day, "ended_as": text, "unverified": flag,
    "former_names": listing, "decisions": listing,
}  # fmt: skip
_CREDENTIAL = {
    "number": text, "kind": text, "listed_on": day, "last_new_enrolment": day, "expiring_from": day, "expiry_end": day,
    "last_award": day, "replaces": objects, "replaced_by": objects, "transition": mapping, "closed_undated": flag,
    "suspensions": ranges, "review_period_months": whole, "review_due": day, "decisions": listing,
    "reconsiderations": objects, "last_review": mapping, "identifiers": objects, "gaps": texts,
}  # fmt: skip
_REVISION = {
    "title": text, "language": text, "titles": mapping, "alternative_titles": listing, "purpose": mapping,
    "learning_outcomes": outcomes, "level": text, "level_native": text, "credits": quantity,
    "notional_hours": quantity, "fields": listing, "languages": texts, "delivery_modes": texts, "assessment": mapping,
    "entry_requirements": mapping, "effective_from": day,
}  # fmt: skip
_ACCREDITATION = {
    "number": text, "accredited_from": day, "accredited_until": day, "withdrawn_on": day, "suspensions": ranges,
    "sites": texts, "delivery_modes": texts, "languages": texts, "conditions": objects, "jointly_with": texts,
    "reconsiderations": objects, "last_review": mapping,
}  # fmt: skip
_SOURCE = {"name": "source", "id": "source_id", "url": "source_url", "facts": "source_facts"}


@dataclass(frozen=True, slots=True)
class Made:
    """What a document makes at the desk: the columns of its record, and the numbers of what that refers to."""

    number: str
    kind: str
    revision: int
    own: dict[str, Any]
    content: dict[str, Any]  # of a credential's revision
    named: dict[str, str]  # what the record calls another one, and its number

    @property
    def stacking(self) -> list[dict[str, Any]]:
        """The entries that a credential may lead to."""
        return self.content.get("details", {}).get("stacking") or []

    @property
    def others(self) -> list[str]:
        """The providers that award it together with the lead."""
        return self.own.get("joint_awarding_bodies") or []

    @property
    def title(self) -> str:
        return self.own.get("title") or self.content.get("title") or ""


def read(document: Mapping[str, Any]) -> Made:
    """The desk's columns for a document. Raises BadDocument for one of which the desk can make no record."""
    content: dict[str, Any] = {}
    match document["kind"]:
        case "provider":
            own, named = _read(document, _PROVIDER, Provider) | _source(document, Provider), {}
            own["details"] = _details(document, bodies.FIELDS)
        case "accreditation":
            own, named = _read(document, _ACCREDITATION, Accreditation), _both_ends(document)
        case _:
            own, named = _read(document, _CREDENTIAL, Credential) | _source(document, Credential), _parties(document)
            own |= {"joint_awarding_bodies": _joint(document), "partners": _partners(document)}
            own["suspension_notes"] = _notes(document)
            details = _details(document, DETAILS)
            content = _read(document, _REVISION, Revision)
            content["details"] = details if "stacking" in details else details | stacking(document)
            itself = {"scheme": own["source"], "value": own["source_id"]}
            if own["source"] and own["identifiers"][:1] == [itself]:
                # The source's own id is published among the identifiers, and kept by itself.
                own["identifiers"] = own["identifiers"][1:]
    return Made(document["number"], document["kind"], document["revision"], own, content, named)


def _details(document: Mapping[str, Any], fields: Iterable[Any]) -> dict[str, Any]:
    """The fields of a dictionary that have no column, each in the shape that it has there."""
    found = {}
    for field in fields:
        try:
            read = field.shape.read(document.get(field.name))
        except BadValue as bad:
            raise BadDocument(field.name, str(bad)) from None
        if read is not None:
            found[field.name] = read
    return found


def stacking(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the two lists of numbers say of stacking, where a document says nothing else."""
    links = [
        {"relation": relation, "number": number}
        for relation in LINKS
        for number in _tried(document, relation, texts) or ()
    ]
    return {"stacking": links} if links else {}


def _joint(document: Mapping[str, Any]) -> list[str]:
    """The awarding bodies of a credential but for the lead."""
    awarding = [p for p in _tried(document, "providers", objects) or () if p.get("role") == "awarding"]
    undated = [p for p in awarding if not p.get("lead") and "from" not in p]
    return [p["number"] for p in undated if isinstance(p.get("number"), str)]


def _partners(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those who are named beside the lead with their days."""
    dated = [p for p in _tried(document, "providers", objects) or () if "from" in p]
    return [{name: said for name, said in party.items() if name != "lead"} for party in dated]


def _notes(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is said of suspensions beside their days."""
    rows = [
        {name: said for name, said in row.items() if name != "until"}
        for row in _tried(document, "suspensions", objects) or ()
    ]
    return [row for row in rows if len(row) > 1]


def check(document: Mapping[str, Any]) -> Made:
    """The same; BadDocument too where the desk would publish something else than the document says."""
    made = read(document)
    for name, value in published(made, document.get("decisions")).items():
        if name not in ("number", "revision") and value != document.get(name):
            raise BadDocument(name, f"{_short(document.get(name))} would be published as {_short(value)}.")
    if made.kind == "provider":
        for name, known in (("type", list(bodies.TYPES)), ("ended_as", Provider.Ending.values)):
            if made.own[name] is not None and made.own[name] not in known:
                raise BadDocument(name, f"{_short(made.own[name])} is not one of {', '.join(known)}.")
    return made


def published(made: Made, decisions: Any) -> dict[str, Any]:
    """What would be published of these columns. `decisions` are those of an accreditation, whose record keeps none."""
    match made.kind:
        case "provider":
            return provider_publishing.document(Provider(**made.own))
        case "accreditation":
            ends = {"credential": Credential, "provider": Provider}
            named = {name: ends[name](number=number) for name, number in made.named.items()}
            return publishing.accreditation_document(Accreditation(**made.own, **named), decisions=decisions)
        case _:
            named = {name: Provider(number=number) for name, number in made.named.items()}
            return publishing.credential_document(Credential(**made.own, **named), Revision(**made.content))


def _parties(document: Mapping[str, Any]) -> dict[str, str]:
    """The providers that a credential names in the roles that the desk keeps."""
    named: dict[str, str] = {}
    for party in _tried(document, "providers", objects) or ():
        role = {"awarding": "awarding_body", "developer": "developer"}.get(party.get("role"))
        if role == "awarding_body" and not party.get("lead"):
            continue
        if role and role not in named and isinstance(party.get("number"), str):
            named[role] = party["number"]
    return named


def _both_ends(document: Mapping[str, Any]) -> dict[str, str]:
    named = {name: _tried(document, name, text) for name in ("credential", "provider")}
    for name, number in named.items():
        if not number:
            raise BadDocument(name, f"An accreditation has a {name}.")
    return named


def _read(document: Mapping[str, Any], readers: Mapping[str, Callable], model: type[models.Model]) -> dict[str, Any]:
    values = {}
    for key, read in readers.items():
        name = "other_names" if model is Provider and key == "alternative_titles" else key
        field = model._meta.get_field(name)
        value = _tried(document, key, read)
        if value is None and not field.null:
            # Nothing is said: what the desk keeps for that, unless it cannot do without.
            value = field.get_default()
            if not field.has_default() or key in ("title", "language"):
                raise BadDocument(key, f"There is no {key}.")
        if key == "title" and not value.strip():
            raise BadDocument(key, "There is no title.")
        _fits(key, value, field)
        values[name] = value
    return values


def _tried(document: Mapping[str, Any], key: str, read: Callable[[Any], Any]) -> Any:
    value = document.get(key)
    if value is None:
        return None
    try:
        return read(value)
    except (ValueError, OverflowError) as error:
        raise BadDocument(key, str(error)) from None


def _fits(key: str, value: Any, field: models.Field) -> None:
    """Raise BadDocument for a text that is longer than its column, or a number that is larger."""
    if isinstance(field, ArrayField):
        for each in value if isinstance(field.base_field, models.CharField) else ():
            _fits(key, each, field.base_field)
    elif isinstance(value, str) and field.max_length and len(value) > field.max_length:
        raise BadDocument(key, f"{_short(value)} is longer than {field.max_length} characters.")
    elif isinstance(value, int) and not -(1 << 31) <= value < 1 << 31:
        raise BadDocument(key, f"{value} is too large.")


def _source(document: Mapping[str, Any], model: type[models.Model]) -> dict[str, Any]:
    said = _tried(document, "source", mapping) or {}
    values = {}
    for key, name in _SOURCE.items():
        field, value = model._meta.get_field(name), said.get(key)
        if key == "facts":
            value = {} if value is None else value
        elif value is not None and not isinstance(value, str):
            raise BadDocument("source", f"{_short(value)} is not text.")
        _fits("source", value, field)
        values[name] = value
    if values["source"] is None:
        values["source_id"] = None
    return values
