"""The contract of the columns of the bulk files: of each its name, what it means, its type and an example.

It is generated: names and order come from the export, meaning and shape from the field dictionaries of credentials and
providers. What a document has beside those fields (dates of the listing, parties, decisions, provenance) is told here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from registry import exports
from registry.content import bodies, dictionary
from registry.content.shapes import (
    Address,
    Code,
    Column,
    Day,
    Duration,
    Facts,
    Flag,
    FreeCode,
    Language,
    Level,
    Listing,
    Number,
    Parts,
    Quantity,
    Row,
    Shape,
    Text,
    Texts,
    rows,
)
from registry.models import Entry

CREDENTIALS, PROVIDER, ACCREDITATION = "credentials", "provider", "accreditation"
EVERY = (CREDENTIALS, PROVIDER, ACCREDITATION)
KINDS = {CREDENTIALS: _("credentials"), PROVIDER: _("providers"), ACCREDITATION: _("accreditations")}


@dataclass(frozen=True)
class Meaning:
    """What a key of a public document says, how it is written, and which kinds of entry have it.

    `example` stands where the one that the shape makes would tell a reader little.
    """

    label: Any
    shape: Shape
    kinds: tuple[str, ...]
    example: str | None = None


@dataclass(frozen=True)
class Whole(Shape):
    """A whole number; of the contract alone, since no form asks for one of these."""

    example: int = 1


_DATED = {"from": Column(_("Since"), Day()), "until": Column(_("Until"), Day())}
_ENDED = {
    "lapsed": _("Lapsed"), "withdrawn": _("Withdrawn"), "cancelled": _("Cancelled"), "merged": _("Merged"),
    "closed": _("Closed"),
}  # fmt: skip
_PARTY = rows(number=Column(_("Provider"), Number()), role=Column(_("Role"), FreeCode()), **_DATED)
_LINK = rows(number=Column(_("Entry"), Number()), equivalence=Column(_("Equivalence"), FreeCode()))
_DECISION = rows(
    number=Column(_("Decision number"), FreeCode()), matter=Column(_("Matter"), FreeCode()),
    outcome=Column(_("Outcome"), FreeCode()), date=Column(_("Date"), Day()),
)  # fmt: skip
_SOURCE = Row(
    {
        "name": Column(_("Source"), FreeCode()), "id": Column(_("Number there"), FreeCode()),
        "url": Column(_("Address"), Address()), "facts": Column(_("What else the source says"), Facts()),
    }
)  # fmt: skip

# Every key that is no field of a dictionary.
OTHERS: Mapping[str, Meaning] = {
    "number": Meaning(_("Number on the register, for ever, and never given to anything else"), Number(), EVERY),
    "kind": Meaning(_("What kind of entry it is"), Code(dict(Entry.Kind.choices)), EVERY),
    "revision": Meaning(_("Which revision of its content this is, from 1 on"), Whole(), EVERY),
    "title": Meaning(_("Title, or legal name, in its own language"), Text(1_000), (CREDENTIALS, PROVIDER), "Baking"),
    "language": Meaning(_("Language of the title"), Language(), (CREDENTIALS, PROVIDER)),
    "titles": Meaning(_("Title in each language that it has one in"), Texts(1_000), (CREDENTIALS, PROVIDER)),
    "alternative_titles": Meaning(
        _("Other titles or names"), dictionary.BY_NAME["alternative_titles"].shape, (CREDENTIALS, PROVIDER)
    ),
    "type": Meaning(_("Type, by the framework; of a provider, what sort of body it is"), FreeCode(), (CREDENTIALS, PROVIDER)),
    "website": Meaning(_("Website"), Address(), (PROVIDER,)),
    "country": Meaning(_("Country (ISO 3166-1)"), FreeCode(), (PROVIDER,), "KE"),
    "region": Meaning(_("Region"), Text(), (PROVIDER,)),
    "may_deliver": Meaning(_("Whether it may deliver at all; a standard-setting body may not"), Flag(), (PROVIDER,)),
    "registered_on": Meaning(_("First day of the registration"), Day(), (PROVIDER,)),
    "ended_on": Meaning(_("Day from which the registration is over"), Day(), (PROVIDER,)),
    "ended_as": Meaning(_("How the registration ended"), Code(_ENDED), (PROVIDER,)),
    "unverified": Meaning(_("Whether it is known only from an import"), Flag(), (PROVIDER,)),
    "former_names": Meaning(
        _("Former names"), rows(name=Column(_("Name"), Text()), until=Column(_("Until"), Day())), (PROVIDER,)
    ),
    "level_native": Meaning(_("Level as the source writes it"), Text(), (CREDENTIALS,)),
    "providers": Meaning(_("Awarding bodies, the lead first, developer and partners, by number"), _PARTY, (CREDENTIALS,)),
    "part_of": Meaning(_("Entries that it is a part of"), Listing(Number()), (CREDENTIALS,)),
    "counts_towards": Meaning(_("Entries that it may count towards: never an entitlement"), Listing(Number()), (CREDENTIALS,)),
    "replaces": Meaning(_("Entries that it replaces"), _LINK, (CREDENTIALS,)),
    "replaced_by": Meaning(_("Entries that replace it"), _LINK, (CREDENTIALS,)),
    "transition": Meaning(_("What learners on their way should do"), Texts(), (CREDENTIALS,)),
    "effective_from": Meaning(_("Day from which this revision holds"), Day(), (CREDENTIALS,)),
    "last_award": Meaning(_("Last day on which it may be awarded"), Day(), (CREDENTIALS,)),
    "listed_on": Meaning(_("First day on the register"), Day(), (CREDENTIALS,)),
    "last_new_enrolment": Meaning(_("Last day to start, where one was decided"), Day(), (CREDENTIALS,)),
    "expiring_from": Meaning(_("First day of its ending"), Day(), (CREDENTIALS,)),
    "expiry_end": Meaning(_("Last day; discontinued from the next one on"), Day(), (CREDENTIALS,)),
    "closed_undated": Meaning(_("Whether it is discontinued, and nobody knows since when"), Flag(), (CREDENTIALS,)),
    "credential": Meaning(_("What may be delivered"), Number(), (ACCREDITATION,)),
    "provider": Meaning(_("Who may deliver it"), Number(), (ACCREDITATION,)),
    "accredited_from": Meaning(_("First day of the accreditation"), Day(), (ACCREDITATION,)),
    "accredited_until": Meaning(_("Last day of the accreditation; empty: without end"), Day(), (ACCREDITATION,)),
    "withdrawn_on": Meaning(_("Day from which the accreditation is withdrawn"), Day(), (ACCREDITATION,)),
    "sites": Meaning(
        _("Sites: of an accreditation by their names, of a provider with their addresses"), bodies.BY_NAME["sites"].shape,
        (PROVIDER, ACCREDITATION),
    ),
    "languages": Meaning(_("Languages of delivery"), Listing(Language()), (CREDENTIALS, ACCREDITATION)),
    "delivery_modes": Meaning(
        _("How it is delivered"), dictionary.BY_NAME["delivery_modes"].shape, (CREDENTIALS, ACCREDITATION)
    ),
    "suspensions": Meaning(_("When it is or was suspended; the last day belongs to it"), rows(**_DATED), EVERY),
    "conditions": Meaning(_("Conditions of the accreditation"), bodies.CONDITIONS, (ACCREDITATION,)),
    "jointly_with": Meaning(_("Providers that deliver it jointly"), Listing(Number()), (ACCREDITATION,)),
    "review_period_months": Meaning(_("Months from one review to the next"), Whole(12), (CREDENTIALS,)),
    "review_due": Meaning(_("Day by which the next review is due"), Day(), (CREDENTIALS,)),
    "last_review": Meaning(
        _("The last review"), Row({"on": Column(_("Day"), Day()), "decision": Column(_("Decision number"), FreeCode())}),
        (CREDENTIALS, ACCREDITATION),
    ),
    "reconsiderations": Meaning(_("Decisions that are looked at again"), bodies.BY_NAME["reconsiderations"].shape, EVERY),
    "decisions": Meaning(_("Decisions that it rests on"), _DECISION, EVERY),
    "identifiers": Meaning(
        _("Numbers that it has elsewhere"),
        rows(scheme=Column(_("Scheme"), FreeCode()), value=Column(_("Identifier"), FreeCode())), EVERY,
    ),
    "source": Meaning(_("Where an imported record comes from"), _SOURCE, EVERY),
    "gaps": Meaning(_("What an imported record lacks"), Listing(FreeCode()), EVERY),
}  # fmt: skip

# How each shape is written, and an example of it: the first class that fits.
WRITTEN: tuple[tuple[type[Shape], Any, Any], ...] = (
    (Whole, _("whole number"), None),
    (Day, _("date, YYYY-MM-DD"), "2026-01-31"),
    (Quantity, _("exact decimal, with a full stop"), "2.5"),
    (Level, _("level of the framework, as text"), "4"),
    (Language, _("language tag (BCP 47)"), "en"),
    (Duration, _("duration (ISO 8601)"), "PT60H"),
    (Address, _("web address"), "https://example.org/page"),
    (Number, _("number of the register"), "NQ-000123"),
    (Flag, _("true or false"), True),
    (FreeCode, _("code"), "abc-1"),
    (Code, _("one of these codes"), None),
    (Texts, _("text in each language"), {"en": "…"}),
    (Text, _("text"), "…"),
    (Facts, _("named values"), {"name": "…"}),
    (Parts, _("named texts"), None),
    (Row, _("one object"), None),
    (Listing, _("list"), None),
)


def columns() -> list[dict[str, Any]]:
    """Each column of the CSV, in its order."""
    kinds = dict.fromkeys(exports.IDENTITY, exports.TEXT) | {"revision": exports.COUNT} | exports.KEYS
    return [_column(name, kind) for name, kind in kinds.items()]


def meaning(name: str) -> Meaning:
    """What a key says. Raises LookupError for one that nothing here knows."""
    if name in OTHERS:
        return OTHERS[name]
    if name in dictionary.BY_NAME:
        return Meaning(dictionary.BY_NAME[name].label, dictionary.BY_NAME[name].shape, (CREDENTIALS,))
    return Meaning(bodies.BY_NAME[name].label, bodies.BY_NAME[name].shape, (PROVIDER,))


def _column(name: str, kind: str) -> dict[str, Any]:
    said = meaning(name)
    example = said.example or example_of(said.shape)
    return {
        "name": name, "label": said.label, "kinds": [KINDS[k] for k in said.kinds], "json": kind == exports.STRUCTURE,
        "type": written(said.shape), "codes": list(codes_of(said.shape)), "parts": list(parts_of(said.shape)),
        "example": example if isinstance(example, str) else orjson.dumps(example).decode(),
    }  # fmt: skip


def written(shape: Shape) -> Any:
    return next(words for sort, words, _example in WRITTEN if isinstance(shape, sort))


def codes_of(shape: Shape) -> Iterator[tuple[str, Any]]:
    """The codes that a value, or each value of a list, is one of; with their labels."""
    inner = shape.of if isinstance(shape, Listing) else shape
    if isinstance(inner, Code):
        yield from inner.options.items()


def parts_of(shape: Shape) -> Iterator[dict[str, Any]]:
    """What an object, or each row of a list, is made of."""
    inner = shape.of if isinstance(shape, Listing) else shape
    if isinstance(inner, Row):
        for name, column in inner.columns.items():
            yield {"name": name, "label": column.label, "type": written(column.shape)}
    elif isinstance(inner, Parts):
        yield from ({"name": name, "label": label, "type": written(Texts())} for name, label in inner.parts.items())


def example_of(shape: Shape) -> Any:
    """A value that the shape would take, made of the shape itself."""
    match shape:
        case Whole(example=example):
            return example
        case Code(options=options):
            return next(iter(options))
        case Listing(of=inner):
            return [example_of(inner)]
        case Row(columns=parts):
            return {name: example_of(part.shape) for name, part in parts.items()}
        case Parts(parts=parts):
            return {name: {"en": "…"} for name in list(parts)[:1]}
    return next(example for sort, _words, example in WRITTEN if isinstance(shape, sort))
